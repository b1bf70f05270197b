//! The cost of one wake against the depth of the frame that waits.
//!
//! A chain of `n` frames, each awaiting the next; the bottom one yields again and again.
//! Where a wake polls from the root, every wake walks the whole chain. Chains up to a
//! hundred frames are one nested type; beyond that every hundredth frame is boxed, because
//! the type would be too large to compile.
//!
//! The control, `hand`, does the same work in one frame.
//!
//! After "Barbara carefully dismisses embedded future" (wg-async, 2021); case `a` only.

use contract::{Case, Judged, Ledger, Metrics, Params, Role, World};
use design as d;

/// The bottom frame has ended; `item` is the number of its wakes.
pub const WOKEN: u16 = 1;
const BOTTOM: u16 = 1;

/// Wakes per run. Cost per wake is exact, so more would only take longer.
pub const WAKES: u32 = if cfg!(target_os = "none") { 1000 } else { 2000 };

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "a", role: Role::Hazard, run: chain, judge },
    Case { id: "hand", role: Role::Control, run: hand, judge },
];

fn chain(world: &'static World, params: &Params) {
    match params.n {
        1 => d::block_on(world, bottom(world)),
        10 => d::block_on(world, f9(bottom(world))),
        100 => d::block_on(world, f99(bottom(world))),
        #[cfg(not(target_os = "none"))]
        1000 => d::block_on(world, thousand(world)),
        other => panic!("chains are written out for 1, 10, 100 and 1000 frames, not {other}"),
    }
}

fn hand(world: &'static World, _: &Params) {
    d::block_on(world, bottom(world));
}

#[d::task_fn]
async fn bottom(world: &'static World) {
    for _ in 0..WAKES {
        let _turn = d::yield_now().await;
    }
    world.log(BOTTOM, WOKEN, WAKES, 0);
}

/// A chain of functions, each of which awaits the one before. Functions instead of nested
/// generic calls: the type of a frame then names the one below instead of containing it, as
/// in a program that a person writes, and the compiler's work stays linear in the depth.
macro_rules! chain {
    ($below:ident; $name:ident $($rest:ident)*;) => {
        /// One frame; polling it is a call, as across crates.
        fn $name<F: d::Op<Output = ()>>(inner: F) -> impl d::Op<Output = ()> {
            d::barrier(d::task!(async move { $below(inner).await }))
        }
        chain!($name; $($rest)*;);
    };
    ($below:ident; ;) => {};
}

/// The first frame above the bottom.
fn f1<F: d::Op<Output = ()>>(inner: F) -> impl d::Op<Output = ()> {
    d::barrier(d::task!(async move { inner.await }))
}

chain! {
    f1;
    f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12 f13 f14 f15 f16 f17 f18 f19 f20 f21 f22 f23 f24 f25
    f26 f27 f28 f29 f30 f31 f32 f33 f34 f35 f36 f37 f38 f39 f40 f41 f42 f43 f44 f45 f46 f47
    f48 f49 f50 f51 f52 f53 f54 f55 f56 f57 f58 f59 f60 f61 f62 f63 f64 f65 f66 f67 f68 f69
    f70 f71 f72 f73 f74 f75 f76 f77 f78 f79 f80 f81 f82 f83 f84 f85 f86 f87 f88 f89 f90 f91
    f92 f93 f94 f95 f96 f97 f98 f99;
}

/// The hundredth frame, for chains beyond one nested type.
#[cfg(not(target_os = "none"))]
fn f100<F: d::Op<Output = ()>>(inner: F) -> impl d::Op<Output = ()> {
    d::barrier(d::task!(async move { f99(inner).await }))
}

#[cfg(not(target_os = "none"))]
fn thousand(world: &'static World) -> impl d::Op<Output = ()> {
    let mut chain = d::boxed(f99(bottom(world)));
    for _ in 1..10 {
        chain = d::boxed(f100(chain));
    }
    chain
}

/// The bottom frame ends. What a wake costs is a metric, not an outcome of one run: the
/// slope over `n` is judged by claims.
fn judge(ledger: &Ledger, _: &Params, _: &Metrics) -> Judged {
    Judged::from_severity(u32::from(ledger.count(WOKEN) != 1))
}
