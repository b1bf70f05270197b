//! The macros of the dialect. What they expand to is an async block or an async closure, so
//! that nothing is stored twice and the body borrows as any block does.

/// An operation from an async block. The identity.
#[macro_export]
macro_rules! task {
    ($block:expr $(,)?) => {
        $block
    };
}

/// Keeps an operation and drives it in turns: `hold!(op, |h| body).await`.
///
/// In `body`, [`h.turn()`](crate::Hold::turn) drives `op`; it may lose a race and be tried
/// again. Between turns nothing drives it. `body` is an expression that may await and borrows
/// from its surroundings; `?`, `break` and `return` do not cross it. At the end `op` is dropped.
#[macro_export]
macro_rules! hold {
    ($op:expr, |$h:ident| $body:expr $(,)?) => {
        async {
            let held = ::core::pin::pin!($crate::__private::Held::new($op));
            let $h = $crate::__private::Held::handle(held.into_ref());
            $body
        }
    };
}

/// A scope for children that borrow: `scope!(cap = 4, bytes = 1024, |s| body).await`.
///
/// In `body`, [`s.spawn(op)`](crate::Scope::spawn) makes a child. `bytes` is the room for
/// children in this frame; with the feature `alloc` further ones go to the heap. `cap` is the
/// number of children expected at once, checked in debug builds that have no heap. `body`
/// borrows from its surroundings; `?`, `break` and `return` do not cross it.
#[macro_export]
macro_rules! scope {
    (cap = $cap:expr, bytes = $bytes:expr, |$s:ident| $body:expr $(,)?) => {
        $crate::__private::scope::<{ $bytes }, _, _>($cap, async |$s| $body)
    };
}

/// Runs `body`, then `fin`. *Neither a drop nor a panic of `body` runs `fin`*: a destructor
/// cannot await.
#[macro_export]
macro_rules! cleanup {
    ($body:expr, $fin:expr $(,)?) => {
        async {
            let output = async { $body }.await;
            $fin;
            output
        }
    };
}

/// Declares a value in the frame.
#[macro_export]
macro_rules! own {
    ($name:ident = $value:expr) => {
        let $name = $value;
    };
}

/// Declares a channel of `N` items of type `T` in the frame: `chan!(ch: T, N)`.
#[macro_export]
macro_rules! chan {
    ($name:ident : $item:ty, $capacity:expr) => {
        let $name = &$crate::Chan::<$item, { $capacity }>::new();
    };
}

/// Declares a lock around a value in the frame: `lock!(l = value)`.
#[macro_export]
macro_rules! lock {
    ($name:ident = $value:expr) => {
        let $name = &$crate::Lock::new($value);
    };
}

/// Declares a semaphore in the frame: `sem!(s = permits)`.
#[macro_export]
macro_rules! sem {
    ($name:ident = $permits:expr) => {
        let $name = &$crate::Sem::new($permits);
    };
}

/// Declares a facade of a design of this family: `facade!(design_poll, awb_marker_poll,
/// runtime_tokio)`, from the package of the design, its marker and the package of a runtime.
/// Names that depend on the runtime shadow those of the design.
#[doc(hidden)]
#[macro_export]
macro_rules! facade {
    ($design:ident, $marker:ident, $runtime:ident) => {
        pub use ::kernel::IoError;
        pub use ::$design::*;
        pub use ::$runtime::{
            Buf, Conn, File, Listener, accept, accept_or, buf, connect, listen, open, read,
            read_at, read_exact, write, write_all,
        };

        /// Runs an operation to its end on this runtime. There is no watchdog: a clock that is
        /// not ours cannot tell that nothing will happen any more.
        ///
        /// # Panics
        /// Inside of another call, and when the runtime cannot be had.
        pub fn block_on(world: &'static ::contract::World, op: impl Op<Output = ()>) {
            $marker();
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
    };
}
