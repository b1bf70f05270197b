//! The scope: children that borrow, driven whenever the scope's task runs.
//!
//! The body and every child have a place of their own in the tree of wakes, and polling the
//! scope polls those that were woken, body or child, whatever the body awaits at that time.
//! That is the whole difference from a scope that is driven by its handles, and it is what
//! makes "stands in line and nothing polls it" impossible to write with children.
//!
//! Sound on stable because the children are *inside* the scope's own pinned memory: dropping
//! the scope drops them first, and a scope that is forgotten keeps its memory, and with it
//! every node that a timer or a lock still links. Children may borrow what outlives the scope,
//! and the scope itself, but nothing of the body: `'s` is chosen by the scope, so the body
//! cannot name anything shorter. What this cannot give is parallelism: a child on another
//! thread would go on borrowing after a forgotten scope's frame is gone.

use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use kernel::run::children::{Children, RawChild};
use kernel::run::drive::{Bell, Driving};

use design_poll::Error;

use crate::part::Part;

/// The frame's part of a scope: owns the children.
struct ScopeState<const BYTES: usize> {
    driving: Driving<BYTES>,
    cap: usize,
    /// The frame is being dropped: handles are dead, nothing is spawned.
    closed: Cell<bool>,
}

impl<const BYTES: usize> ScopeState<BYTES> {
    fn driving(&self) -> Pin<&Driving<BYTES>> {
        // SAFETY: a state is made in one place, `scope`, which pins it at once; this field
        // is never moved.
        unsafe { Pin::new_unchecked(&self.driving) }
    }

    fn children(&self) -> Pin<&Children<BYTES>> {
        self.driving().children()
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
pub struct LocalScope<'s, 'env: 's, const BYTES: usize = 0> {
    state: ScopeState<BYTES>,
    _scope: PhantomData<Cell<&'s ()>>,
    _env: PhantomData<Cell<&'env ()>>,
}

impl<const BYTES: usize> fmt::Debug for LocalScope<'_, '_, BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalScope").field("driving", &self.state.driving).finish_non_exhaustive()
    }
}

impl<'s, 'env: 's, const BYTES: usize> LocalScope<'s, 'env, BYTES> {
    fn of(state: Pin<&'s ScopeState<BYTES>>) -> &'s Self {
        // SAFETY: `repr(transparent)` over `ScopeState`; the lifetimes are markers only, and
        // `scope` hands the reference to a body that is generic over `'s`.
        unsafe { &*core::ptr::from_ref(state.get_ref()).cast() }
    }

    /// Adds a child. It is polled for the first time later in the current poll of the scope, or
    /// in its next one. While the scope is being dropped the child is dropped unpolled, and its
    /// handle is ready with [`Error::Cancelled`].
    ///
    /// # Panics
    /// When the arena is full and there is no heap, or the waker table is full.
    pub fn spawn<F: Future + 's>(&'s self, future: F) -> Child<'s, F::Output, BYTES> {
        let state = &self.state;
        if state.closed.get() {
            return Child { state, raw: None };
        }
        let children = state.children();
        debug_assert!(
            cfg!(feature = "alloc") || children.live() < state.cap,
            "more children than the scope's cap of {}",
            state.cap
        );
        // SAFETY: the state clears them when it is dropped, before `'env` ends and so before
        // anything ends that a body generic over `'s` can lend; handles check `closed`.
        let raw = unsafe { children.spawn(future) };
        Child { state, raw: Some(raw) }
    }

    /// Cancels every child: each is dropped in place, instead of being polled, when the scope
    /// next runs. The body goes on.
    pub fn cancel_all(&self) {
        if !self.state.closed.get() {
            self.state.children().cancel_all();
        }
    }
}

/// The handle of a child: awaiting it waits for its output. Dropping it leaves the child to
/// the scope, which drops the output.
pub struct Child<'s, T, const BYTES: usize> {
    state: &'s ScopeState<BYTES>,
    raw: Option<RawChild<T>>,
}

impl<T, const BYTES: usize> Unpin for Child<'_, T, BYTES> {}

impl<T, const BYTES: usize> fmt::Debug for Child<'_, T, BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child").field("raw", &self.raw).finish_non_exhaustive()
    }
}

impl<T, const BYTES: usize> Child<'_, T, BYTES> {
    /// The child, unless the state is being dropped.
    fn raw(&self) -> Option<&RawChild<T>> {
        self.raw.as_ref().filter(|_| !self.state.closed.get())
    }

    /// Drops the child's future in place, now; at the end of its poll if it is polled now.
    pub fn cancel(&self) {
        if let Some(raw) = self.raw() {
            // SAFETY: this state spawned it and is not closed.
            unsafe { raw.cancel(self.state.children()) };
        }
    }

    /// Whether the child has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        // SAFETY: as in `cancel`.
        self.raw().is_none_or(|raw| unsafe { raw.is_over() })
    }
}

impl<T, const BYTES: usize> Future for Child<'_, T, BYTES> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(raw) = self.raw() else { return Poll::Ready(Err(Error::Cancelled)) };
        // SAFETY: the state is not closed.
        unsafe { raw.poll_join(cx) }.map(|output| output.ok_or(Error::Cancelled))
    }
}

impl<T, const BYTES: usize> Drop for Child<'_, T, BYTES> {
    fn drop(&mut self) {
        if let Some(raw) = self.raw() {
            // SAFETY: this state spawned it and is not closed; this is the last use.
            unsafe { raw.detach(self.state.children()) };
        }
    }
}

/// Runs a body with a scope; ready with its output when body and children have ended. The
/// children are on the heap. Dropping it drops the body and then the children, in place.
#[cfg(feature = "alloc")]
pub async fn scope<'env, R, F>(body: F) -> R
where
    F: for<'s> AsyncFnOnce(&'s LocalScope<'s, 'env>) -> R,
{
    scope_in::<0, R, F>(usize::MAX, body).await
}

/// As `scope`, with `BYTES` for children in its own frame. What [`scope!`](crate::scope!)
/// expands to. `cap` is the number of children expected at once, checked in debug builds
/// without a heap.
pub async fn scope_in<'env, const BYTES: usize, R, F>(cap: usize, body: F) -> R
where
    F: for<'s> AsyncFnOnce(&'s LocalScope<'s, 'env, BYTES>) -> R,
{
    // First what may panic (`Driving::new` says why).
    let bell = Bell::new();
    let state = pin!(ScopeState { driving: Driving::new(bell), cap, closed: Cell::new(false) });
    let state = state.into_ref();
    Run { state, body: Part::Running(body(LocalScope::of(state))) }.await
}

/// Polls what was woken: children, body, and children again, because the body may have
/// started some.
struct Run<'s, B: Future, const BYTES: usize> {
    state: Pin<&'s ScopeState<BYTES>>,
    body: Part<B>,
}

impl<B: Future, const BYTES: usize> Future for Run<'_, B, BYTES> {
    type Output = B::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<B::Output> {
        // SAFETY: the body is pinned with this and never moved out.
        let this = unsafe { self.get_unchecked_mut() };
        let (state, running) = (this.state.get_ref(), &mut this.body);
        state.driving().turn(cx, Children::drive_woken, |cx| {
            // SAFETY: ours, and not being polled.
            let polls = unsafe { Part::is_running(running) };
            if polls {
                // SAFETY: as above.
                unsafe { Pin::new_unchecked(running) }.poll(cx);
            }
            polls
        });
        // SAFETY: as above.
        let runs = unsafe { Part::is_running(&raw mut this.body) };
        if runs || state.driving.live() > 0 {
            return Poll::Pending;
        }
        Poll::Ready(this.body.take().expect("a scope is polled until it is ready, not after"))
    }
}
