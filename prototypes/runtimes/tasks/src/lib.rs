//! Scopes, kept operations and windows of operations as tasks that a foreign runtime spawns.
//!
//! The dialect of `owned` asks for what users of tokio and smol build from `spawn_local`: a
//! scope that waits for its tasks and aborts them when it is dropped, handles that may be
//! dropped while the task goes on, an operation that is kept as a task, a window of tasks.
//! Here it is built once, from two functions of a runtime ([`Spawn`]), the way `TaskTracker`
//! of tokio-util and `Abortable` of futures-util are: a wrapper around the future, and a table
//! beside it. A task costs the runtime's allocation, a count of owners, an entry of the table
//! and a clone of its waker.
//!
//! [`facade!`] declares the dialect's names over the two functions, as `design::…`.

#![forbid(unsafe_code)]

mod facade;
mod kept;
mod scope;

pub use kept::{Held, Hold, Turn, buffered};
pub use scope::{Child, Ended, Scope};

use std::future::Future;

/// How a runtime starts a task on this thread.
pub trait Spawn: 'static {
    /// The runtime's handle: ready with the output, `None` when the runtime ended the task.
    /// What dropping it means is the runtime's.
    type Task<T: 'static>: Future<Output = Option<T>> + Unpin;

    /// Starts a task.
    fn spawn<F: Future<Output: 'static> + 'static>(future: F) -> Self::Task<F::Output>;

    /// Drops a handle and lets its task go on.
    fn detach<T: 'static>(task: Self::Task<T>);
}
