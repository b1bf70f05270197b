//! Scoped children over `core::Future`: what is concurrent is a child, and children move.
//!
//! An operation is a future as it is known, dropped to cancel it. What changes is who
//! drives what: concurrency is written as children of a [`scope!`], each with a place of its
//! own in the tree of wakes, and a scope polls whatever was woken, *whatever its body awaits*.
//! Children borrow from the frames around the scope, need no allocation, and are gone when
//! the scope is. All of it is safe Rust on stable, without a runtime's help.
//!
//! - [`scope!`] and `scope` run a body and its children to their ends; dropping the scope
//!   drops the children in place, before anything that they borrow.
//! - [`hold!`] is a scope of one typed child; a turn waits for it and never stops it.
//! - [`buffered`] is a window of children: it moves while the loop body runs.
//! - [`race`], [`join`], [`timeout()`] and the leaves are those of [`design_poll`], and a lost
//!   race still drops what it had taken. The idiom avoids the race: spawn, then wait.
//!
//! ```
//! # extern crate design_scoped as design;
//! use design as d;
//!
//! let world: &'static contract::World = Box::leak(Box::new(contract::World::new()));
//! d::block_on(world, async {
//!     let table = [1, 2, 3, 4];
//!     let sum = d::scope!(cap = 2, bytes = 512, |s| {
//!         let low = s.spawn(async { table[..2].iter().sum::<i32>() });
//!         let high = s.spawn(async { table[2..].iter().sum::<i32>() });
//!         low.await.unwrap_or(0) + high.await.unwrap_or(0)
//!     });
//!     assert_eq!(sum.await, 10);
//! });
//! ```
//!
//! Deliberately absent: parallelism (a forgotten scope could not keep another thread from
//! what its children borrow), cleanup that awaits, and cancelling that waits for an answer.
//! Read next: the source of [`LocalScope`]; `DESIGN.md` has the safety case and the holes.

#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod buffered;
mod hold;
mod macros;
mod op;
mod part;
mod scope;

pub use buffered::{Buffered, buffered};
pub use core::future::Future;
#[doc(hidden)]
pub use design_poll::facade;
#[cfg(feature = "io")]
pub use design_poll::{
    Accept, Buf, Conn, Counted, File, IoError, Listener, OpenResource, Orphan, Read, Resource,
    Write, accept, accept_or, buf, connect, device_read, listen, open, open_resource, read,
    read_at, read_exact, write, write_all,
};
pub use design_poll::{
    Acquire, Barrier, Chan, Edge, Either, Error, Guard, Join, Lock, Locking, Op, Permit, Race,
    Recv, Sem, Send, SendError, Shared, Sleep, Timeout, YieldNow, barrier, chan, cleanup, edge,
    join, lock, own, race, sem, share, shield, sleep, task, task_fn, timeout, yield_now,
};
#[cfg(feature = "alloc")]
pub use design_poll::{Boxed, boxed};
pub use hold::{Hold, Turn};
pub use op::block_on;
#[cfg(feature = "alloc")]
pub use scope::scope;
pub use scope::{Child, LocalScope, scope_in};

kernel::measured!(awb_marker_scoped, ());

/// What macros expand to. No part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::hold::{Held, drive};
}
