//! One child of a scope, as it is stored.
//!
//! The kernel stores children and polls those that were woken; it may also drop them, which
//! is exactly what must not happen to a child that has begun. So a child is wrapped: the
//! wrapper catches panics, sets the cancel mode, and enters the scope's list when it is first
//! polled, which makes it reachable for a cancel request. When the operation is ready it leaves
//! the list and is destroyed in the same poll, so that a panic of its destructor is the child's
//! own and nothing foreign is left to run in what the kernel drops. A child that is cancelled
//! *before* its first poll is the kernel's to drop.

use core::fmt;
use core::future::Future;
use core::mem::ManuallyDrop;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

use kernel::run::context;
use kernel::wake::stored::store_waker;

use crate::family::{Family, Member};
use crate::must::Completion;
use crate::part::{Panic, abort, caught};

/// What the end of a child means for its scope.
pub trait Judge<T> {
    /// What the child's handle gets.
    type Output;

    /// The child is ready. `asked`: its end had been asked for.
    fn ready(&self, family: &Family, output: T, asked: bool) -> Self::Output;

    /// The child has panicked.
    fn panicked(&self, family: &Family, panic: Panic) -> Self::Output;
}

/// A panic of one ends all, and goes on when they have ended.
#[derive(Debug)]
pub struct AllFall;

impl<T> Judge<T> for AllFall {
    /// `None`: it panicked, and the family has the panic.
    type Output = Option<T>;

    #[inline(always)]
    fn ready(&self, _: &Family, output: T, _: bool) -> Option<T> {
        Some(output)
    }

    fn panicked(&self, family: &Family, panic: Panic) -> Option<T> {
        family.panicked(panic);
        None
    }
}

/// Where a child stands. Only its own poll moves it, forward.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Not polled.
    ///
    /// Entered by the making. Excludes nothing: it may be dropped, and is in no list.
    New,
    /// Polled, and in the family's list.
    ///
    /// Entered from `New` by the first poll. Excludes a drop, which ends the process: it is polled
    /// until it is ready.
    Begun,
    /// Ready or panicked: out of the list, and the operation is dropped, or being dropped.
    ///
    /// Entered from `Begun` by the poll that is ready or unwinds, before the operation's destructor
    /// runs. Excludes polls, and a second drop of the operation.
    Over,
}

/// A child as the kernel stores it.
pub struct Stored<C, J = AllFall> {
    /// Until it is over.
    operation: ManuallyDrop<C>,
    family: NonNull<Family>,
    member: Member,
    stage: Stage,
    judge: J,
}

impl<C, J> fmt::Debug for Stored<C, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored").field("id", &self.member.id).finish_non_exhaustive()
    }
}

impl<C: Completion, J: Judge<C::Output>> Stored<C, J> {
    /// # Safety
    /// The family outlives it, and it is polled until it is ready or not at all.
    pub unsafe fn new(operation: C, family: &Family, id: u32, judge: J) -> Stored<C, J> {
        Stored {
            operation: ManuallyDrop::new(operation),
            family: NonNull::from(family),
            member: Member::new(id),
            stage: Stage::New,
            judge,
        }
    }
}

impl<C: Completion, J: Judge<C::Output>> Future for Stored<C, J> {
    type Output = J::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<J::Output> {
        // SAFETY: operation and member are pinned with this and never moved out.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: outlives this by the promise of `new`.
        let family = unsafe { this.family.as_ref() };
        if this.stage == Stage::New {
            this.stage = Stage::Begun;
            // A child's waker is the same for its whole life.
            store_waker(&this.member.waker, cx.waker());
            family.enter(&this.member);
        }
        let cancelling = family.is_cancelled() || this.member.requested.get();
        // SAFETY: pinned with this.
        let operation = unsafe { Pin::new_unchecked(&mut *this.operation) };
        // The mode is the child's own: the code that drives it may be shielded, or losing a race.
        let polled = context::with_mode(cancelling, || {
            // SAFETY: by the promise of `new` this is polled until it is ready.
            caught(|| unsafe { operation.poll(cx) })
        });
        let ended = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(output)) => Ok(output),
            Err(panic) => Err(panic),
        };
        // First out of the list, then the foreign destructor.
        this.stage = Stage::Over;
        family.leave(&this.member);
        // SAFETY: dropped once: `Over` says that it is gone.
        let destroyed = caught(|| unsafe { ManuallyDrop::drop(&mut this.operation) });
        Poll::Ready(match (ended, destroyed) {
            (Ok(output), Ok(())) => this.judge.ready(family, output, cancelling),
            (Err(panic), destroyed) => this.judge.panicked(family, panic.and(destroyed)),
            (Ok(output), Err(panic)) => {
                this.judge.panicked(family, panic.and(caught(|| drop(output))))
            }
        })
    }
}

impl<C, J> Drop for Stored<C, J> {
    fn drop(&mut self) {
        match self.stage {
            // SAFETY: not polled, so it is there, and nothing drops it but this.
            Stage::New => unsafe { ManuallyDrop::drop(&mut self.operation) },
            // What it has lent is in use. Unreachable by the promise of `new`.
            Stage::Begun => abort("a child of a scope was dropped in flight"),
            Stage::Over => {}
        }
    }
}
