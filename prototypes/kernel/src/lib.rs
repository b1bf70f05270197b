//! The substrate under every design: what is *not* the design.
//!
//! Designs differ in what a suspended operation is, who may drop it and who drives it.
//! Everything below that line is here, once, so that a measured difference comes from the
//! design: wakers and ready lists, timers, the cores of channel, lock and semaphore, one
//! single-threaded executor, and the drivers.
//!
//! `no_std`, and nothing here allocates unless the feature `alloc` is on.
//!
//! Read in this order:
//!
//! 1. [`handle`]: a waker is an integer. Ready lists in a static table; nothing dangles.
//! 2. [`task`] and [`queue`]: the other encoding, a pointer with a reference count.
//! 3. [`executor`]: the loop, explained before its code.
//! 4. [`driver`], [`sim`], [`isr`]: where time and events come from.
//! 5. [`timer`], [`chan`], [`sem`], [`lock`], [`line`](mod@line), [`read`]: the leaves.
//! 6. [`children`]: storage for the children of a scope, in the frame or on the heap.
//!
//! Deliberately absent: any notion of cancelling beyond one mode bit, any policy about
//! who drives children, any I/O. Those are what the designs are about.

#![no_std]

#[cfg(any(feature = "std", test))]
extern crate std;

#[cfg(feature = "alloc")]
extern crate alloc;

pub mod chan;
pub mod children;
pub mod context;
pub mod count;
pub mod driver;
pub mod executor;
pub mod handle;
pub mod isr;
pub mod line;
pub mod lock;
pub mod queue;
pub mod read;
pub mod sem;
pub mod sim;
pub mod sync;
pub mod task;
mod time;
pub mod timer;
mod wait;

pub use time::Instant;
