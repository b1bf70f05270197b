//! One child: where it stands, and its future or output behind a header of one form.

use core::alloc::Layout;
use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::mem::{self, ManuallyDrop};
use core::pin::Pin;
use core::ptr::{self, NonNull};
use core::task::{Context, Poll, Waker};

use crate::list::{Links, Node};
use crate::wake::handle::Slot;

/// Where a child stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Has a future that is not being polled.
    ///
    /// Entered by `spawn`, and from `Polling` by the end of a poll that was pending or panicked;
    /// a panic cancels the child besides. Excludes nothing.
    Waiting,
    /// Its future is being polled.
    ///
    /// Entered from `Waiting` by the parent when it drives. Excludes another poll, the drop of the
    /// future (a cancel is noted and done after the poll) and removal.
    Polling,
    /// Its future or output is being dropped.
    ///
    /// Entered from `Waiting` and `Done` by a cancel and by the end of the scope. Excludes polls,
    /// another drop, removal and the join, which is told that there is no output.
    Ending,
    /// Has an output.
    ///
    /// Entered from `Polling` by the poll itself, also when the destructor of the future panicked.
    /// Excludes polls. The child is removed only if no handle is left.
    Done,
    /// Has neither: cancelled, or its output was taken.
    ///
    /// Entered from `Ending` by the end of a destructor, and from `Done` by the join. Excludes
    /// everything but removal.
    Over,
}

/// What is the same for children of every type.
pub(super) struct Header {
    pub(super) slot: Slot,
    pub(super) vtable: &'static VTable,
    pub(super) stage: Cell<Stage>,
    /// Cancelled while it was being polled: drop the future right after the poll.
    pub(super) cancelled: Cell<bool>,
    /// A handle exists and may still ask for the output.
    pub(super) has_handle: Cell<bool>,
    pub(super) on_heap: bool,
    pub(super) joiner: Cell<Option<Waker>>,
    pub(super) links: Links<Header>,
}

// SAFETY: its own field.
unsafe impl Node for Header {
    fn links(&self) -> &Links<Header> {
        &self.links
    }
}

pub(super) struct VTable {
    pub(super) layout: Layout,
    /// Polls the future. The stage is `Done` when the output has taken its place.
    pub(super) poll: unsafe fn(NonNull<Header>, &mut Context<'_>),
    /// Drops future or output, whichever is there, leaving neither.
    pub(super) clear: unsafe fn(NonNull<Header>),
    /// Moves the output to the pointer, leaving neither.
    pub(super) take: unsafe fn(NonNull<Header>, *mut ()),
    /// Whether dropping an output runs any code.
    pub(super) drops_output: bool,
}

/// A child of a known type; `Header` first, so a pointer to one is a pointer to the other.
#[repr(C)]
pub(super) struct Child<F: Future> {
    pub(super) header: Header,
    pub(super) body: UnsafeCell<Body<F>>,
}

pub(super) enum Body<F: Future> {
    Future(F),
    Output(F::Output),
    Empty,
}

impl<F: Future> Child<F> {
    pub(super) const VTABLE: VTable = VTable {
        layout: Layout::new::<Child<F>>(),
        poll: Self::poll,
        clear: Self::clear,
        take: Self::take,
        drops_output: mem::needs_drop::<F::Output>(),
    };

    /// # Safety
    /// `header` heads a live `Child<F>`, and nothing else uses its body during the call.
    unsafe fn body<'a>(header: NonNull<Header>) -> &'a mut Body<F> {
        // SAFETY: the caller's promise on the type; `repr(C)` puts the header first.
        let child = unsafe { header.cast::<Child<F>>().as_ref() };
        // SAFETY: exclusive for the time of the call by the caller's promise.
        unsafe { &mut *child.body.get() }
    }

    unsafe fn poll(header: NonNull<Header>, cx: &mut Context<'_>) {
        // SAFETY: our caller's promise.
        let body = unsafe { Self::body(header) };
        let Body::Future(future) = body else { unreachable!("only what waits is polled") };
        // FOREIGN: the poll of the future.
        // SAFETY: the body stays in its block until it is cleared there.
        let Poll::Ready(output) = unsafe { Pin::new_unchecked(&mut *future) }.poll(cx) else {
            return;
        };
        let _ready = Ready::<F> { header, output: ManuallyDrop::new(output) };
        // FOREIGN: the destructor of the future. The output takes its place also when it panics.
        // SAFETY: dropped where it was pinned, once: the body is not looked at in this stage, and
        // then it is written over.
        unsafe { ptr::drop_in_place(future) };
    }

    unsafe fn clear(header: NonNull<Header>) {
        // SAFETY: our caller's promise.
        let body = unsafe { Self::body(header) };
        // FOREIGN: the destructor, where the future was pinned. The body is empty also when it
        // panics.
        *body = Body::Empty;
    }

    unsafe fn take(header: NonNull<Header>, to: *mut ()) {
        // SAFETY: our caller's promise.
        let body = unsafe { Self::body(header) };
        let Body::Output(output) = &*body else { unreachable!("taken where the stage is `Done`") };
        // SAFETY: the caller gives room for one output. It is moved: what is left is written over.
        unsafe { ptr::copy_nonoverlapping(output, to.cast::<F::Output>(), 1) };
        // SAFETY: in the block; nothing in it is to be dropped any more.
        unsafe { ptr::write(body, Body::Empty) };
    }
}

/// Puts an output into the place of its future, which is gone.
struct Ready<F: Future> {
    header: NonNull<Header>,
    output: ManuallyDrop<F::Output>,
}

impl<F: Future> Drop for Ready<F> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: taken once, here.
        let output = unsafe { ManuallyDrop::take(&mut self.output) };
        // SAFETY: made in a poll, which has the body; the future is not used any more.
        let body: *mut Body<F> = unsafe { Child::<F>::body(self.header) };
        // SAFETY: as above. What is written over is a future that was dropped.
        unsafe { body.write(Body::Output(output)) };
        // SAFETY: as above: live for the time of its poll.
        unsafe { self.header.as_ref() }.stage.set(Stage::Done);
    }
}

/// Foreign code is in the memory of a child that is in no list, where its stage is not seen.
pub(super) struct Inside<'a>(&'a Cell<usize>);

impl<'a> Inside<'a> {
    pub(super) fn new(count: &'a Cell<usize>) -> Inside<'a> {
        count.set(count.get() + 1);
        Inside(count)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// Names one child. A design wraps it with a lifetime, so that it is not used after
/// [`Children::clear`](super::Children::clear).
pub struct RawChild<T> {
    pub(super) header: NonNull<Header>,
    _output: PhantomData<T>,
}

impl<T> fmt::Debug for RawChild<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawChild").finish_non_exhaustive()
    }
}

impl<T> RawChild<T> {
    pub(super) fn new(header: NonNull<Header>) -> RawChild<T> {
        RawChild { header, _output: PhantomData }
    }
}
