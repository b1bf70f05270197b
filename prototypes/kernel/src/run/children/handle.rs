//! What the holder of a handle asks of a child: its output, its end, or to go on without it.

use core::mem::MaybeUninit;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::Children;
use crate::run::children::child::{Header, RawChild, Stage};
use crate::wake::stored::{let_go, store_waker};

impl<T> RawChild<T> {
    /// # Safety
    /// As for all methods: before [`Children::clear`].
    pub(super) unsafe fn header(&self) -> &Header {
        // SAFETY: a child with a handle is removed by `clear` or `detach` only.
        unsafe { self.header.as_ref() }
    }

    /// Whether the child has ended, one way or the other.
    ///
    /// # Safety
    /// Not after [`Children::clear`] of its parent.
    #[must_use]
    pub unsafe fn is_over(&self) -> bool {
        // SAFETY: the caller's promise.
        let child = unsafe { self.header() };
        matches!(child.stage.get(), Stage::Ending | Stage::Done | Stage::Over)
    }

    /// Waits for the end. `Some` output, or `None` if the child was cancelled or its output
    /// was taken before.
    ///
    /// # Safety
    /// Not after [`Children::clear`] of its parent.
    pub unsafe fn poll_join(&self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        // SAFETY: the caller's promise.
        let child = unsafe { self.header() };
        if matches!(child.stage.get(), Stage::Waiting | Stage::Polling) {
            store_waker(&child.joiner, cx.waker());
        }
        // Looked at after that: the clone may have cancelled it.
        match child.stage.get() {
            Stage::Waiting | Stage::Polling => Poll::Pending,
            Stage::Ending | Stage::Over => Poll::Ready(None),
            Stage::Done => {
                let mut output = MaybeUninit::<T>::uninit();
                // SAFETY: live; `Done` means that nothing polls and an output is there; T is
                // its type.
                unsafe { (child.vtable.take)(self.header, output.as_mut_ptr().cast()) };
                child.stage.set(Stage::Over);
                // SAFETY: `take` wrote it.
                Poll::Ready(Some(unsafe { output.assume_init() }))
            }
        }
    }

    /// Drops the child's future in place; at the end of its poll if it is being polled.
    ///
    /// # Safety
    /// `parent` is the one that spawned it, and was not cleared.
    pub unsafe fn cancel<const BYTES: usize>(&self, parent: Pin<&Children<BYTES>>) {
        // SAFETY: the caller's promise.
        let child = unsafe { self.header() };
        match child.stage.get() {
            Stage::Polling => child.cancelled.set(true),
            // SAFETY: live and not being polled.
            Stage::Waiting => unsafe { parent.end(self.header) },
            Stage::Ending | Stage::Done | Stage::Over => {}
        }
    }

    /// Gives the handle up: the child goes on, its output is dropped.
    ///
    /// # Safety
    /// `parent` is the one that spawned it, and was not cleared. The handle is not used
    /// afterwards.
    pub unsafe fn detach<const BYTES: usize>(&self, parent: Pin<&Children<BYTES>>) {
        // SAFETY: the caller's promise.
        let child = unsafe { self.header() };
        child.has_handle.set(false);
        // Also after a panic, where it is dropped as what it is.
        let joiner = child.joiner.take();
        // SAFETY: live; removed only if it is neither being polled nor dropped.
        unsafe { parent.remove_if_forgotten(self.header) };
        let_go(joiner);
    }
}
