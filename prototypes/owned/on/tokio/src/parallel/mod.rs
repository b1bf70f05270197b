//! `owned` in mode `parallel`: a task is what `tokio::spawn` makes of a `Send` future, on the
//! scheduler that `#[tokio::main]` builds. Tasks run beside their spawner and beside each other.
//!
//! The names are those of the dialect as far as they can be `Send`. What the design shares within
//! a thread is not there: `own!` and `share` count with atomics, and channels, locks and
//! semaphores are left to crates. A portable text asks no task to be `Send`, so the suite is not
//! mounted on this module; `workloads/idiomatic/owned-parallel` is written for it.

mod scope;

use std::sync::Arc;

pub use design_owned::{
    Either, Error, Future, Join, Op, Race, awb_marker_owned, begin, end, join, race, task_fn,
};
pub use kernel::IoError;
pub use runtime_tokio::{
    Buf, Conn, Listener, accept, buf, connect, listen, read, read_exact, write, write_all,
};

pub use crate::__parallel_own as own;
pub use crate::__parallel_scope as scope;
pub use crate::{sleep, timeout};
pub use scope::{Child, Ended, Scope};

/// Threads that run tasks, beside that of the root: as many on every machine.
pub const WORKERS: usize = 2;

/// A value that tasks of any thread may share.
pub type Shared<T> = Arc<T>;

/// One more share of a value.
#[must_use]
pub fn share<T>(value: &Shared<T>) -> Shared<T> {
    Arc::clone(value)
}

/// Runs an operation to its end on this thread, and its tasks on [`WORKERS`] others. The
/// operation need not be `Send`, so it may keep the world; no task can.
///
/// # Panics
/// Inside of another call, and when the runtime cannot be had.
pub fn block_on(world: &'static contract::World, op: impl Op<Output = ()>) {
    awb_marker_owned();
    runtime_tokio::block_on_workers(world.drivers(), WORKERS, op);
}

/// Lets other tasks run, as tokio does it.
///
/// # Errors
/// None; the type is that of the dialect.
pub async fn yield_now() -> Result<(), Error> {
    runtime_tokio::yield_now().await;
    Ok(())
}

/// Declares a value that tasks may share.
#[doc(hidden)]
#[macro_export]
macro_rules! __parallel_own {
    ($name:ident = $value:expr) => {
        let $name = $crate::parallel::Shared::new($value);
    };
}

/// A scope for tasks: `scope!(cap = 4, bytes = 1024, |s| body).await`. It waits for its children
/// after the body; dropping it aborts them, and they are dropped at their next turns.
#[doc(hidden)]
#[macro_export]
macro_rules! __parallel_scope {
    (cap = $cap:expr, bytes = $bytes:expr, |$s:ident| $body:expr $(,)?) => {
        async {
            let _: (usize, usize) = ($cap, $bytes);
            let scope = $crate::parallel::Scope::new();
            let $s = &scope;
            let output = async { $body }.await;
            scope.ended().await;
            output
        }
    };
}
