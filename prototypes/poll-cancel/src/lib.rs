//! The status quo with cancellation by request.
//!
//! A future of [`design_poll`] is cancelled by dropping it, and nothing can be awaited on the way
//! out. Here it is *asked* first: it is polled in a mode in which its waits do nothing, and its
//! clean-ups run, innermost first, shielded. When none goes on any more its frames are dropped,
//! synchronously, as ever. Who cancels, a race, a limit, a scope, waits for that.
//!
//! - [`cleanup!`], or [`finally()`], has the clean-up. It runs once: at the end of the body, after
//!   its panic, or after a request.
//! - [`race`] and [`timeout()`] ask their loser, [`scope!`] its children, [`hold!`] what it kept.
//!   [`timeout_with_grace`] waits so long, and then drops.
//! - [`shield`] keeps requests out of a step.
//! - [`wait`] makes a foreign future stop once it is asked, and [`poll_cancel`] asks one.
//! - Everything else is the status quo's, and so is a drop: it skips every clean-up.
//!
//! ```
//! # extern crate design_poll_cancel as design;
//! use design as d;
//! use std::cell::Cell;
//!
//! let world: &'static contract::World = Box::leak(Box::new(contract::World::new()));
//! d::block_on(world, async {
//!     let closed = Cell::new(0);
//!     let used = d::cleanup!(d::sleep(100).await, {
//!         let _closing = d::sleep(5).await;
//!         closed.set(world.now_ms());
//!     });
//!     assert_eq!(d::timeout(10, used).await, Err(d::Error::Elapsed));
//!     assert_eq!(closed.get(), 15);
//! });
//! ```
//!
//! Deliberately absent: requests that reach the program as a value, tasks of their own, and any
//! unsafe code that relies on a clean-up, because a drop or a forget skips it. Read next:
//! `src/cleanup.rs`, then `src/part.rs`; `DESIGN.md` has the contract and the safety case.

#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod child;
mod cleanup;
mod hold;
#[cfg(feature = "io")]
mod io;
mod join;
mod leaf;
mod macros;
mod op;
mod part;
mod race;
mod scope;
mod timeout;

pub use cleanup::{Shield, finally, poll_cancel, shield};
pub use core::future::Future;
pub use design_poll::{
    Barrier, Buffered, Either, Error, Full, Group, Guard, Inline, Key, Op, Permit, SendError,
    Shared, Slots, Stream, barrier, buffered, own, share, task, task_fn,
};
#[cfg(feature = "alloc")]
pub use design_poll::{Boxed, Heap, boxed};
#[cfg(feature = "io")]
pub use design_poll::{
    Buf, Conn, File, IoError, Listener, Orphan, Resource, buf, listen, open, try_read,
};
pub use hold::{Hold, Turn};
#[cfg(feature = "io")]
pub use io::{
    Accept, Counted, OpenResource, Read, Write, accept, accept_or, connect, device_read,
    open_resource, read, read_at, read_exact, readable, write, write_all,
};
pub use join::{Join, join};
pub use leaf::{
    Acquire, Chan, Edge, Lock, Locking, Recv, Sem, Send, Sleep, Wait, YieldNow, edge, sleep, wait,
    yield_now,
};
pub use op::block_on;
pub use race::{Race, race};
pub use scope::{Child, Scope, scope};
pub use timeout::{Stopped, Timeout, WithGrace, timeout, timeout_with_grace};

kernel::measured!(awb_marker_poll_cancel, "poll-cancel");

/// What macros expand to. No part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::cleanup::caught;
    pub use crate::hold::{Held, keep};
    pub use crate::scope::scope;
}
