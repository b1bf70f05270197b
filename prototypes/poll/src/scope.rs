//! A scope of children that borrow, driven by the code that awaits one of them.
//!
//! The in-task concurrency of today: children live in the frame of the scope, are polled by
//! the scope's task, and move *only while a handle or the scope's end is awaited*. While the
//! body awaits anything else they stand still, whatever they were granted meanwhile.
//!
//! Children may borrow what outlives the scope, and the scope itself, but nothing of the
//! body: `'s` is chosen by the scope, so the body cannot name anything shorter.

use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use kernel::run::children::{Children, RawChild};

use crate::join::Side;
use crate::op::Error;

/// The frame's part of a scope: owns the children.
struct ScopeState<const BYTES: usize> {
    children: Children<BYTES>,
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
        let _not_driving = Reset(&self.driving);
        self.children().drive_woken();
    }
}

struct Reset<'a>(&'a Cell<bool>);

impl Drop for Reset<'_> {
    fn drop(&mut self) {
        self.0.set(false);
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

    /// Adds a child. It is polled for the first time when something next awaits a handle or
    /// the end of the scope. While the scope is being dropped the child is dropped unpolled,
    /// and its handle is ready with [`Error::Cancelled`].
    ///
    /// # Panics
    /// When the arena is full and there is no heap, or the waker table is full.
    pub fn spawn<F: Future + 's>(&'s self, future: F) -> Child<'s, F::Output, BYTES> {
        let state = &self.state;
        if state.closed.get() {
            return Child { state, raw: None, waiting: false };
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
        Child { state, raw: Some(raw), waiting: false }
    }

    /// Cancels every child: each is dropped in place, instead of being polled, when the scope
    /// next drives. The body goes on.
    pub fn cancel_all(&self) {
        if !self.state.closed.get() {
            self.state.children.cancel_all();
        }
    }
}

/// The handle of a child; awaiting it drives all children. Dropping it leaves the child to
/// the scope, which drops the output.
#[must_use = "a child moves only while a handle or the scope's end is awaited"]
pub struct Child<'s, T, const BYTES: usize> {
    state: &'s ScopeState<BYTES>,
    raw: Option<RawChild<T>>,
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

    fn stop_waiting(&mut self) {
        if core::mem::take(&mut self.waiting) {
            self.state.awaited.set(self.state.awaited.get() - 1);
        }
    }
}

impl<T, const BYTES: usize> Future for Child<'_, T, BYTES> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if !self.state.closed.get() {
            self.state.drive();
        }
        let Some(raw) = self.raw() else { return Poll::Ready(Err(Error::Cancelled)) };
        // SAFETY: the state is not closed.
        match unsafe { raw.poll_join(cx) } {
            Poll::Ready(output) => {
                self.stop_waiting();
                Poll::Ready(output.ok_or(Error::Cancelled))
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
/// [`scope!`](crate::scope!) expands to. Dropping it drops body and children in place.
pub async fn scope<'env, const BYTES: usize, R, F>(cap: usize, body: F) -> R
where
    F: for<'s> AsyncFnOnce(&'s Scope<'s, 'env, BYTES>) -> R,
{
    let state = pin!(ScopeState {
        children: Children::new(),
        cap,
        awaited: Cell::new(0),
        driving: Cell::new(false),
        closed: Cell::new(false),
    });
    let state = state.into_ref();
    Run { state, body: Side::Running(body(Scope::of(state))) }.await
}

/// The body first, then the children.
struct Run<'s, B: Future, const BYTES: usize> {
    state: Pin<&'s ScopeState<BYTES>>,
    body: Side<B>,
}

impl<B: Future, const BYTES: usize> Future for Run<'_, B, BYTES> {
    type Output = B::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<B::Output> {
        // SAFETY: the body is pinned with this and never moved out.
        let this = unsafe { self.get_unchecked_mut() };
        let state = this.state.get_ref();
        state.children().adopt(cx.waker());
        // SAFETY: ours, and not being polled.
        if unsafe { Side::is_running(&raw mut this.body) } {
            // Handles may be awaited behind wakers of their own, which only the child wakes.
            if state.awaited.get() > 0 {
                state.drive();
            }
            // SAFETY: as above.
            if !unsafe { Pin::new_unchecked(&mut this.body) }.poll(cx) {
                return Poll::Pending;
            }
        }
        state.drive();
        if state.children.live() > 0 {
            return Poll::Pending;
        }
        Poll::Ready(this.body.take())
    }
}
