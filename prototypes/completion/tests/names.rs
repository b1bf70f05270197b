//! Names that the macros' user gives: none of them leads an expansion astray.
//!
//! This crate calls *itself* `design` and `core`, and has a `frame`, a `leaf` and a `pin` in every
//! place where an expansion might look for one.

#![forbid(unsafe_code)]

extern crate self as core;
extern crate self as design;

use std::cell::Cell;

use design_completion as real;

/// What an expansion would find if it looked here.
pub mod __private {
    pub use design_completion::__private::{AwaitToken, Completion};

    /// Gives its coroutine away.
    pub fn frame<F>(coroutine: F) -> F {
        coroutine
    }

    pub fn leaf<C, S>(_: C, _: S) -> std::future::Ready<()> {
        panic!("an expansion took the user's `leaf`")
    }
}

/// The same for what the language's own crate has.
pub mod pin {
    #[macro_export]
    macro_rules! pin {
        ($value:expr) => {
            compile_error!("an expansion took the user's `pin!`")
        };
    }
    pub use pin;
}

#[macro_export]
macro_rules! unreachable {
    () => {
        compile_error!("an expansion took the user's `unreachable!`")
    };
}

/// A coroutine that the user's `frame` gave away is none.
fn must_complete(_: impl real::Completion) {}

#[test]
fn t03_a_frame_is_the_designs_own_whatever_design_means_here() {
    let world: &'static contract::World = Box::leak(Box::new(contract::World::new()));
    let read = Cell::new(0);
    let task = real::task!(async {
        let mut buffer = [0; 64];
        read.set(real::device_read(&mut buffer, 50).await.expect("nothing fails"));
    });
    must_complete(real::task!(async { real::sleep(1).await }));
    real::block_on(world, real::task!(async { task.await }));
    assert_eq!(read.get(), 64);
}

#[test]
fn t03_what_is_pinned_is_the_expansions_own() {
    let world: &'static contract::World = Box::leak(Box::new(contract::World::new()));
    let sum = Cell::new(0);
    real::block_on(
        world,
        real::task!(async {
            let held = real::hold!(real::sleep(5), |h| h.turn().await).await;
            let spawned =
                real::scope!(cap = 1, bytes = 256, |s| s.spawn(real::task!(async { 7 })).await)
                    .await;
            sum.set(u32::from(held.is_ok()) + spawned.unwrap_or(0));
        }),
    );
    assert_eq!(sum.get(), 8);
}
