//! Droppable futures over completion drivers: a buffer is given away for the time of an
//! operation, and comes back with its result.
//!
//! A driver that completes operations writes into memory at a time of its own. A future may be
//! dropped or forgotten whenever its owner likes, so it cannot lend what it does not own. This
//! design does what crates on io_uring do today: the caller gives the buffer *away* with the
//! operation. Nothing is copied, and every future stays an ordinary one that any combinator may
//! drop. The prices: buffers are `'static` values that travel in and out of every call, and an
//! operation that is dropped in flight takes its buffer along, with whatever had arrived.
//!
//! - [`IoBuf`] and [`IoBufMut`] say what can be given away; [`BufResult`] is what comes back.
//! - [`Conn::read`], [`Conn::write`], [`File::read_at`] take a buffer by value.
//! - [`Buf`] is the dialect's buffer: taken by an operation in flight and put back; empty
//!   after one that was dropped. Its memory goes to a pool when the driver is done with it.
//! - [`orphans`] counts what was dropped in flight, and the bytes that were lost with it.
//! - Everything else is the status quo's ([`design_poll`]): races, scopes, channels, timers.
//!
//! ```
//! # extern crate design_rent as design;
//! use design as d;
//!
//! let world: &'static contract::World = Box::leak(Box::new(contract::World::new()));
//! d::block_on(world, async {
//!     // The simulated device fills a buffer with 0, 1, 2, … after ten milliseconds.
//!     let mut buffer = d::buf(4);
//!     assert_eq!(d::device_read(&mut buffer, 10).await, Ok(4));
//!     assert_eq!(buffer.as_ref(), [0, 1, 2, 3]);
//!
//!     // Given up after five: the device still has the memory.
//!     let _lost = d::race(d::sleep(5), d::device_read(&mut buffer, 10)).await;
//!     assert!(buffer.is_empty());
//!     assert_eq!(d::orphans().orphaned, 1);
//! });
//! ```
//!
//! That is mode `owned`. In mode `keep` ([`keep`], bound by `design-rent-keep`) an operation that
//! is dropped in flight stays with its connection and is asked to end, and the next call gets
//! what it had done.
//!
//! Deliberately absent: the *pinned* form, whose buffer owns the state of its operation and
//! needs no pool; and cleanup that awaits. Read next: `src/io.rs`, then
//! `kernel::leaf::runtime_owned` and `kernel::run::orphans`, where orphans live; `DESIGN.md` has
//! the safety case.

#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "io")]
mod buf;
#[cfg(feature = "io")]
mod dialect;
#[cfg(feature = "io")]
mod io;
#[cfg(feature = "io")]
mod island;
#[cfg(feature = "io")]
pub mod keep;
#[macro_use]
mod macros;
mod op;

#[cfg(feature = "io")]
pub use buf::{BufResult, IoBuf, IoBufMut, Slice};
pub use core::future::Future;
pub use design_poll::{
    Acquire, Barrier, Buffered, Chan, Child, Edge, Either, Error, Full, Group, Guard, Hold, Inline,
    Join, Key, Lock, Locking, Op, Permit, Race, Recv, Scope, Sem, Send, SendError, Shared, Sleep,
    Slots, Stream, Timeout, Turn, YieldNow, barrier, buffered, chan, cleanup, edge, hold, join,
    lock, own, race, scope, sem, share, shield, sleep, task, task_fn, timeout, yield_now,
};
#[cfg(feature = "alloc")]
pub use design_poll::{Boxed, Heap, boxed};
#[cfg(feature = "io")]
pub use design_poll::{IoError, OpenResource, Orphan, Resource, open_resource};
#[cfg(feature = "io")]
pub use dialect::{
    Buf, Counted, buf, device_read, pooled, read, read_at, read_exact, write, write_all,
};
#[cfg(feature = "io")]
pub use io::{
    Accept, Conn, File, Listener, Read, Write, accept, accept_or, connect, listen, open, orphans,
};
#[cfg(feature = "io")]
pub use island::{block_on_host, island};
pub use op::block_on;

kernel::measured!(awb_marker_rent, "rent");
