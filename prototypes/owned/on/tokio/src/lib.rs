//! The design `owned` on tokio: a task is what tokio spawns on this thread, so this is what a user
//! of tokio writes, in the names of the dialect.
//!
//! Channels, locks, races and joins are those of the design; sharing is counted as there. What
//! a scope adds to a bare task says `runtime_tasks`. Names that depend on the runtime are
//! declared here and shadow those of the design.

#![forbid(unsafe_code)]

mod task;

use contract::World;
use futures_util::TryFutureExt;

pub use design_owned::{
    Acquire, Barrier, Boxed, Chan, Either, Err, Future, Guard, Join, Lock, Locking, Op, Owned,
    Permit, Race, Recv, Sem, Send, SendErr, Share, Shared, YieldNow, awb_marker_owned, barrier,
    begin, boxed, chan, cleanup, end, join, lock, own, race, sem, share, shield, task, task_fn,
    yield_now,
};
pub use kernel::IoErr;
pub use kernel::claim::Orphan;
pub use runtime_tokio::{
    Buf, Conn, File, Listener, accept, accept_or, buf, connect, listen, open, read, read_at,
    read_exact, write, write_all,
};
pub use task::{Task, Tokio};

/// A child of a scope.
pub type Child<T> = runtime_tasks::Child<T, Tokio>;
/// A scope.
pub type Scope = runtime_tasks::Scope<Tokio>;

/// Runs an operation to its end on tokio. There is no watchdog: a clock that is not ours cannot
/// tell that nothing will happen any more.
///
/// # Panics
/// Inside of another call, and when the runtime cannot be had.
pub fn block_on(_world: &'static World, op: impl Op<Output = ()>) {
    awb_marker_owned();
    runtime_tokio::block_on(op);
}

/// Waits `ms` milliseconds, counted from the first poll.
///
/// # Errors
/// None; the type is what makes one source serve designs whose waits can be cancelled.
///
/// # Cancellation
/// Dropping it disarms the timer; nothing is lost.
pub async fn sleep(ms: u32) -> Result<(), Err> {
    runtime_tokio::sleep(ms).await;
    Ok(())
}

/// Drives `op` for at most `ms` milliseconds; then it is dropped, and this is ready with
/// [`Err::Elapsed`]. If both happen at once, the output of `op` counts.
pub fn timeout<O: Op>(ms: u32, op: O) -> impl Future<Output = Result<O::Output, Err>> {
    runtime_tokio::timeout(ms, op).map_err(|_| Err::Elapsed)
}

/// A window of tasks: see [`runtime_tasks::buffered`].
pub fn buffered<const N: usize, I, F, B>(ops: I, body: F) -> impl Future<Output = ()>
where
    I: IntoIterator<Item: Op<Output: 'static> + 'static>,
    F: FnMut(<I::Item as Future>::Output) -> B,
    B: Op<Output = ()>,
{
    runtime_tasks::buffered::<Tokio, N, I, F, B>(ops, body)
}

/// Keeps an operation as a task and awaits it in turns: `hold!(op, |h| body).await`. At the end
/// the handle is dropped, with what tokio makes of that.
#[macro_export]
macro_rules! hold {
    ($op:expr, |$h:ident| $body:expr $(,)?) => {
        async {
            let held = $crate::__private::Held::<_, $crate::Tokio>::new($op);
            let $h = held.handle();
            async { $body }.await
        }
    };
}

/// A scope for tasks: `scope!(cap = 4, bytes = 1024, |s| body).await`. It waits for its children
/// after the body; dropping it aborts them, and they are dropped at their next turns.
#[macro_export]
macro_rules! scope {
    (cap = $cap:expr, bytes = $bytes:expr, |$s:ident| $body:expr $(,)?) => {
        async {
            let _: (usize, usize) = ($cap, $bytes);
            let scope = $crate::Scope::new();
            let $s = &scope;
            let output = async { $body }.await;
            scope.ended().await;
            output
        }
    };
}

/// What macros expand to. No part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use runtime_tasks::Held;
}
