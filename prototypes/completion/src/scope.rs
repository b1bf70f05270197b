//! A scope: children that borrow, and that have ended when the scope has.
//!
//! The frame of [`scope!`](crate::scope) owns a [`ScopeState`]; the body and the children name it
//! through [`Scope`]. Children may borrow what outlives the state, the scope itself and each
//! other's handles, and nothing of the body. They move while a handle or the scope's end is
//! awaited, and at no other time: in this mode nothing else polls them.
//!
//! # Whom a child's wake reaches
//!
//! A child that is woken wakes the task that polls [`Run`], and no other: that one lives as long
//! as the children do. A handle may be awaited deeper, by a child of an inner scope, whose waker
//! is another one and ends earlier. That child is not polled when the outer task is woken, so it
//! cannot drive. [`Run`] counts such handles and drives in their place, before it polls the body;
//! the handle's waker is then woken by the child's end.
//!
//! # Panics
//!
//! The scope is ready when the body and all children have ended. If the scope is cancelled,
//! so are its children; if the body or a child panics, everything else is cancelled and
//! drained, and then the first panic goes on. The destructor of a child runs in the child's own
//! poll, under the same guard. The destructor of an output that was given up runs in a drive or
//! at the end of the scope; its panic counts as a child's.

use core::cell::Cell;
use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::ptr::{self, NonNull};
use core::task::{Context, Poll, Waker};

use kernel::run::children::{Children, RawChild};
use kernel::run::context;

use crate::child::{AllFall, Stored};
use crate::family::Family;
use crate::must::Completion;
use crate::op::Error;
use crate::part::{Panic, Part, abort, caught};

/// The children of one scope, in its frame. `'c` is the time in which they may run.
#[doc(hidden)]
pub struct ScopeState<'c, const BYTES: usize> {
    children: Children<BYTES>,
    family: Family,
    /// Most children expected at once; a debug build without a heap checks it.
    cap: usize,
    driving: Cell<bool>,
    /// The waker of the poll of [`Run`] that is on the stack now.
    task: Cell<Option<NonNull<Waker>>>,
    /// Handles that are awaited by other tasks than that.
    elsewhere: Cell<usize>,
    /// Handles are dead from here on.
    closing: Cell<bool>,
    live: Tripwire,
    /// Invariant: a longer `'c` would let children borrow too little, a shorter too much. No
    /// `Drop` of its own, so `'c` may be the state's own lifetime and children may borrow it.
    _children: PhantomData<Cell<&'c ()>>,
}

/// Aborts if the state dies before its scope has ended. Unreachable as long as the frames
/// around it complete.
struct Tripwire(Cell<bool>);

impl Drop for Tripwire {
    fn drop(&mut self) {
        if self.0.get() {
            abort("a scope was dropped while its children were in flight");
        }
    }
}

impl<const BYTES: usize> fmt::Debug for ScopeState<'_, BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeState").field("children", &self.children).finish_non_exhaustive()
    }
}

impl<'c, const BYTES: usize> ScopeState<'c, BYTES> {
    /// No children.
    #[must_use]
    pub fn new(cap: usize) -> ScopeState<'c, BYTES> {
        ScopeState {
            children: Children::new(),
            family: Family::new(),
            cap,
            driving: Cell::new(false),
            task: Cell::new(None),
            elsewhere: Cell::new(0),
            closing: Cell::new(false),
            live: Tripwire(Cell::new(false)),
            _children: PhantomData,
        }
    }

    /// What the body names.
    ///
    /// # Safety
    /// [`run`] is awaited on it until ready, with a body that alone gets this handle.
    pub unsafe fn handle(self: Pin<&'c Self>) -> Scope<'c, BYTES> {
        Scope { state: self }
    }
}

/// Names a scope inside its body and its children.
pub struct Scope<'c, const BYTES: usize> {
    state: Pin<&'c ScopeState<'c, BYTES>>,
}

impl<const BYTES: usize> fmt::Debug for Scope<'_, BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.state.fmt(f)
    }
}

impl<const BYTES: usize> Clone for Scope<'_, BYTES> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<const BYTES: usize> Copy for Scope<'_, BYTES> {}

impl<'c, const BYTES: usize> Scope<'c, BYTES> {
    /// Starts a child. It is polled for the first time when the scope next drives.
    ///
    /// # Panics
    /// When the arena is full and there is no heap, or the waker table is full.
    pub fn spawn<C: Completion + 'c>(&self, operation: C) -> Child<'c, C::Output, BYTES> {
        let state = self.state.get_ref();
        debug_assert!(
            cfg!(feature = "alloc") || state.children.live() < state.cap,
            "more children than the scope's cap of {}",
            state.cap
        );
        let id = state.family.next_id();
        // SAFETY: the state outlives its children; `run` polls them until they are ready.
        let stored = unsafe { Stored::new(operation, &state.family, id, AllFall) };
        // SAFETY: `run` clears before the frame ends, so before anything that outlives the
        // state ends; handles check `closing`.
        let raw = unsafe { self.children().spawn(stored) };
        Child { scope: *self, raw, id, elsewhere: Cell::new(false) }
    }

    /// Requests the end of all children. The body goes on.
    pub fn cancel_all(&self) {
        self.family().cancel();
    }

    pub(crate) fn children(self) -> Pin<&'c Children<BYTES>> {
        // SAFETY: a field of the pinned state that is never moved out.
        unsafe { self.state.map_unchecked(|state| &state.children) }
    }

    pub(crate) fn family(self) -> &'c Family {
        &self.state.get_ref().family
    }

    pub(crate) fn is_closing(self) -> bool {
        self.state.closing.get()
    }

    /// Polls the children that were woken. A child that waits for another does not drive: the
    /// drive that polls it will come to the other one.
    ///
    /// Does not unwind: children catch their own panics, and that of an output's destructor
    /// becomes the family's. The others that were woken have their turn all the same.
    pub(crate) fn drive(self) {
        let state = self.state.get_ref();
        let Some(task) = state.task.get() else {
            abort("a handle was awaited outside of its scope");
        };
        if state.driving.replace(true) {
            return;
        }
        // SAFETY: set for the time of the poll of `Run` that is on the stack, from its context.
        self.children().adopt(unsafe { task.as_ref() });
        while let Err(panic) = caught(|| self.children().drive_woken()) {
            state.family.panicked(panic);
        }
        state.driving.set(false);
    }

    /// Counts a handle that waits with this waker, if [`Run`] has to drive for it. Under the
    /// scope's own drive it waits as a child does.
    pub(crate) fn awaits(self, waker: &Waker, counted: &Cell<bool>) {
        let state = self.state.get_ref();
        let here = state.driving.get()
            || state.task.get().is_none_or(|task| {
                ptr::eq(task.as_ptr(), waker)
                    // SAFETY: as in `drive`.
                    || unsafe { task.as_ref() }.will_wake(waker)
            });
        if counted.replace(!here) == here {
            let elsewhere = state.elsewhere.get();
            state.elsewhere.set(if here { elsewhere - 1 } else { elsewhere + 1 });
        }
    }

    /// A handle does not wait any more.
    #[inline]
    pub(crate) fn has_ended(self, counted: &Cell<bool>) {
        // Written where it changes: most are awaited by the scope's own task, and never counted.
        if counted.get() {
            counted.set(false);
            let elsewhere = &self.state.get_ref().elsewhere;
            elsewhere.set(elsewhere.get() - 1);
        }
    }
}

/// A child of a scope, awaited for its output.
///
/// Dropping it gives the output up and nothing else: the child goes on, and the scope waits.
///
/// # Cancellation
/// Cancelling the *wait* ends it with [`Error::Cancelled`] and leaves the child alone.
pub struct Child<'s, T, const BYTES: usize> {
    scope: Scope<'s, BYTES>,
    raw: RawChild<Option<T>>,
    id: u32,
    /// Counted as awaited by another task than the scope's.
    elsewhere: Cell<bool>,
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
    type Output = Result<T, Error>;

    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, Error>> {
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
            Poll::Ready(_) | Poll::Pending => Poll::Ready(Err(Error::Cancelled)),
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

/// The permission to run a state. Made by the expansion of `scope!`, once for each; in `structured`
/// also by that of `hold!`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Opening(PhantomData<*const ()>);

impl Opening {
    /// # Safety
    /// It is given to [`run`], once for each state, with what [`ScopeState::handle`] returned; or
    /// to what drives another state in the same way, once for each.
    #[inline(always)]
    #[must_use]
    pub unsafe fn new() -> Opening {
        Opening(PhantomData)
    }
}

/// Runs a body, then its children, to their ends; part of the expansion of `scope!`. The opening
/// is what is unsafe to have: a second run would close the scope under its body.
#[doc(hidden)]
pub fn run<'c, B: Completion, const BYTES: usize>(
    scope: Scope<'c, BYTES>,
    body: B,
    _: Opening,
) -> Run<'c, B, BYTES> {
    Run { scope, body: Part::new(body), panic: None }
}

/// See [`run`].
#[doc(hidden)]
pub struct Run<'c, B: Completion, const BYTES: usize> {
    scope: Scope<'c, BYTES>,
    body: Part<B>,
    panic: Option<Panic>,
}

impl<B: Completion, const BYTES: usize> fmt::Debug for Run<'_, B, BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scope.fmt(f)
    }
}

impl<B: Completion, const BYTES: usize> Run<'_, B, BYTES> {
    /// Polls the body until it waits or has ended; again at once if a child panics meanwhile,
    /// because from then on the body is cancelled.
    ///
    /// # Safety
    /// As for [`Completion::poll`].
    unsafe fn poll_body(
        mut body: Pin<&mut Part<B>>,
        family: &Family,
        panic: &mut Option<Panic>,
        cx: &mut Context<'_>,
    ) {
        while !body.is_done() && !body.is_gone() {
            let cancelling = context::cancelling() || family.has_panicked();
            let polled = context::with_mode(cancelling, || {
                // SAFETY: the caller's promise.
                caught(|| unsafe { body.as_mut().poll(cx) })
            });
            if let Err(unwound) = polled {
                unwound.keep_first(panic);
                family.cancel();
            }
            if cancelling || !family.has_panicked() {
                return;
            }
        }
    }
}

/// Takes the waker of a poll back when that poll is left.
struct Task<'a>(&'a Cell<Option<NonNull<Waker>>>);

impl Drop for Task<'_> {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

// SAFETY: ready, or panicking with a caught panic, only after the body and all children have
// ended and were cleared.
unsafe impl<B: Completion, const BYTES: usize> Completion for Run<'_, B, BYTES> {
    type Output = B::Output;

    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<B::Output> {
        // SAFETY: the body is pinned with this and never moved out.
        let this = unsafe { self.get_unchecked_mut() };
        let scope = this.scope;
        let state = scope.state.get_ref();
        let family = scope.family();
        state.live.0.set(true);
        state.task.set(Some(NonNull::from(cx.waker())));
        let _task = Task(&state.task);
        if context::cancelling() {
            family.cancel();
        }
        if state.elsewhere.get() > 0 {
            scope.drive();
        }
        // SAFETY: as above.
        let mut body = unsafe { Pin::new_unchecked(&mut this.body) };
        // SAFETY: the caller's promise.
        unsafe { Self::poll_body(body.as_mut(), family, &mut this.panic, cx) };
        if !body.is_done() && !body.is_gone() {
            return Poll::Pending;
        }
        scope.drive();
        if scope.children().live() > 0 {
            return Poll::Pending;
        }
        state.closing.set(true);
        // Outputs that were not asked for are dropped here.
        while let Err(unwound) = caught(|| scope.children().clear()) {
            unwound.keep_first(&mut this.panic);
        }
        state.live.0.set(false);
        if let Some(of_a_child) = family.take_panic() {
            of_a_child.keep_first(&mut this.panic);
        }
        if let Some(panic) = this.panic.take() {
            let mut panic = Some(panic);
            body.discard(&mut panic);
            panic.expect("it was there").resume();
        }
        Poll::Ready(body.take().expect("a body that did not panic has an output"))
    }
}
