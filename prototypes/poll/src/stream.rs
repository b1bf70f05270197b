//! Operations with more than one output.

use core::ops::DerefMut;
use core::pin::Pin;
use core::task::{Context, Poll};

/// A sequence of outputs, polled one at a time. The trait that `std` has not stabilised.
///
/// After `Pending` the waker fires when polling again makes sense. After `None` some streams
/// may be polled on; a [`Group`](crate::Group) says `None` whenever it is empty.
pub trait Stream {
    /// One output.
    type Item;

    /// The next output, or `None`.
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>>;
}

impl<S: DerefMut<Target: Stream>> Stream for Pin<S> {
    type Item = <S::Target as Stream>::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // SAFETY: as `Pin::as_deref_mut`: the target is pinned by the inner pin.
        unsafe { self.get_unchecked_mut() }.as_mut().poll_next(cx)
    }
}
