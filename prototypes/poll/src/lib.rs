//! The status quo: futures that are polled in place and may be dropped at any await.
//!
//! An operation is a `core::Future`. The code that owns it drives it, by polling, and cancels it,
//! by dropping. That buys a lot: operations compose by value without a runtime, borrow
//! whatever is around them, need no allocation, and a timeout is ten lines. The prices are
//! what the suite measures: what nothing polls does not move, however much was granted to it;
//! what is dropped half-way loses what it had taken; nothing can be awaited on the way out.
//!
//! - [`race`], [`join`] and [`timeout()`] are structs over their parts; a loser is dropped.
//! - [`hold!`] keeps an operation across several races; between turns it stands still.
//! - [`scope!`] has children that borrow, driven while one of them, or the end, is awaited.
//! - [`buffered`] is an ordered window, frozen while the loop body runs.
//! - [`Group`] is this design's own answer to width: a set of operations with a waker each,
//!   in the frame or on the heap, of which only the woken ones are polled. A [`Stream`].
//!
//! ```
//! # extern crate design_poll as design;
//! use design as d;
//!
//! let world: &'static contract::World = Box::leak(Box::new(contract::World::new()));
//! d::block_on(world, async {
//!     d::chan!(letters: u32, 1);
//!     let sender = async { letters.send(7).await };
//!     let receiver = d::timeout(5, letters.recv());
//!     let (_sent, received) = d::join(sender, receiver).await;
//!     assert_eq!(received, Ok(Ok(Some(7))));
//!
//!     // Whatever loses a race is dropped where it stands.
//!     let first = d::race(d::sleep(10), async { d::sleep(3).await }).await;
//!     assert!(matches!(first, d::Either::B(_)));
//! });
//! ```
//!
//! Deliberately absent: tasks of their own, spawning that outlives its caller, asynchronous
//! cleanup. Other designs differ in exactly these. Read next: [`Group`], the only part with
//! a trick in it; `DESIGN.md` has the opinion, the safety case and the open holes.

#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod buffered;
mod group;
#[cfg(feature = "alloc")]
mod heap;
mod hold;
#[cfg(feature = "io")]
mod io;
mod join;
mod leaf;
mod macros;
mod op;
mod race;
mod scope;
mod stream;
mod timeout;

pub use buffered::{Buffered, buffered};
pub use core::future::Future;
pub use design_plain_macros::task_fn;
pub use group::{Full, Group, Inline, Key, Slots};
#[cfg(feature = "alloc")]
pub use heap::Heap;
pub use hold::{Hold, Turn};
#[cfg(feature = "io")]
pub use io::{
    Accept, Buf, Conn, Counted, File, Listener, OpenResource, Orphan, Read, Resource, Write,
    accept, accept_or, buf, connect, device_read, listen, open, open_resource, read, read_at,
    read_exact, readable, try_read, write, write_all,
};
pub use join::{Join, join};
#[cfg(feature = "io")]
pub use kernel::IoError;
pub use leaf::{
    Acquire, Chan, Edge, Guard, Lock, Locking, Permit, Recv, Sem, Send, Sleep, YieldNow, edge,
    sleep, yield_now,
};
pub use op::{Barrier, Either, Error, Op, SendError, barrier, block_on, shield};
#[cfg(feature = "alloc")]
pub use op::{Boxed, boxed};
pub use race::{Race, race};
pub use scope::{Child, Scope, scope};
pub use stream::Stream;
pub use timeout::{Timeout, timeout};

/// What is shared between parts of a program: a reference, because children may borrow.
pub type Shared<'a, T> = &'a T;

/// Shares a value of the frame.
pub fn share<T>(value: &T) -> Shared<'_, T> {
    value
}

kernel::measured!(awb_marker_poll, "poll");

/// What macros expand to. No part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::buffered::{Numbered, poll_in_place};
    pub use crate::hold::Held;
    pub use crate::scope::scope;
}
