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
//!    [`foreign`] and [`list`](mod@list): the rule for calling code that is not ours, and the one
//!    intrusive list.
//! 4. [`driver`], [`sim`], [`isr`]: where time and events come from.
//! 5. [`timer`], [`chan`], [`sem`], [`lock`], [`line`](mod@line), [`lend`]: the leaves.
//! 6. [`children`]: storage for the children of a scope, in the frame or on the heap;
//!    [`drive`]: the order in which a scope that drives polls its parts.
//! 7. With the feature `io`, sockets and files on Linux: `backend` chooses between the
//!    drivers `epoll` and `uring`; `sock`, `ready` and `post` are what leaves are made of; `island`
//!    puts an executor into a foreign runtime.
//! 8. `spawn` (feature `tasks`): tasks beside the root.
//!
//! Deliberately absent: any notion of cancelling beyond one mode bit, any policy about
//! when children are driven. Those are what the designs are about.

#![no_std]

#[cfg(any(feature = "std", test))]
extern crate std;

#[cfg(feature = "alloc")]
extern crate alloc;

#[cfg(all(feature = "io", not(target_os = "linux")))]
compile_error!("the feature `io` needs Linux");

#[cfg(feature = "io")]
pub mod backend;
#[cfg(feature = "io")]
pub mod bell;
#[cfg(feature = "io")]
mod blocking;
pub mod chan;
pub mod children;
pub mod claim;
pub mod context;
pub mod count;
pub mod drive;
pub mod driver;
#[cfg(feature = "io")]
pub mod epoll;
pub mod executor;
pub mod foreign;
pub mod handle;
#[cfg(feature = "io")]
mod io_err;
#[cfg(feature = "io")]
pub mod island;
pub mod isr;
pub mod lend;
pub mod line;
pub mod list;
pub mod lock;
#[cfg(all(feature = "foreign", not(loom)))]
mod place;
#[cfg(feature = "io")]
pub mod post;
pub mod queue;
#[cfg(feature = "io")]
pub mod ready;
pub mod sem;
#[cfg(feature = "io")]
mod side;
pub mod sim;
#[cfg(feature = "io")]
pub mod sock;
#[cfg(feature = "tasks")]
pub mod spawn;
pub mod sync;
pub mod task;
mod time;
pub mod timer;
pub mod turns;
#[cfg(feature = "io")]
pub mod uring;
mod wait;

#[cfg(feature = "io")]
pub use io_err::{IoErr, OrIoErr};
pub use time::Instant;
