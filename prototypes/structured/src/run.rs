//! How a scope runs: children that borrow, that always move, and that have ended when it has.
//!
//! Body and children have a place of their own in the tree of wakes, and whenever the task of
//! the scope runs, those that were woken are polled, whatever the body awaits at that time. The
//! order of that is [`kernel::run::drive`], the same as in the droppable scope of `scoped`. What a
//! child is, and how it is asked to end, is that of `completion`.
//!
//! The scope is ready when the body and all children have ended, and at no other time. A part
//! that is asked to end (by what is around the scope, its deadline, its policy, its handle) is
//! asked for good: it is polled under cancellation until it is ready. So is everything below
//! it, scopes in children included.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use design_completion::__parts::{Panic, Part, caught};
use design_completion::__private::Opening;
use design_completion::{Completion, task};
use kernel::leaf::sleep::{self, Sleep};
use kernel::run::children::Children;
use kernel::run::context;

use crate::mem::ScopeMem;
use crate::policy::{Policy, ScopeError, Why};
use crate::scope::Scope;

/// Runs `body` with a scope in memory of the caller: no heap, no table, no macro. Ready when
/// the body and all children have ended, with the body's output, or with [`ScopeError`] where the
/// policy or the deadline was broken.
///
/// # Panics
/// With the panic of the body, or of a child where the policy says so, after everything has
/// ended.
pub fn scope_in<'m, const BYTES: usize, F, B>(
    memory: Pin<&'m mut ScopeMem<'m, BYTES>>,
    policy: Policy,
    body: F,
) -> impl Completion<Output = Result<B::Output, ScopeError<B::Output>>>
where
    F: FnOnce(Scope<'m, BYTES>) -> B,
    B: Completion,
{
    // SAFETY: the only handle goes into the body of `run`, which is not begun before it is
    // polled.
    let scope = unsafe { open(memory.into_ref()) };
    // SAFETY: the one run of this memory.
    let opening = unsafe { Opening::new() };
    run(scope, policy, task!(async move { body(scope).await }), opening)
}

/// The handle of a memory; part of the expansion of `scope!`.
///
/// # Safety
/// [`run`] is awaited on it until ready before anything else is done with the memory, with a
/// body that alone gets this handle.
#[doc(hidden)]
pub unsafe fn open<'m, const BYTES: usize>(
    memory: Pin<&'m ScopeMem<'m, BYTES>>,
) -> Scope<'m, BYTES> {
    Scope { memory }
}

/// Runs a body and its children to their ends; part of the expansion of `scope!`. The opening
/// is what is unsafe to have: a second run would close the scope under its body.
#[doc(hidden)]
pub fn run<B: Completion, const BYTES: usize>(
    scope: Scope<'_, BYTES>,
    policy: Policy,
    body: B,
    _: Opening,
) -> Run<'_, B, BYTES> {
    scope.memory.tally.follow(policy);
    Run { scope, body: Part::new(body), limit: None, panic: None }
}

/// See [`run`].
#[doc(hidden)]
pub struct Run<'m, B: Completion, const BYTES: usize> {
    scope: Scope<'m, BYTES>,
    body: Part<B>,
    limit: Option<Sleep>,
    panic: Option<Panic>,
}

impl<B: Completion, const BYTES: usize> fmt::Debug for Run<'_, B, BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scope.fmt(f)
    }
}

impl<B: Completion, const BYTES: usize> Run<'_, B, BYTES> {
    fn body(self: Pin<&mut Self>) -> (Pin<&mut Part<B>>, &mut Option<Panic>) {
        // SAFETY: the body is pinned with this and never moved out; the panic is not pinned.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        (unsafe { Pin::new_unchecked(&mut this.body) }, &mut this.panic)
    }

    /// Arms a deadline that was asked for, and breaks the scope off when it has passed.
    fn look_at_limit(self: Pin<&mut Self>, cx: &mut Context<'_>) {
        let memory = self.scope.memory;
        // SAFETY: the timer is pinned with this; it is replaced in place only.
        let mut limit = unsafe { self.map_unchecked_mut(|this| &mut this.limit) };
        if let Some(ms) = memory.limit.take() {
            limit.set(Some(sleep::sleep(ms)));
        }
        let Some(timer) = limit.as_mut().as_pin_mut() else { return };
        if timer.poll(cx).is_ready() {
            limit.set(None);
            memory.tally.break_off(&memory.family, Why::Elapsed);
        }
    }

    /// Polls the children and the body that were woken.
    ///
    /// # Safety
    /// As for [`Completion::poll`].
    unsafe fn turn(self: Pin<&mut Self>, cx: &mut Context<'_>) {
        let memory = self.scope.memory;
        let (mut body, panic) = self.body();
        // Children catch their own panics; what is left is that of an output's destructor whose
        // handle was dropped. The others that were woken have their turn all the same.
        let drive = |children: Pin<&Children<BYTES>>| {
            while let Err(unwound) = caught(|| children.drive_woken()) {
                memory.tally.panicked(&memory.family, unwound);
            }
        };
        memory.driving().turn(cx, drive, |cx| {
            let polls = !body.is_done() && !body.is_gone();
            if polls {
                let polled = context::with_mode(memory.tally.is_body_asked(), || {
                    // SAFETY: the caller's promise.
                    caught(|| unsafe { body.as_mut().poll(cx) })
                });
                if let Err(unwound) = polled {
                    unwound.keep_first(panic);
                    memory.tally.ask_all(&memory.family);
                }
            }
            polls
        });
    }
}

// SAFETY: ready, or panicking with a caught panic, only after the body and all children have
// ended and were cleared.
unsafe impl<B: Completion, const BYTES: usize> Completion for Run<'_, B, BYTES> {
    type Output = Result<B::Output, ScopeError<B::Output>>;

    unsafe fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let memory = self.scope.memory;
        memory.live.set(true);
        if context::cancelling() {
            memory.tally.ask_all(&memory.family);
        }
        self.as_mut().look_at_limit(cx);
        // SAFETY: the caller's promise.
        unsafe { self.as_mut().turn(cx) };
        self.as_mut().look_at_limit(cx);
        let (mut body, panic) = self.body();
        if !(body.is_done() || body.is_gone()) || memory.driving.live() > 0 {
            return Poll::Pending;
        }
        memory.closed.set(true);
        // Outputs that were not asked for are dropped here.
        while let Err(unwound) = caught(|| memory.children().clear()) {
            unwound.keep_first(panic);
        }
        memory.live.set(false);
        if let Some(of_a_child) = memory.family.take_panic() {
            of_a_child.keep_first(panic);
        }
        if panic.is_some() {
            body.as_mut().discard(panic);
            panic.take().expect("looked at above").resume();
        }
        let output = body.as_mut().take().expect("a body that did not panic has an output");
        Poll::Ready(match memory.tally.verdict() {
            None => Ok(output),
            Some(why) => Err(ScopeError { why, output }),
        })
    }
}

/// The output of the body, however the scope went; part of the expansion of `scope!`.
#[doc(hidden)]
pub fn output<R>(ended: Result<R, ScopeError<R>>) -> R {
    ended.unwrap_or_else(|broken| broken.output)
}
