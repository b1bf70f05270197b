//! The names of `owned` on a foreign runtime, declared once: a facade says which runtime, and
//! how it spawns.

/// Declares a facade of `owned`: `facade!(runtime_tokio, Tokio)`, from the package of a runtime
/// and its [`Spawn`](crate::Spawn). Names that depend on the runtime shadow those of the design.
#[macro_export]
macro_rules! facade {
    ($runtime:ident, $spawn:ident) => {
        pub use ::design_owned::{
            Acquire, Barrier, Boxed, Chan, Either, Error, Future, Guard, Join, Lock, Locking, Op,
            Permit, Race, Recv, Sem, Send, SendError, Share, Shared, TaskRc, YieldNow,
            awb_marker_owned, barrier, begin, boxed, chan, cleanup, end, join, lock, own, race,
            sem, share, shield, task, task_fn, yield_now,
        };
        pub use ::kernel::IoError;
        pub use ::kernel::leaf::resource::Orphan;
        pub use ::$runtime::{
            Buf, Conn, File, Listener, accept, accept_or, buf, connect, listen, open, read,
            read_at, read_exact, write, write_all,
        };
        pub use $crate::{hold, scope};

        /// How this crate's names start a task.
        pub type Spawned = $spawn;
        /// A child of a scope.
        pub type Child<T> = $crate::Child<T, $spawn>;
        /// A scope.
        pub type Scope = $crate::Scope<$spawn>;

        /// Runs an operation to its end on this runtime. There is no watchdog: a clock that is
        /// not ours cannot tell that nothing will happen any more.
        ///
        /// # Panics
        /// Inside of another call, and when the runtime cannot be had.
        pub fn block_on(world: &'static ::contract::World, op: impl Op<Output = ()>) {
            awb_marker_owned();
            ::$runtime::block_on(world.drivers(), op);
        }

        /// Waits `ms` milliseconds, counted from the first poll.
        ///
        /// # Errors
        /// None; the type is what makes one source serve designs whose waits can be cancelled.
        ///
        /// # Cancellation
        /// Dropping it disarms the timer; nothing is lost.
        pub async fn sleep(ms: u32) -> Result<(), Error> {
            ::$runtime::sleep(ms).await;
            Ok(())
        }

        /// Drives `op` for at most `ms` milliseconds; then it is dropped, and this is ready with
        /// [`Error::Elapsed`]. If both happen at once, the output of `op` counts.
        pub fn timeout<O: Op>(ms: u32, op: O) -> impl Future<Output = Result<O::Output, Error>> {
            use ::futures_util::TryFutureExt;
            ::$runtime::timeout(ms, op).map_err(|_| Error::Elapsed)
        }

        /// A window of tasks: see [`runtime_tasks::buffered`](::runtime_tasks::buffered).
        pub fn buffered<const N: usize, I, F, B>(ops: I, body: F) -> impl Future<Output = ()>
        where
            I: IntoIterator<Item: Op<Output: 'static> + 'static>,
            F: FnMut(<I::Item as Future>::Output) -> B,
            B: Op<Output = ()>,
        {
            $crate::buffered::<$spawn, N, I, F, B>(ops, body)
        }
    };
}

/// Keeps an operation as a task and awaits it in turns: `hold!(op, |h| body).await`. At the end
/// the handle is dropped, with what the runtime makes of that.
#[macro_export]
macro_rules! hold {
    ($op:expr, |$h:ident| $body:expr $(,)?) => {
        async {
            let held = $crate::Held::<_, ::design::Spawned>::new($op);
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
            let scope = ::design::Scope::new();
            let $s = &scope;
            let output = async { $body }.await;
            scope.ended().await;
            output
        }
    };
}
