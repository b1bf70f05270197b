//! The status quo with buffers that the runtime owns and lends.
//!
//! A future that may be dropped cannot lend its caller's buffer to a driver that completes
//! operations. [`design_poll`] therefore reads into a buffer of the runtime's and copies. Here the
//! copy is left out: the runtime's buffer *is* what the program gets, for as long as it keeps it.
//! That is the shape of `poll_fill_buf`: [`fill`] shows the bytes that are there, [`consume`] says
//! how many were used, and the dialect's [`read`] takes them as they are.
//!
//! - Over epoll a buffer is taken when the socket is readable, and over io_uring the kernel
//!   chooses one when bytes come. So an operation that waits holds no memory, and one that is
//!   dropped gives nothing away.
//! - [`Buf`] is a place for bytes. It has memory of its own only where the program writes into it,
//!   or wants several pieces in one; that is a copy, and counted.
//! - Files and the simulated device fill a buffer of the runtime's from the beginning, and it is
//!   lent in the same way.
//! - Everything else is the status quo's ([`design_poll`]).
//!
//! ```
//! # extern crate design_poll_provided as design;
//! use design as d;
//!
//! let world: &'static contract::World = Box::leak(Box::new(contract::World::new()));
//! d::block_on(world, async {
//!     // The simulated device fills a buffer with 0, 1, 2, … after ten milliseconds.
//!     let mut buffer = d::buf(4);
//!     assert_eq!(d::device_read(&mut buffer, 10).await, Ok(4));
//!     assert_eq!(buffer.as_ref(), [0, 1, 2, 3]);
//! });
//! ```
//!
//! Deliberately absent: writes from buffers of the runtime's, which are `poll`'s and copy over
//! io_uring. Read next: `src/memory.rs`, then `src/io.rs`; `DESIGN.md` has the safety case.

#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "io")]
mod io;
#[cfg(feature = "io")]
mod memory;
mod op;

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
pub use io::{
    Accept, Conn, Counted, File, Listener, accept, accept_or, connect, consume, device_read, fill,
    listen, open, read, read_at, read_exact, write, write_all,
};
#[cfg(feature = "io")]
pub use memory::{Buf, buf};
pub use op::block_on;

kernel::measured!(awb_marker_poll_provided, "poll-provided");
