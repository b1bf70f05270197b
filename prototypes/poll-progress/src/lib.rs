//! The status quo with streams that move while the body of the loop over them waits.
//!
//! A stream of [`design_poll`] is polled when its loop asks for the next item, and at no other
//! time. A stream that has operations of its own, a window, therefore stands still while a body
//! awaits. Here a stream has a second method, [`Progress::poll_progress`]: it moves what it has
//! begun, and yields nothing. A loop polls it whenever its body is pending.
//!
//! - [`for_each`] is that loop as a future, and [`for_await!`] as a statement, whose body may
//!   borrow the frame around it.
//! - [`Window`] keeps up to `N` operations begun and parks what is ready early; [`buffered`] is a
//!   loop over one.
//! - A stream without the method is no stream of such a loop: that does not compile. An adapter
//!   has to pass it on, as [`map`] does.
//! - Everything else is the status quo's, and so is what nothing polls: an operation that is kept
//!   across a race, a child of a scope, a [`Group`] beside a loop.
//!
//! ```
//! # extern crate design_poll_progress as design;
//! use design as d;
//!
//! let world: &'static contract::World = Box::leak(Box::new(contract::World::new()));
//! d::block_on(world, async {
//!     let ops = [30, 10].map(|ms| async move {
//!         let _waited = d::sleep(ms).await;
//!         world.now_ms()
//!     });
//!     let mut ends = Vec::new();
//!     d::for_await!(end in d::window::<2, _>(ops) => {
//!         let _worked = d::sleep(100).await;
//!         ends.push((end, world.now_ms()));
//!     });
//!     // The second was ready at 10, before the first.
//!     assert_eq!(ends, [(30, 130), (10, 230)]);
//! });
//! ```
//!
//! Deliberately absent: progress of anything that is no stream in a loop. Read next:
//! `src/progress.rs`, then `src/turns.rs`; `DESIGN.md` has the contract and the safety case.

#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod each;
mod op;
mod progress;
mod turns;
mod window;

pub use core::future::Future;
#[cfg(feature = "io")]
pub use design_poll::{
    Accept, Buf, Conn, Counted, File, IoError, Listener, OpenResource, Orphan, Read, Resource,
    Write, accept, accept_or, buf, connect, device_read, listen, open, open_resource, read,
    read_at, read_exact, readable, try_read, write, write_all,
};
pub use design_poll::{
    Acquire, Barrier, Chan, Child, Edge, Either, Error, Full, Group, Guard, Hold, Inline, Join,
    Key, Lock, Locking, Op, Permit, Race, Recv, Scope, Sem, Send, SendError, Shared, Sleep, Slots,
    Stream, Timeout, Turn, YieldNow, barrier, chan, cleanup, edge, hold, join, lock, own, race,
    scope, sem, share, shield, sleep, task, task_fn, timeout, yield_now,
};
#[cfg(feature = "alloc")]
pub use design_poll::{Boxed, Heap, boxed};
pub use each::{Buffered, ForEach, buffered, for_each};
pub use op::block_on;
pub use progress::{Map, Progress, map};
pub use window::{Window, window};

kernel::measured!(awb_marker_poll_progress, "poll-progress");

/// What macros expand to. No part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::turns::Turns;
}
