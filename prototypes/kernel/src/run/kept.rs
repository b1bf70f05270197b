//! A value of any type that is kept to be dropped: what the memory of an orphan belongs to.

use core::fmt;
use core::mem::MaybeUninit;
use core::ptr;
use std::boxed::Box;

/// Words that a value may have to be kept without an allocation: a `Vec` or a slice of one.
const WORDS: usize = 6;

/// A value of some type, to be dropped.
pub(crate) struct Kept {
    words: MaybeUninit<[usize; WORDS]>,
    drop: unsafe fn(*mut ()),
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}

impl Kept {
    pub(crate) fn new<B: 'static>(value: B) -> Kept {
        if size_of::<B>() > size_of::<[usize; WORDS]>() || align_of::<B>() > align_of::<usize>() {
            return Kept::inline(Box::new(value));
        }
        Kept::inline(value)
    }

    fn inline<B: 'static>(value: B) -> Kept {
        assert!(size_of::<B>() <= size_of::<[usize; WORDS]>(), "`new` boxes what is larger");
        assert!(align_of::<B>() <= align_of::<usize>(), "as above");
        let mut words = MaybeUninit::<[usize; WORDS]>::uninit();
        // SAFETY: large and aligned enough, just checked.
        unsafe { words.as_mut_ptr().cast::<B>().write(value) };
        let drop: unsafe fn(*mut ()) = |value| {
            // SAFETY: called once, by `Kept::drop`, with the place of a `B`.
            unsafe { ptr::drop_in_place(value.cast::<B>()) };
        };
        Kept { words, drop }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // SAFETY: `new` wrote a value there of the type that `drop` is for.
        unsafe { (self.drop)(self.words.as_mut_ptr().cast()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;
    use std::vec::Vec;

    #[test]
    fn small_and_large_values_are_dropped_once() {
        let token = Rc::new(());
        drop(Kept::new(Rc::clone(&token)));
        let many: Vec<_> = (0..3).map(|_| Rc::clone(&token)).collect();
        drop(Kept::new(many));
        let large: [Rc<()>; 20] = core::array::from_fn(|_| Rc::clone(&token));
        let kept = Kept::new(large);
        assert_eq!(Rc::strong_count(&token), 21);
        drop(kept);
        assert_eq!(Rc::strong_count(&token), 1);
    }
}
