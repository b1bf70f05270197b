//! The macros of the dialect. Each value macro is a frame of its own whose body is sealed.
//!
//! What an expansion names is named through `$crate`, `core` included: a user's crate may give
//! any other name to something else.

/// `task!(async move { … })` or `task!(async { … })`: a must-complete operation whose body
/// may await must-complete operations.
#[macro_export]
macro_rules! task {
    ($($block:tt)*) => {
        $crate::__private::rewrite! {
            ($crate::__private::frame)
            ($crate::__private::leaf)
            // SAFETY: the rewriter puts it into the argument of a leaf that is awaited at once, in
            // the coroutine that is the argument of `frame`; the label beside it sees to that.
            (unsafe { $crate::__private::AwaitToken::new() })
            ($crate::__private::never)
            $($block)*
        }
    };
}

/// Keeps an operation and drives it in turns: `hold!(op, |h| body).await`.
///
/// In `body`, [`h.turn()`](crate::Hold::turn) drives `op`; it may lose a race and be tried
/// again. `body` is an expression that may await and borrows from its surroundings; `?`,
/// `break` and `return` do not cross it. At the end `op` is cancelled and drained.
#[macro_export]
macro_rules! hold {
    ($op:expr, |$h:ident| $body:expr $(,)?) => {
        match $op {
            op => $crate::task!(async {
                let held = $crate::__private::pin!($crate::__private::Held::new(op));
                let held = held.into_ref();
                // SAFETY: `release` is awaited below, on the only path: a panic of the body
                // is caught.
                let $h = unsafe { $crate::__private::Held::handle(held) };
                let ended = $crate::__private::caught($crate::task!(async { $body })).await;
                let released = $crate::__private::release(held).await;
                $crate::__private::Caught::resume_after(ended, released)
            }),
        }
    };
}

/// A scope for children that borrow: `scope!(cap = 4, bytes = 1024, |s| body).await`.
///
/// In `body` and in children, [`s.spawn(op)`](crate::Scope::spawn) starts a child. `bytes` is
/// the room for children in this frame; with the feature `alloc` further ones go to the heap.
/// `bytes` is a literal, a constant or a block in braces.
/// `cap` is the number of children expected at once, checked in debug builds that have no heap.
/// `body` borrows from its surroundings; `?`, `break` and `return` do not cross it.
#[macro_export]
macro_rules! scope {
    (cap = $cap:expr, bytes = $bytes:tt, |$s:ident| $body:expr $(,)?) => {
        $crate::task!(async {
            let state = $crate::__private::pin!($crate::__private::ScopeState::<$bytes>::new($cap));
            let state = state.into_ref();
            // SAFETY: `run` is awaited below, before anything else, with the only handle.
            let $s = unsafe { $crate::__private::ScopeState::handle(state) };
            // SAFETY: the one run of this state.
            let opening = unsafe { $crate::__private::Opening::new() };
            $crate::__private::run($s, $crate::task!(async { $body }), opening).await
        })
    };
}

/// Runs `body`, then `fin`, also when `body` is cancelled or panics; `fin` runs shielded.
/// Both are expressions that may await. Ready with the output of `body`. If both panic, the
/// panic of `body` goes on.
#[macro_export]
macro_rules! cleanup {
    ($body:expr, $fin:expr $(,)?) => {
        $crate::task!(async {
            let ended = $crate::__private::caught($crate::task!(async { $body })).await;
            let finished = $crate::__private::caught($crate::shield($crate::task!(async {
                $fin;
            })))
            .await;
            $crate::__private::Caught::resume_after(ended, finished)
        })
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
    ($name:ident : $item:ty, $capacity:tt) => {
        let $name = &$crate::Chan::<$item, $capacity>::new();
    };
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

/// A `Debug` that names the type and nothing else.
#[doc(hidden)]
#[macro_export]
macro_rules! opaque_debug {
    ($name:ident<$parameter:ident>) => {
        impl<$parameter> ::core::fmt::Debug for $name<$parameter> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

/// Declares this design inside a foreign runtime: `facade!(runtime_tokio)`. The operation brings
/// its executor and its driver, and the names that depend on that shadow those of the design.
#[doc(hidden)]
#[macro_export]
macro_rules! facade {
    ($runtime:ident) => {
        pub use $crate::*;

        /// Runs an operation to its end as the root of this runtime.
        ///
        /// # Panics
        /// With the operation's own panic. Inside of another call, and when runtime or driver
        /// cannot be had.
        pub fn block_on<C: Completion>(world: &'static ::contract::World, op: C) -> C::Output {
            // The island is told of its driver through a descriptor.
            let drivers = ::contract::Drivers { sockets: true, ..world.drivers() };
            let run = |program: ::core::pin::Pin<&mut (dyn Future<Output = ()> + '_)>| {
                ::$runtime::block_on(drivers, program);
            };
            block_on_host(world, ::$runtime::Host::new, run, op)
        }

        /// Runs an operation inside a program of this runtime.
        ///
        /// # Errors
        /// Those of the system, when there is no driver. The operation was not begun then.
        ///
        /// # Cancellation
        /// Dropping it cancels the operation and blocks the thread until it has ended.
        ///
        /// # Panics
        /// With the operation's own panic.
        pub fn island<C>(op: C) -> impl Future<Output = Result<C::Output, IoError>>
        where
            C: Completion + 'static,
        {
            $crate::island(::$runtime::Host::new, op)
        }
    };
}
