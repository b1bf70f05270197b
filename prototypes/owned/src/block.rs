//! A task's block: head, future or output, in one piece of memory.

use core::cell::UnsafeCell;
use core::future::Future;
use core::marker::PhantomData;
use core::mem;
use core::pin::Pin;
use core::ptr::{self, NonNull};
use core::task::{Context, Poll};

use kernel::run::context;
use kernel::run::spawn::{self, Header};

use crate::aborted::Aborted;
use crate::head::{Head, Stage, VTable};
use crate::mode::Mode;
use crate::set::{self, Members};
use crate::store::{Place, Store};
use crate::token::Token;

/// The block of one task. `Head` first, so that a pointer to one is a pointer to the other.
#[repr(C)]
pub(crate) struct Block<F: Future, M: Mode, S: Store> {
    head: Head,
    extra: M::Extra,
    body: UnsafeCell<Body<F, M>>,
    _store: PhantomData<S>,
}

/// What a block holds. The stage of its head says who may touch it.
enum Body<F: Future, M: Mode> {
    /// The future, pinned in the block.
    ///
    /// Entered by the spawn. Touched by the turn alone, in `Polling` and `Ending`.
    Future(F),
    /// The output.
    ///
    /// Entered from `Future`, through `Empty`, by the poll that is ready. Taken by one join.
    Output(F::Output),
    /// A panic that the mode has caught.
    ///
    /// Entered from `Future`, through `Empty`, by a poll that panicked. Taken by one join.
    Panicked(M::Panic),
    /// Neither.
    ///
    /// Entered by every destructor before the next value is put in place, and by the join.
    Empty,
}

/// What follows a turn, or a destructor, of a task: on the way of a panic too. With a stage to end
/// in, the task ends; else it waits for its next turn.
struct Settle<'a, M: Mode> {
    head: NonNull<Head>,
    extra: &'a M::Extra,
    ends: Option<Stage>,
}

impl<M: Mode> Drop for Settle<'_, M> {
    fn drop(&mut self) {
        match self.ends {
            // SAFETY: made for a live task, which the executor still holds.
            None => unsafe { self.head.as_ref() }.stage.set(Stage::Idle),
            // SAFETY: as above.
            Some(stage) => unsafe { end::<M>(self.head, self.extra, stage) },
        }
    }
}

/// Ends a task.
///
/// # Safety
/// It is live: the executor still holds it.
#[inline]
unsafe fn end<M: Mode>(head: NonNull<Head>, extra: &M::Extra, stage: Stage) {
    // FOREIGN: wakers, when it is dropped at the end of this function, also after a panic.
    // SAFETY: the caller's promise.
    let _told = unsafe { set::finish(head, stage) };
    // FOREIGN: the mode's hook. The task has ended, and has left its set.
    M::ended(extra);
}

impl<F: Future, M: Mode, S: Store> Block<F, M, S> {
    const EXECUTOR: spawn::VTable = spawn::VTable {
        poll: Self::poll,
        release: Self::release,
        design: ptr::from_ref(&Self::DESIGN).cast(),
    };
    const DESIGN: VTable = VTable { take: Self::take, free: Self::free };

    /// # Safety
    /// Nothing else uses the body during the borrow.
    #[expect(clippy::mut_from_ref, reason = "the stage of the head says who may")]
    unsafe fn body(&self) -> &mut Body<F, M> {
        // SAFETY: the caller's promise.
        unsafe { &mut *self.body.get() }
    }

    unsafe fn poll(header: NonNull<Header>, cx: &mut Context<'_>) -> Poll<()> {
        let head = header.cast::<Head>();
        // SAFETY: a started task of this kind, live until it is released.
        let block = unsafe { header.cast::<Self>().as_ref() };
        if block.head.aborted.get() {
            if M::ABORTS {
                // SAFETY: live, and being neither polled nor dropped.
                unsafe { Self::drop_future(head) };
                return Poll::Ready(());
            }
            // FOREIGN: wakers of those who wait for the token. The task is idle.
            M::asked(&block.extra);
        }
        block.head.stage.set(Stage::Polling);
        let unwound = Settle::<M> { head, extra: &block.extra, ends: None };
        // FOREIGN: hooks, the poll, and the destructor of the future. `unwound` follows a panic.
        let polled = M::turn(&block.extra, || {
            // SAFETY: `Polling` keeps all other code from the body.
            let body = unsafe { block.body() };
            let Body::Future(future) = body else { return true };
            // SAFETY: the block does not move, and the future is dropped where it is.
            let Poll::Ready(output) = unsafe { Pin::new_unchecked(future) }.poll(cx) else {
                return false;
            };
            *body = Body::Empty;
            *body = Body::Output(output);
            true
        });
        mem::forget(unwound);
        match polled {
            // Where it is only told of an abort, the request has woken it, and its next turn tells
            // it.
            Ok(false) if !M::ABORTS || !block.head.aborted.get() => {
                block.head.stage.set(Stage::Idle);
                return Poll::Pending;
            }
            // SAFETY: the poll is over: live, and being neither polled nor dropped.
            Ok(false) => unsafe { Self::drop_future(head) },
            // SAFETY: live: the executor still holds it.
            Ok(true) => unsafe { end::<M>(head, &block.extra, Stage::Done) },
            Err(panic) => {
                let ends = Some(Stage::Done);
                let _settle = Settle::<M> { head, extra: &block.extra, ends };
                // FOREIGN: the destructor of a future that panicked. What it says is of no use to
                // anything.
                // SAFETY: still `Polling`.
                let _second = M::dropping(|| *unsafe { block.body() } = Body::Empty);
                // SAFETY: as above.
                *unsafe { block.body() } = Body::Panicked(panic);
            }
        }
        Poll::Ready(())
    }

    /// Drops the future in place and ends the task without an output.
    ///
    /// # Safety
    /// The task is live, and being neither polled nor dropped.
    unsafe fn drop_future(head: NonNull<Head>) {
        // SAFETY: the caller's promise.
        let block = unsafe { head.cast::<Self>().as_ref() };
        block.head.stage.set(Stage::Ending);
        let _settle = Settle::<M> { head, extra: &block.extra, ends: Some(Stage::Over) };
        // FOREIGN: the destructor. `settle` follows a panic.
        // SAFETY: `Ending` keeps all other code from the body.
        let _panic = M::dropping(|| *unsafe { block.body() } = Body::Empty);
    }

    unsafe fn release(header: NonNull<Header>) {
        struct Held(NonNull<Head>);
        impl Drop for Held {
            fn drop(&mut self) {
                // SAFETY: the executor's hold; it does not use the block after `release`.
                unsafe { Head::give_up(self.0) };
            }
        }
        let held = Held(header.cast());
        // SAFETY: a started task of this kind; the executor's hold is still there.
        if unsafe { held.0.as_ref() }.stage.get() == Stage::Idle {
            // SAFETY: live and idle.
            unsafe { Self::drop_future(held.0) };
        }
    }

    unsafe fn take(head: NonNull<Head>, to: *mut ()) {
        // SAFETY: a live task of this kind.
        let block = unsafe { head.cast::<Self>().as_ref() };
        // SAFETY: the task has ended, and its outcome is taken by one caller, once.
        let outcome = match mem::replace(unsafe { block.body() }, Body::Empty) {
            Body::Output(output) => Ok(output),
            Body::Panicked(panic) => Err(panic.into()),
            Body::Future(_) | Body::Empty => Err(Aborted::asked()),
        };
        // SAFETY: the caller gives room for this type.
        unsafe { to.cast::<Result<F::Output, Aborted>>().write(outcome) };
    }

    unsafe fn free(head: NonNull<Head>) {
        let place = Place::<Self, S>::taken(head.cast());
        // SAFETY: the last hold is gone, so nothing else can reach the block. The place gives
        // the memory back, also when a destructor panics.
        unsafe { place.drop_contents() };
    }

    /// Writes a block into a free place and hands it to the executor. `None`: the run is
    /// ending; the future was dropped unpolled. `token` is what the future's program was given.
    ///
    /// # Panics
    /// Outside a run, and when the waker table is full.
    ///
    /// # Safety
    /// What `set` returns is null or the set of a scope or an owner that is alive when it is
    /// called.
    pub(crate) unsafe fn spawn(
        place: Place<Self, S>,
        future: F,
        token: Option<Token>,
        set: impl FnOnce() -> Option<*const Members>,
    ) -> Option<NonNull<Head>>
    where
        F: 'static,
    {
        // FOREIGN: the mode's hook.
        let extra = M::spawned(token);
        // Asked after that: the hook may have ended the set, or the run.
        let set = set()?;
        let header = Header::new(&Self::EXECUTOR);
        let head = Head::new(header);
        let body = UnsafeCell::new(Body::Future(future));
        let mut place = place.fill(Block { head, extra, body, _store: PhantomData });
        let head = place.pointer().cast::<Head>();
        // SAFETY: `release` gives up the hold that is the executor's, and the block stays where
        // it is until then: its future is `'static`, and only the last hold frees it.
        let started = context::with(|runtime| unsafe { runtime.tasks.start(head.cast()) });
        if started.is_err() {
            // FOREIGN: dropping the filled place drops the future and gives the memory back.
            return None;
        }
        mem::forget(place);
        // SAFETY: alive by the caller's promise; no foreign code has run since.
        if let Some(set) = unsafe { set.as_ref() } {
            // SAFETY: live and not in a set.
            unsafe { set.add(head) };
        }
        Some(head)
    }
}
