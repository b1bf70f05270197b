//! Who runs next: wakers in two encodings, ready lists, the run queue, wakes of other threads.

pub mod handle;
pub(crate) mod lines;
#[cfg(feature = "io")]
pub mod notifier;
#[cfg(all(feature = "foreign", not(loom)))]
mod place;
pub mod queue;
pub mod stored;
pub mod task;
pub mod underway;
