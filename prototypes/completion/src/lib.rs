//! Must-complete futures: once begun, an operation runs to its end.
//!
//! An ordinary future may be dropped or forgotten at any await. That one freedom is why a
//! driver cannot write into a borrowed buffer, why cleanup cannot wait, and why a lost race
//! loses what the loser had taken. This design takes the freedom away and asks what that
//! buys and what it costs. (Mode `c1`; it delivers results as `poll` does, from the root.)
//!
//! - [`Completion`] is a future whose `poll` is unsafe: the poller promises to poll until
//!   it is ready. Nothing writes that by hand: [`task!`] awaits, [`block_on`] runs.
//! - Cancelling is a *value*: a subtree is polled in cancel mode from then on, every wait in
//!   it is ready with [`Error::Cancelled`], and `?` carries it out through ordinary code. What a
//!   driver holds is waited for, and if the result won it is returned.
//! - [`race`] and [`timeout()`] *drain* what they cancel, [`shield`] keeps a step whole,
//!   [`cleanup!`] awaits on the way out, [`scope!`] has children that borrow, [`read()`] lends
//!   a plain `&mut [u8]` to the driver. No operation allocates.
//!
//! ```
//! # extern crate design_completion as design;
//! use design as d;
//!
//! #[d::task_fn]
//! async fn fill(buffer: &mut [u8]) -> usize {
//!     // The driver writes into `buffer`; when the limit is reached it is asked to stop, and
//!     // the bytes that it had moved by then are counted.
//!     match d::deadline(20, d::device_read(buffer, 5)).await {
//!         (Some(Ok(bytes)), _) => bytes,
//!         _ => 0,
//!     }
//! }
//!
//! let world: &'static contract::World = Box::leak(Box::new(contract::World::new()));
//! d::block_on(world, d::task!(async {
//!     let mut buffer = [0; 64];
//!     let bytes = fill(&mut buffer).await;
//!     assert_eq!(bytes, 64);
//! }));
//! ```
//!
//! Deliberately absent: trait objects without a heap, `Send` bounds for generic code, closures
//! that await, and every combinator of the ecosystem (see `DESIGN.md`, which also holds the
//! safety case and the open holes). Read next: [`must`], [`part`](mod@part), then any combinator.

#![no_std]
#![cfg_attr(
    not(feature = "std"),
    expect(unreachable_code, reason = "without it a panic is no value, and nothing follows one")
)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

// The macros name this crate as its users do.
extern crate self as design;

mod buffered;
mod cancel;
mod child;
mod family;
mod hold;
#[cfg(feature = "io")]
mod io;
#[cfg(feature = "io")]
mod island;
mod join;
mod leaf;
mod macros;
pub mod must;
mod op;
mod part;
mod race;
mod read;
mod scope;
mod timeout;

pub use buffered::{Buffered, buffered};
pub use cancel::{Shield, shield};
pub use design_completion_macros::task_fn;
pub use hold::{Hold, Turn};
#[cfg(feature = "io")]
pub use io::{
    Accepted, All, Buf, Conn, Connect, Connected, Count, End, File, Io, Listener, Opened, Orphan,
    Resource, accept, accept_or, buf, connect, listen, open, open_resource, provide, read, read_at,
    read_exact, read_provided, write, write_all,
};
#[cfg(feature = "io")]
pub use island::{block_on_host, island};
pub use join::{Join, join};
#[cfg(feature = "io")]
pub use kernel::IoError;
pub use leaf::{
    Acquire, Chan, Checkpoint, Edge, Guard, Lock, Locking, Permit, Recv, Sem, Send, Sleep,
    YieldNow, checkpoint, edge, sleep, yield_now,
};
pub use must::{Completion, Completion as Op};
pub use op::{
    Barrier, Either, Error, Interruptible, Plain, SendError, barrier, block_on, interruptible,
    plain,
};
#[cfg(feature = "alloc")]
pub use op::{Boxed, boxed};
pub use race::{Race, RaceBoth, race, race_both};
pub use read::{DeviceRead, ReadError, device_read};
pub use scope::{Child, Scope};
pub use timeout::{Deadline, Timeout, deadline, timeout};

/// What is shared between parts of a program: a reference, because children may borrow.
pub type Shared<'a, T> = &'a T;

/// Shares a value of the frame.
pub fn share<T>(value: &T) -> Shared<'_, T> {
    value
}

kernel::measured!(awb_marker_completion, "completion");

/// What macros expand to. No part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::cancel::{Caught, caught};
    pub use crate::hold::{Held, release};
    pub use crate::must::{AwaitToken, Completion, frame, leaf, never};
    pub use crate::scope::{Opening, ScopeState, run};
    pub use core::pin::pin;
    pub use design_completion_macros::rewrite;
}

/// What another must-complete design builds its own combinators of. No part of the interface:
/// who polls a [`Part`](__parts::Part) or stores a child makes the promise of
/// [`Completion::poll`].
#[doc(hidden)]
pub mod __parts {
    pub use crate::child::{Judge, Stored};
    pub use crate::family::Family;
    #[cfg(feature = "io")]
    pub use crate::island::run_on_host;
    pub use crate::op::run_root;
    pub use crate::part::{Panic, Part, abort, caught};
}
