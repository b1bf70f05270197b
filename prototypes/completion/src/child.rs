//! One child of a scope: what is stored, what a handle can do.
//!
//! The kernel stores children and polls those that were woken; it may also drop them, which
//! is exactly what must not happen to a child that has begun. So a child is wrapped: the
//! wrapper catches panics, sets the cancel mode, and enters the scope's list when it is first
//! polled, which makes it reachable for a cancel request. When the operation is ready it leaves
//! the list and is destroyed in the same poll, so that a panic of its destructor is the child's
//! own and nothing foreign is left to run in what the kernel drops. A child that is cancelled
//! *before* its first poll is the kernel's to drop.

use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::marker::PhantomPinned;
use core::mem::ManuallyDrop;
use core::pin::Pin;
use core::ptr::{self, NonNull};
use core::task::{Context, Poll, Waker};

use kernel::run::children::RawChild;
use kernel::run::context;
use kernel::wake::stored::store_waker;

use crate::must::Completion;
use crate::op::Err;
use crate::part::{Panic, abort, caught};
use crate::scope::Scope;

/// What the children of one scope share.
pub struct Family {
    /// The scope is cancelled, or a member panicked.
    cancelled: Cell<bool>,
    /// The first panic of a child.
    panic: Cell<Option<Panic>>,
    /// Members that were polled and are not ready, newest first.
    first: Cell<*const Member>,
    next_id: Cell<u32>,
}

/// A begun child in the family's list. Shared access only.
struct Member {
    id: u32,
    requested: Cell<bool>,
    waker: Cell<Option<Waker>>,
    next: Cell<*const Member>,
    previous: Cell<*const Member>,
    _pin: PhantomPinned,
}

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family").field("cancelled", &self.cancelled).finish_non_exhaustive()
    }
}

impl Default for Family {
    fn default() -> Family {
        Family::new()
    }
}

impl Family {
    /// No children.
    #[must_use]
    pub const fn new() -> Family {
        Family {
            cancelled: Cell::new(false),
            panic: Cell::new(None),
            first: Cell::new(ptr::null()),
            next_id: Cell::new(0),
        }
    }

    /// The name of the next child.
    pub fn next_id(&self) -> u32 {
        let id = self.next_id.get();
        self.next_id.set(id.wrapping_add(1));
        id
    }

    /// Whether everything in it is to end.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.get()
    }

    /// Keeps the panic of a child unless there is an earlier one.
    pub fn keep(&self, panic: Panic) {
        let mut first = self.panic.take();
        panic.keep_first(&mut first);
        self.panic.set(first);
    }

    /// Takes the first panic of a child.
    pub fn take_panic(&self) -> Option<Panic> {
        self.panic.take()
    }

    /// Whether a child panicked and the panic was not taken yet.
    #[must_use]
    pub fn has_panicked(&self) -> bool {
        let panic = self.panic.take();
        let panicked = panic.is_some();
        self.panic.set(panic);
        panicked
    }

    /// A child has panicked, or the destructor of an output has: all others are cancelled.
    #[cold]
    pub(crate) fn panicked(&self, panic: Panic) {
        self.keep(panic);
        self.cancel();
    }

    /// Cancels every child, once; those that come later begin cancelled.
    pub fn cancel(&self) {
        if self.cancelled.replace(true) {
            return;
        }
        for member in self.members() {
            member.wake();
        }
    }

    /// Cancels a begun child. False if there is none of this id: not begun, or ended.
    pub fn cancel_one(&self, id: u32) -> bool {
        let Some(member) = self.members().find(|member| member.id == id) else {
            return false;
        };
        if !member.requested.replace(true) {
            member.wake();
        }
        true
    }

    fn members(&self) -> impl Iterator<Item = &Member> {
        let mut next = self.first.get();
        core::iter::from_fn(move || {
            // SAFETY: null or a member, which leaves the list before it dies.
            let member = unsafe { next.as_ref() }?;
            next = member.next.get();
            Some(member)
        })
    }

    fn enter(&self, member: &Member) {
        let first = self.first.replace(member);
        member.next.set(first);
        // SAFETY: null or a member, which leaves the list before it dies.
        if let Some(first) = unsafe { first.as_ref() } {
            first.previous.set(member);
        }
    }

    fn leave(&self, member: &Member) {
        let (previous, next) = (member.previous.get(), member.next.get());
        // SAFETY: null or a member, which leaves the list before it dies.
        match unsafe { previous.as_ref() } {
            Some(previous) => previous.next.set(next),
            None => self.first.set(next),
        }
        // SAFETY: as above.
        if let Some(next) = unsafe { next.as_ref() } {
            next.previous.set(previous);
        }
    }
}

impl Member {
    fn wake(&self) {
        let waker = self.waker.take();
        if let Some(waker) = &waker {
            waker.wake_by_ref();
        }
        self.waker.set(waker);
    }
}

/// What the end of a child means for its scope.
pub trait Judge<T> {
    /// What the child's handle gets.
    type Output;

    /// The child is ready. `asked`: somebody had asked for its end.
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
    /// Not polled. May be dropped.
    New,
    /// Polled, in the family's list, to be polled until it is ready.
    Begun,
    /// Ready or panicked: out of the list, and the operation is gone or going.
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
            member: Member {
                id,
                requested: Cell::new(false),
                waker: Cell::new(None),
                next: Cell::new(ptr::null()),
                previous: Cell::new(ptr::null()),
                _pin: PhantomPinned,
            },
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
        let cancelling = family.cancelled.get() || this.member.requested.get();
        // SAFETY: pinned with this.
        let operation = unsafe { Pin::new_unchecked(&mut *this.operation) };
        // The mode is the child's own: whoever drives it may be shielded, or losing a race.
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

/// A child of a scope, awaited for its output.
///
/// Dropping it gives the output up and nothing else: the child goes on, and the scope waits.
///
/// # Cancellation
/// Cancelling the *wait* ends it with [`Err::Canceled`] and leaves the child alone.
pub struct Child<'s, T, const BYTES: usize> {
    pub(crate) scope: Scope<'s, BYTES>,
    pub(crate) raw: RawChild<Option<T>>,
    pub(crate) id: u32,
    /// Counted as awaited by another task than the scope's.
    pub(crate) elsewhere: Cell<bool>,
}

impl<T, const BYTES: usize> fmt::Debug for Child<'_, T, BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child").field("id", &self.id).finish_non_exhaustive()
    }
}

impl<T, const BYTES: usize> Child<'_, T, BYTES> {
    /// Requests the child's end. A child that was not begun is dropped; one that was is
    /// polled under cancellation from now on, and may still be ready with a real output.
    pub fn cancel(&self) {
        if self.scope.is_closing() {
            return;
        }
        // SAFETY: the scope is not closed, so the child was not cleared.
        let over = unsafe { self.raw.is_over() };
        if over || self.scope.family().cancel_one(self.id) {
            return;
        }
        // Not over and not in the list: never polled, so it may be dropped.
        // SAFETY: as above; this scope spawned it.
        unsafe { self.raw.cancel(self.scope.children()) };
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        // SAFETY: the scope is not closed, so the child was not cleared.
        self.scope.is_closing() || unsafe { self.raw.is_over() }
    }
}

// SAFETY: a handle owns nothing that is lent; the child belongs to the scope.
unsafe impl<T, const BYTES: usize> Completion for Child<'_, T, BYTES> {
    type Output = Result<T, Err>;

    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, Err>> {
        let this = self.into_ref().get_ref();
        this.scope.drive();
        // SAFETY: a handle is polled by the scope's body or a child of it, which have ended
        // when the scope closes.
        let joined = unsafe { this.raw.poll_join(cx) };
        if joined.is_pending() && !context::cancelling() {
            this.scope.awaits(cx.waker(), &this.elsewhere);
            return Poll::Pending;
        }
        this.scope.has_ended(&this.elsewhere);
        match joined {
            Poll::Ready(Some(Some(output))) => Poll::Ready(Ok(output)),
            Poll::Ready(_) | Poll::Pending => Poll::Ready(Err(Err::Canceled)),
        }
    }

    fn abandonable(&self) -> bool {
        // An output that is there is not dropped unseen.
        !self.is_over()
    }
}

impl<T, const BYTES: usize> Drop for Child<'_, T, BYTES> {
    fn drop(&mut self) {
        if !self.scope.is_closing() {
            self.scope.has_ended(&self.elsewhere);
            // SAFETY: the scope is not closed, so the child was not cleared; this scope
            // spawned it, and the handle is gone afterwards.
            unsafe { self.raw.detach(self.scope.children()) };
        }
    }
}
