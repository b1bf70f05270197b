//! Who runs next: wakers in two encodings, ready lists, the run queue, wakes of other threads.

#[cfg(feature = "io")]
pub mod bell;
pub mod handle;
pub(crate) mod lines;
#[cfg(all(feature = "foreign", not(loom)))]
mod place;
pub mod queue;
pub mod stored;
pub mod task;
pub mod underway;
