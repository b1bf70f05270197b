//! The names of the dialect with foreign code inside, for must-complete designs; see `plain.rs`.
//!
//! What is foreign keeps the contract of [`Completion`]: it panics before it has begun and after it
//! has ended, and when it is dropped, but not in a poll between, where its memory may be lent. It
//! adds no waker: those that reach a must-complete operation are the kernel's, as its contract
//! says. Foreign wakers stand below `plain`, in `sealed_parts.rs`.

use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};

use contract::World;
use kernel::foreign::Finally;
use real::{Child, Completion, Scope};

use crate::torment::outside::{self, TURNS};
use crate::torment::visits::{self, Alive, Kind, keep, visit};

/// What a future is as the root of a run.
macro_rules! root_of {
    ($future:expr) => {
        ::real::plain($future)
    };
}

/// An operation that is foreign code.
macro_rules! task_outside {
    ($($block:tt)*) => {
        $crate::sealed::sealed(::real::task!($($block)*))
    };
}

/// A kept operation that is foreign code.
macro_rules! hold_outside {
    ($op:expr, |$h:ident| $body:expr $(,)?) => {
        ::real::hold!($crate::sealed::sealed($op), |$h| $body)
    };
}

/// A scope whose children are foreign code.
macro_rules! scope_outside {
    (cap = $cap:expr, bytes = $bytes:tt, |$s:ident| $body:expr $(,)?) => {
        ::real::scope!(cap = $cap, bytes = $bytes, |$s| {
            let $s = $crate::sealed::Around($s);
            $body
        })
    };
}

pub(crate) use {hold_outside as hold, scope_outside as scope, task_outside as task};

/// A must-complete operation of foreign code.
pub(crate) struct Sealed<C: Completion> {
    inner: Pin<Box<C>>,
    begun: bool,
    /// Polled, and neither ready nor panicked.
    in_flight: bool,
    alive: Alive,
}

pub(crate) fn sealed<C: Completion>(operation: C) -> Sealed<C> {
    let (begun, in_flight, alive) = (false, false, Alive::new());
    Sealed { inner: Box::pin(operation), begun, in_flight, alive }
}

impl<C: Completion> Unpin for Sealed<C> {}

// SAFETY: what is in it is polled and dropped as the caller of this was promised to be; a panic of
// foreign code stands before the first poll or after the last one.
unsafe impl<C: Completion> Completion for Sealed<C> {
    type Output = C::Output;

    unsafe fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<C::Output> {
        let this = &mut *self;
        this.alive.check();
        if !this.begun {
            visit(Kind::Poll, None);
            this.begun = true;
        }
        keep(cx.waker());
        this.in_flight = false;
        // SAFETY: the caller's promise.
        let polled = unsafe { this.inner.as_mut().poll(cx) };
        this.in_flight = polled.is_pending();
        if polled.is_ready() {
            visit(Kind::Poll, None);
        }
        polled
    }

    fn abandonable(&self) -> bool {
        self.inner.abandonable()
    }

    fn holds_output(&self) -> bool {
        self.inner.holds_output()
    }
}

impl<C: Completion> Drop for Sealed<C> {
    fn drop(&mut self) {
        self.alive.check();
        if self.in_flight && !self.inner.abandonable() {
            kernel::foreign::abort("a design has dropped an operation in flight");
        }
        // The compiler forgets an output when the destructor of what was awaited panics
        // (rust-lang/rust#47949), and that would be counted as ours.
        let has_output = self.begun && !self.in_flight && std::mem::needs_drop::<C::Output>();
        if !has_output {
            visit(Kind::DropFuture, None);
        }
    }
}

/// A scope whose children are foreign code.
pub(crate) struct Around<'m, const BYTES: usize>(pub(crate) Scope<'m, BYTES>);

impl<const BYTES: usize> Clone for Around<'_, BYTES> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<const BYTES: usize> Copy for Around<'_, BYTES> {}

impl<'m, const BYTES: usize> Deref for Around<'m, BYTES> {
    type Target = Scope<'m, BYTES>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'m, const BYTES: usize> Around<'m, BYTES> {
    pub(crate) fn spawn<C: Completion + 'm>(&self, op: C) -> Child<'m, C::Output, BYTES> {
        self.0.spawn(sealed(op))
    }
}

/// Runs a root that is foreign code, during a trial with something beside it.
pub(crate) fn block_on<C: Completion>(world: &'static World, op: C) -> C::Output {
    if !visits::is_armed() {
        return real::block_on(world, sealed(op));
    }
    let state = outside::beside();
    let state = &*state;
    let root = real::task!(async {
        let _ended = Finally(|| {
            state.root_panicked.set(std::thread::panicking());
            state.root_ended.set(true);
        });
        sealed(op).await
    });
    let others = real::task!(async {
        let (ms, before, mut after) = TURNS;
        for _ in 0..before {
            let _passed = real::sleep(ms).await;
            if state.root_ended.get() {
                break;
            }
        }
        while state.root_ended.get() && after > 0 {
            let _passed = real::sleep(ms).await;
            after -= 1;
        }
        state.ended.set(true);
    });
    // What is begun first is there when the root panics at once.
    real::block_on(world, real::join(real::shield(others), root)).1
}

pub(crate) fn sleep(ms: u32) -> Sealed<real::Sleep> {
    sealed(real::sleep(ms))
}

pub(crate) fn yield_now() -> Sealed<real::YieldNow> {
    sealed(real::yield_now())
}

pub(crate) fn edge(line: usize, seen: u32) -> Sealed<real::Edge> {
    sealed(real::edge(line, seen))
}

pub(crate) fn device_read(buffer: &mut [u8], ms: u32) -> Sealed<real::DeviceRead<'_>> {
    sealed(real::device_read(buffer, ms))
}

pub(crate) fn join<A: Completion, B: Completion>(
    a: A,
    b: B,
) -> Sealed<real::Join<Sealed<A>, Sealed<B>>> {
    sealed(real::join(sealed(a), sealed(b)))
}

pub(crate) fn race<A: Completion, B: Completion>(
    a: A,
    b: B,
) -> Sealed<real::Race<Sealed<A>, Sealed<B>>> {
    sealed(real::race(sealed(a), sealed(b)))
}

pub(crate) fn timeout<C: Completion>(ms: u32, op: C) -> Sealed<real::Timeout<Sealed<C>>> {
    sealed(real::timeout(ms, sealed(op)))
}

pub(crate) fn shield<C: Completion>(op: C) -> Sealed<real::Shield<Sealed<C>>> {
    sealed(real::shield(sealed(op)))
}

pub(crate) fn barrier<C: Completion>(op: C) -> Sealed<real::Barrier<Sealed<C>>> {
    sealed(real::barrier(sealed(op)))
}

pub(crate) fn boxed<'a, C: Completion + 'a>(op: C) -> real::Boxed<'a, C::Output> {
    real::boxed(sealed(op))
}

pub(crate) fn buffered<const N: usize, I, F, B>(ops: I, mut body: F) -> impl Completion<Output = ()>
where
    I: IntoIterator<Item: Completion>,
    F: FnMut(<I::Item as Completion>::Output) -> B,
    B: Completion<Output = ()>,
{
    let ops = ops.into_iter().inspect(|_| visit(Kind::Closure, None)).map(sealed);
    let body = move |output| {
        visit(Kind::Closure, None);
        sealed(body(output))
    };
    sealed(real::buffered::<N, _, _, _>(ops, body))
}
