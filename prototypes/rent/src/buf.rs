//! Buffers that can be given away: values that own memory which stays where it is.
//!
//! A vector is one. `Box<[u8]>` and `&'static mut [u8]` are *not*, although their bytes stay
//! where they are: moving one asserts that nothing else has a pointer to its bytes, and the
//! driver has. A value that is moved while it is in use must keep its bytes behind a raw
//! pointer, as a vector does.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

/// A value that owns bytes which a driver may read from.
///
/// # Safety
/// - [`ptr`](IoBuf::ptr) and [`len`](IoBuf::len) name initialised bytes that are valid for
///   reads until the value is dropped, wherever the value is moved meanwhile, and for ever if
///   it is forgotten. So they are neither in the value itself nor behind a box or an exclusive
///   reference, which assert at every move that nothing else uses them.
/// - Nothing writes them while the value is shared or given away.
/// - Dropping the value does not call into the runtime: a driver drops the buffer of an
///   orphan, in the middle of its work.
pub unsafe trait IoBuf: 'static {
    /// The first byte.
    fn ptr(&self) -> *const u8;

    /// Bytes that are initialised.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The part of the buffer that an operation is to use; [`Slice::into_inner`] gives the
    /// buffer back.
    ///
    /// # Panics
    /// When the range does not lie in the initialised bytes.
    fn slice(self, range: Range<usize>) -> Slice<Self>
    where
        Self: Sized,
    {
        assert!(range.start <= range.end, "a range runs forward");
        assert!(range.end <= self.len(), "a slice lies in its buffer");
        Slice { buffer: self, range }
    }
}

/// A value that owns bytes which a driver may write to.
///
/// # Safety
/// As [`IoBuf`], and [`capacity`](IoBufMut::capacity) bytes from
/// [`ptr_mut`](IoBufMut::ptr_mut) are valid for writes as long, initialised or not, with
/// nothing else looking at them while the value is given away. `ptr_mut` is `ptr`.
pub unsafe trait IoBufMut: IoBuf {
    /// The first byte.
    fn ptr_mut(&mut self) -> *mut u8;

    /// Bytes that may be written.
    fn capacity(&self) -> usize;

    /// Says that an operation has written the first `len` bytes.
    ///
    /// # Safety
    /// It has; `len` is at most the capacity.
    unsafe fn set_len(&mut self, len: usize);
}

// SAFETY: the bytes of a vector are on the heap and stay there while it is moved; forgetting
// it leaks them. Its destructor frees them and calls nothing else.
unsafe impl IoBuf for Vec<u8> {
    fn ptr(&self) -> *const u8 {
        self.as_ptr()
    }

    fn len(&self) -> usize {
        Vec::len(self)
    }
}

// SAFETY: as above; the capacity is the vector's own.
unsafe impl IoBufMut for Vec<u8> {
    fn ptr_mut(&mut self) -> *mut u8 {
        self.as_mut_ptr()
    }

    fn capacity(&self) -> usize {
        Vec::capacity(self)
    }

    unsafe fn set_len(&mut self, len: usize) {
        // SAFETY: written and within the capacity by the caller's promise.
        unsafe { Vec::set_len(self, len) };
    }
}

// SAFETY: static bytes are valid for ever and nothing writes them.
unsafe impl IoBuf for &'static [u8] {
    fn ptr(&self) -> *const u8 {
        self.as_ptr()
    }

    fn len(&self) -> usize {
        <[u8]>::len(self)
    }
}

/// A part of a buffer: see [`IoBuf::slice`].
pub struct Slice<B> {
    buffer: B,
    range: Range<usize>,
}

impl<B> fmt::Debug for Slice<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slice").field("range", &self.range).finish_non_exhaustive()
    }
}

impl<B> Slice<B> {
    /// The whole buffer.
    pub fn into_inner(self) -> B {
        self.buffer
    }
}

// SAFETY: the buffer's own bytes, from a place within them.
unsafe impl<B: IoBuf> IoBuf for Slice<B> {
    fn ptr(&self) -> *const u8 {
        // SAFETY: `slice` has checked that the range lies in the buffer's bytes.
        unsafe { self.buffer.ptr().add(self.range.start) }
    }

    fn len(&self) -> usize {
        self.range.len()
    }
}

// SAFETY: as above. All bytes of a slice are initialised, so no length has to be set.
unsafe impl<B: IoBufMut> IoBufMut for Slice<B> {
    fn ptr_mut(&mut self) -> *mut u8 {
        // SAFETY: `slice` has checked that the range lies in the buffer's bytes.
        unsafe { self.buffer.ptr_mut().add(self.range.start) }
    }

    fn capacity(&self) -> usize {
        self.range.len()
    }

    unsafe fn set_len(&mut self, _: usize) {}
}

/// What an operation is ready with: its result, and the buffer that was given away.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the buffer comes back in it, and the result is to be looked at"]
pub struct BufResult<T, B>(pub Result<T, kernel::IoError>, pub B);
