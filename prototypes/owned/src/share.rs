//! What tasks share. A spawned future is `'static`, so it cannot borrow: it holds a share of
//! the ownership, and every share is counted. An `Rc` that also lives where there is no heap.

use core::cell::Cell;
use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::NonNull;

use kernel::count::{self, Counter};

use crate::store::{Heap, Place};

/// A value with the number of its owners.
struct Counted<T> {
    owners: Cell<usize>,
    value: T,
}

/// A value that tasks may share: what `own!`, `chan!`, `lock!` and `sem!` declare. Lives where
/// tasks do: on the heap, or in the arena of a build without one.
pub struct TaskRc<T> {
    counted: NonNull<Counted<T>>,
    _owns: PhantomData<Counted<T>>,
}

impl<T> TaskRc<T> {
    /// Takes a value.
    ///
    /// # Panics
    /// When a build without a heap has no room.
    pub fn new(value: T) -> TaskRc<T> {
        let mut place = Heap::place().fill(Counted { owners: Cell::new(1), value });
        let counted = place.pointer();
        core::mem::forget(place);
        TaskRc { counted, _owns: PhantomData }
    }

    fn counted(&self) -> &Counted<T> {
        // SAFETY: an owner keeps it.
        unsafe { self.counted.as_ref() }
    }

    /// The value as its first share.
    pub(crate) fn into_shared(self) -> Shared<'static, T> {
        Shared { value: self, _like_a_reference: PhantomData }
    }

    fn another(&self) -> TaskRc<T> {
        let owners = &self.counted().owners;
        // Forgotten shares cannot overflow the count into reuse: stop at half the range.
        assert!(owners.get() <= usize::MAX / 2, "too many shares of one value");
        owners.set(owners.get() + 1);
        count::add(Counter::ArcClones, 1);
        TaskRc { counted: self.counted, _owns: PhantomData }
    }
}

impl<T> Drop for TaskRc<T> {
    fn drop(&mut self) {
        let owners = &self.counted().owners;
        owners.set(owners.get() - 1);
        if owners.get() == 0 {
            let place = Place::<_, Heap>::taken(self.counted);
            // SAFETY: `new` put it there, and the last owner is gone.
            unsafe { place.drop_contents() };
        }
    }
}

impl<T> Deref for TaskRc<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.counted().value
    }
}

impl<T: fmt::Debug> fmt::Debug for TaskRc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// A share of a value: see [`share`]. It owns; the lifetime is there for designs that borrow.
pub struct Shared<'a, T> {
    value: TaskRc<T>,
    _like_a_reference: PhantomData<&'a ()>,
}

impl<T> Deref for Shared<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Clone for Shared<'_, T> {
    fn clone(&self) -> Self {
        share(self)
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// What can be shared once more: a value, or a share of it.
pub trait Share: sealed::Sealed {
    /// What is shared.
    type Value;

    #[doc(hidden)]
    fn owned(&self) -> &TaskRc<Self::Value>;
}

mod sealed {
    pub trait Sealed {}
    impl<T> Sealed for super::TaskRc<T> {}
    impl<T> Sealed for super::Shared<'_, T> {}
}

impl<T> Share for TaskRc<T> {
    type Value = T;

    fn owned(&self) -> &TaskRc<T> {
        self
    }
}

impl<T> Share for Shared<'_, T> {
    type Value = T;

    fn owned(&self) -> &TaskRc<T> {
        &self.value
    }
}

/// One more share of a value, for a task to own. The counting build counts it.
#[must_use]
pub fn share<S: Share>(value: &S) -> Shared<'static, S::Value> {
    Shared { value: value.owned().another(), _like_a_reference: PhantomData }
}
