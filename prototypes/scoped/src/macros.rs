//! The macros of the dialect that differ from those of `poll`.

/// Keeps an operation as a child and awaits it in turns: `hold!(op, |h| body).await`.
///
/// In `body`, [`h.turn()`](crate::Hold::turn) waits for the output of `op`; it may lose a race
/// and be tried again. `op` moves all the time, whatever the body awaits. `body` is an
/// expression that may await and borrows from its surroundings; `?`, `break` and `return` do
/// not cross it. At the end `op` is dropped.
#[macro_export]
macro_rules! hold {
    ($op:expr, |$h:ident| $body:expr $(,)?) => {
        async {
            let held = ::core::pin::pin!($crate::__private::Held::new($op));
            let held = held.into_ref();
            let $h = $crate::__private::Held::handle(held);
            $crate::__private::drive(held, async { $body }).await
        }
    };
}

/// A scope for children that borrow: `scope!(cap = 4, bytes = 1024, |s| body).await`.
///
/// In `body`, [`s.spawn(op)`](crate::LocalScope::spawn) makes a child, which moves whenever the
/// scope's task runs. `bytes` is the room for children in this frame; with the feature `alloc`
/// further ones are on the heap. `cap` is the number of children expected at once, checked in debug
/// builds that have no heap. `body` borrows from its surroundings; `?`, `break` and `return` do not
/// cross it.
#[macro_export]
macro_rules! scope {
    (cap = $cap:expr, bytes = $bytes:expr, |$s:ident| $body:expr $(,)?) => {
        $crate::scope_in::<{ $bytes }, _, _>($cap, async |$s| $body)
    };
}
