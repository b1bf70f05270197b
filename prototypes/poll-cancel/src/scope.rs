//! A scope of children that borrow, driven by who awaits one of them, and asked to cancel before
//! they are dropped.
//!
//! Children live in the frame of the scope, are polled by the scope's task, and move *only while a
//! handle or the scope's end is awaited*, as in `poll`. A scope that is asked to cancel asks its
//! body and all children, and waits for their clean-ups; a child that is cancelled is asked, and
//! the end of the scope waits for it. A scope that is dropped drops them where they are.
//!
//! Children may borrow what outlives the scope, and the scope itself, but nothing of the
//! body: `'s` is chosen by the scope, so the body cannot name anything shorter.

use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use design_poll::Error;
use kernel::run::children::{Children, RawChild};
use kernel::run::context;

use crate::child::{Family, Stored};
use crate::part::Part;

/// The frame's part of a scope: owns the children.
struct ScopeState<const BYTES: usize> {
    children: Children<BYTES>,
    family: Family,
    cap: usize,
    /// Handles that were polled and are still waiting.
    awaited: Cell<usize>,
    /// Children are being polled; a handle inside a child does not drive.
    driving: Cell<bool>,
    /// The frame is being dropped: handles are dead, nothing is spawned.
    closed: Cell<bool>,
}

impl<const BYTES: usize> ScopeState<BYTES> {
    fn children(&self) -> Pin<&Children<BYTES>> {
        // SAFETY: a state is made in one place, `scope`, which pins it at once; this field
        // is never moved.
        unsafe { Pin::new_unchecked(&self.children) }
    }

    /// Polls the children that were woken.
    fn drive(&self) {
        if self.driving.replace(true) {
            return;
        }
        let _not_driving = Former(&self.driving, false);
        self.children().drive_woken();
    }
}

/// Puts the former value back.
struct Former<'a>(&'a Cell<bool>, bool);

impl Drop for Former<'_> {
    fn drop(&mut self) {
        self.0.set(self.1);
    }
}

impl<const BYTES: usize> Drop for ScopeState<BYTES> {
    fn drop(&mut self) {
        self.closed.set(true);
        self.children().clear();
    }
}

/// Names a scope in its body and its children. Invariant in both lifetimes: a longer `'s`
/// would let handles escape, a shorter one would let children borrow from the body.
#[repr(transparent)]
pub struct Scope<'s, 'env: 's, const BYTES: usize> {
    state: ScopeState<BYTES>,
    _scope: PhantomData<Cell<&'s ()>>,
    _env: PhantomData<Cell<&'env ()>>,
}

impl<const BYTES: usize> fmt::Debug for Scope<'_, '_, BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("children", &self.state.children).finish_non_exhaustive()
    }
}

impl<'s, 'env: 's, const BYTES: usize> Scope<'s, 'env, BYTES> {
    fn of(state: Pin<&'s ScopeState<BYTES>>) -> &'s Self {
        // SAFETY: `repr(transparent)` over `ScopeState`; the lifetimes are markers only, and
        // `scope` hands the reference to a body that is generic over `'s`.
        unsafe { &*core::ptr::from_ref(state.get_ref()).cast() }
    }

    /// Adds a child. It is polled for the first time when a handle or the end of the scope is
    /// next awaited. Once the scope is asked to cancel, and while it is dropped, the child is
    /// dropped unpolled, and its handle is ready with [`Error::Cancelled`].
    ///
    /// # Panics
    /// When the arena is full and there is no heap, or the waker table is full.
    pub fn spawn<F: Future + 's>(&'s self, future: F) -> Child<'s, F::Output, BYTES> {
        let state = &self.state;
        if state.closed.get() || state.family.is_closed() {
            return Child { state, raw: None, id: 0, waiting: false };
        }
        let children = state.children();
        debug_assert!(
            cfg!(feature = "alloc") || children.live() < state.cap,
            "more children than the scope's cap of {}",
            state.cap
        );
        let id = state.family.next_id();
        // SAFETY: the family is a field of the state, which clears its children when it is dropped.
        let stored = unsafe { Stored::new(future, &state.family, id) };
        // SAFETY: the state clears them when it is dropped, before `'env` ends and so before
        // anything ends that a body generic over `'s` can lend; handles check `closed`.
        let raw = unsafe { children.spawn(stored) };
        Child { state, raw: Some(raw), id, waiting: false }
    }

    /// Asks every child to cancel when the scope next drives; one that was not begun is dropped
    /// then. The body goes on.
    pub fn cancel_all(&self) {
        if !self.state.closed.get() {
            self.state.family.ask_all();
            // FOREIGN: wake of the task.
            self.state.children.wake_all();
        }
    }
}

/// The handle of a child; awaiting it drives all children. Dropping it leaves the child to
/// the scope, which drops the output.
#[must_use = "a child moves only while a handle or the scope's end is awaited"]
pub struct Child<'s, T, const BYTES: usize> {
    state: &'s ScopeState<BYTES>,
    raw: Option<RawChild<Option<T>>>,
    id: u32,
    /// Counted in `ScopeState::awaited`.
    waiting: bool,
}

impl<T, const BYTES: usize> Unpin for Child<'_, T, BYTES> {}

impl<T, const BYTES: usize> fmt::Debug for Child<'_, T, BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child").field("raw", &self.raw).finish_non_exhaustive()
    }
}

impl<T, const BYTES: usize> Child<'_, T, BYTES> {
    /// The child, unless the state is being dropped.
    fn raw(&self) -> Option<&RawChild<Option<T>>> {
        self.raw.as_ref().filter(|_| !self.state.closed.get())
    }

    /// Asks the child to cancel, now; after its poll if it is polled now. One that was not begun,
    /// or has nothing to clean up, is dropped in this call, and the clean-up of any other begins
    /// in it. A child that is ready all the same has its output. Outside of a run it is dropped.
    pub fn cancel(&self) {
        let Some(raw) = self.raw() else { return };
        if self.is_over() {
            return;
        }
        let state = self.state;
        // Outside of a run, as in the destructor of a frame that has outlived one, nothing can be
        // asked to clean up.
        if !context::is_entered() || !state.family.ask(self.id) {
            // SAFETY: this state spawned it and is not closed.
            return unsafe { raw.cancel(state.children()) };
        }
        // Handles in the child do not drive.
        let _driving = Former(&state.driving, state.driving.replace(true));
        // FOREIGN: poll and destructor of the child. The handle is not used afterwards.
        // SAFETY: as above.
        unsafe { raw.poll_now(state.children()) };
    }

    /// Whether the child has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        // SAFETY: as in `cancel`.
        self.raw().is_none_or(|raw| unsafe { raw.is_over() })
    }

    fn stop_waiting(&mut self) {
        if core::mem::take(&mut self.waiting) {
            self.state.awaited.set(self.state.awaited.get() - 1);
        }
    }
}

impl<T, const BYTES: usize> Future for Child<'_, T, BYTES> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.raw().is_some() {
            if context::cancelling() {
                return Poll::Pending;
            }
            self.state.drive();
        }
        let Some(raw) = self.raw() else { return Poll::Ready(Err(Error::Cancelled)) };
        // SAFETY: the state is not closed.
        match unsafe { raw.poll_join(cx) } {
            Poll::Ready(output) => {
                self.stop_waiting();
                Poll::Ready(output.flatten().ok_or(Error::Cancelled))
            }
            Poll::Pending => {
                if !core::mem::replace(&mut self.waiting, true) {
                    self.state.awaited.set(self.state.awaited.get() + 1);
                }
                Poll::Pending
            }
        }
    }
}

impl<T, const BYTES: usize> Drop for Child<'_, T, BYTES> {
    fn drop(&mut self) {
        self.stop_waiting();
        if let Some(raw) = self.raw() {
            // SAFETY: this state spawned it and is not closed; this is the last use.
            unsafe { raw.detach(self.state.children()) };
        }
    }
}

/// Runs a body with a scope; ready with its output when body and children have ended. What
/// [`scope!`](crate::scope!) expands to. Asked to cancel it asks body and children; dropping it
/// drops both in place.
pub async fn scope<'env, const BYTES: usize, R, F>(cap: usize, body: F) -> R
where
    F: for<'s> AsyncFnOnce(&'s Scope<'s, 'env, BYTES>) -> R,
{
    let state = pin!(ScopeState {
        children: Children::new(),
        family: Family::new(),
        cap,
        awaited: Cell::new(0),
        driving: Cell::new(false),
        closed: Cell::new(false),
    });
    let state = state.into_ref();
    Run { state, body: Part::new(body(Scope::of(state))) }.await
}

/// The body first, then the children.
struct Run<'s, B: Future, const BYTES: usize> {
    state: Pin<&'s ScopeState<BYTES>>,
    body: Part<B>,
}

impl<B: Future, const BYTES: usize> Future for Run<'_, B, BYTES> {
    type Output = B::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<B::Output> {
        // SAFETY: the body is pinned with this and never moved out.
        let this = unsafe { self.get_unchecked_mut() };
        let state = this.state.get_ref();
        state.children().adopt(cx.waker());
        // SAFETY: as above.
        let mut body = unsafe { Pin::new_unchecked(&mut this.body) };
        let asked = context::cancelling();
        if asked && state.family.close() {
            // FOREIGN: wake of the task, which is polled now.
            state.children.wake_all();
        }
        if body.as_mut().is_running() {
            // Handles may be awaited behind wakers of their own, which only the child wakes.
            if state.awaited.get() > 0 {
                state.drive();
            }
            if !body.as_mut().poll(cx) && !asked {
                return Poll::Pending;
            }
        }
        state.drive();
        if body.as_mut().is_running() {
            return Poll::Pending;
        }
        if state.children.live() > 0 {
            if asked {
                context::goes_on();
            }
            return Poll::Pending;
        }
        body.take().map_or(Poll::Pending, Poll::Ready)
    }
}
