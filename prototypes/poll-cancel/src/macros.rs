//! The macros that differ from those of `poll`: with a clean-up to wait for, or a type of ours.

/// Keeps an operation and drives it in turns: `hold!(op, |h| body).await`.
///
/// In `body`, [`h.turn()`](crate::Hold::turn) drives `op`; it may lose a race and be tried
/// again. Between turns nothing drives it. `body` is an expression that may await and borrows
/// from its surroundings; `?`, `break` and `return` do not cross it. At the end `op` is asked to
/// cancel, and its clean-up is awaited.
#[macro_export]
macro_rules! hold {
    ($op:expr, |$h:ident| $body:expr $(,)?) => {
        async {
            let held = ::core::pin::pin!($crate::__private::Held::new($op));
            let held = held.into_ref();
            let $h = $crate::__private::Held::handle(held);
            $crate::__private::keep(held, async { $body }).await
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

/// Runs `body`, then `fin`, once: also when the body was asked to cancel or has panicked. `fin`
/// may await; requests do not reach it. *A drop skips it.* See [`finally`](crate::finally()).
#[macro_export]
macro_rules! cleanup {
    ($body:expr, $fin:expr $(,)?) => {
        async {
            let ended = $crate::__private::caught(async { $body }).await;
            let finished = $crate::__private::caught($crate::shield(async {
                $fin;
            }))
            .await;
            ended.after(finished).await
        }
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
