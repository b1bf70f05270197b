//! The substrate under every design: what is *not* the design.
//!
//! Designs differ in what a suspended operation is, who may drop it and who drives it.
//! Everything below that line is here, once, so that a measured difference comes from the
//! design: wakers and ready lists, timers, the cores of channel, lock and semaphore, one
//! single-threaded executor, and the drivers.
//!
//! `no_std`, and nothing here allocates unless the feature `alloc` is on.
//!
//! Floors, of which each imports from itself and those above it in this list; `cargo xtask tidy`
//! looks:
//!
//! 1. The ground: [`sync`], [`count`], [`Instant`], [`foreign`] (the rule for calling code that is
//!    not ours), [`list`](mod@list) (the one intrusive list), [`values`] of the dialect.
//! 2. [`wake`]: who runs next. [`wake::handle`]: a waker is an integer, nothing dangles.
//!    [`wake::task`] and [`wake::queue`]: the other encoding, a pointer with a reference count.
//! 3. [`driver`]: where time and events come from. [`driver::sim`], [`driver::isr`], and with the
//!    feature `io`, on Linux, `driver::epoll` and `driver::uring`.
//! 4. [`run`]: what drives. [`run::executor`]: the loop, explained before its code.
//!    [`run::children`]: storage for the children of a scope, in the frame or on the heap.
//!    [`run::drive`]: the order in which a scope that drives polls its parts. `run::spawn`
//!    (feature `tasks`): tasks beside the root. `run::island` (feature `io`) puts an executor
//!    into a foreign runtime.
//! 5. [`leaf`]: what a future waits for. [`leaf::sleep`], [`leaf::chan`], [`leaf::sem`],
//!    [`leaf::lock`], [`leaf::line`], [`leaf::borrowed`]; with the feature `io` `leaf::socket`,
//!    `leaf::ready` and `leaf::runtime_owned`, which leaves of sockets and files are made of.
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

pub mod count;
pub mod driver;
pub mod foreign;
#[cfg(feature = "io")]
mod io_error;
pub mod leaf;
pub mod list;
mod measured;
pub mod run;
pub mod sync;
mod time;
pub mod values;
pub mod wake;

#[cfg(feature = "io")]
pub use io_error::{IoError, OrIoError};
pub use time::Instant;
