//! The macros of the dialect that differ from those of `completion`.
//!
//! What an expansion names is named through `$crate`, `core` included: a user's crate may give
//! any other name to something else.

/// Keeps an operation as a child and awaits it in turns: `hold!(op, |h| body).await`.
///
/// In `body`, [`h.turn()`](crate::Hold::turn) waits for the output of `op`; it may lose a race
/// and be tried again. `op` moves all the time, whatever the body awaits. `body` is an
/// expression that may await and borrows from its surroundings; `?`, `break` and `return` do
/// not cross it. At the end `op` is asked to end, and waited for.
#[macro_export]
macro_rules! hold {
    ($op:expr, |$h:ident| $body:expr $(,)?) => {
        match $op {
            op => $crate::task!(async {
                let held = $crate::__private::pin!($crate::__private::Held::new(op));
                let held = held.into_ref();
                // SAFETY: `drive` is awaited below, before anything else, with the only handle.
                let $h = unsafe { $crate::__private::Held::handle(held) };
                // SAFETY: the one drive of what is held.
                let opening = unsafe { $crate::__private::Opening::new() };
                $crate::__private::drive(held, $crate::task!(async { $body }), opening).await
            }),
        }
    };
}

/// A scope for children that borrow: `scope!(cap = 4, bytes = 1024, |s| body).await`.
///
/// In `body` and in children, [`s.spawn(op)`](crate::Scope::spawn) starts a child, which moves
/// whenever the scope's task runs. `bytes` is the room for children in this frame; with the
/// feature `alloc` further ones go to the heap. `bytes` is a literal, a constant or a block in
/// braces. `cap` is the number of children expected at once, checked in debug builds that have
/// no heap. `body` borrows from its surroundings; `?`, `break` and `return` do not cross it.
///
/// In this form the scope follows [`Policy::AllOrFail`](crate::Policy::AllOrFail) and is ready
/// with the body's output, whatever became of the children. With a policy,
/// `scope!(policy = p, bytes = 1024, |s| body)`, it is ready with a
/// `Result` that says so ([`ScopeError`](crate::ScopeError)).
#[macro_export]
macro_rules! scope {
    (cap = $cap:expr, bytes = $bytes:tt, |$s:ident| $body:expr $(,)?) => {
        $crate::task!(async {
            let memory = $crate::__private::pin!($crate::ScopeMem::<$bytes>::with_cap($cap));
            // SAFETY: `run` is awaited below, before anything else, with the only handle.
            let $s = unsafe { $crate::__private::open(memory.into_ref()) };
            // SAFETY: the one run of this memory.
            let opening = unsafe { $crate::__private::Opening::new() };
            let body = $crate::task!(async { $body });
            let policy = $crate::Policy::AllOrFail;
            $crate::__private::output($crate::__private::run($s, policy, body, opening).await)
        })
    };
    (policy = $policy:expr, bytes = $bytes:tt, |$s:ident| $body:expr $(,)?) => {
        $crate::task!(async {
            let memory = $crate::__private::pin!($crate::ScopeMem::<$bytes>::new());
            let policy = $policy;
            // SAFETY: `run` is awaited below, before anything else, with the only handle.
            let $s = unsafe { $crate::__private::open(memory.into_ref()) };
            // SAFETY: the one run of this memory.
            let opening = unsafe { $crate::__private::Opening::new() };
            $crate::__private::run($s, policy, $crate::task!(async { $body }), opening).await
        })
    };
}
