//! Buffers of the runtime's, and the program's place for what they hold.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::{OnceCell, RefCell};
use core::fmt;
use core::mem;
use core::ops::{Deref, Range};

use kernel::count::{self, Counter};
use kernel::driver::pool::Provided;
use kernel::run::context;

/// Buffers that the pool keeps at most; what comes back beyond is freed.
const POOLED: usize = 64;

std::thread_local! {
    /// Buffers that nothing has, in this run.
    static POOL: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// The pool of one run: empty when it begins, and freed when it ends. What a run allocates does
/// not depend on the runs before it on this thread.
#[must_use]
pub(crate) struct RunPool(());

impl RunPool {
    pub(crate) fn begin() -> RunPool {
        // After the end of the thread's values there is no pool, and a run does without.
        let _gone = POOL.try_with(|pool| drop(pool.take()));
        RunPool(())
    }
}

impl Drop for RunPool {
    fn drop(&mut self) {
        // After the end of the thread's values there is no pool.
        let _gone = POOL.try_with(|pool| drop(pool.take()));
    }
}

/// A buffer of the runtime's. Dropping it gives it back.
pub(crate) struct Chunk {
    pub(crate) bytes: Vec<u8>,
}

impl Chunk {
    /// One of this length, with whatever is in it.
    pub(crate) fn take(len: usize) -> Chunk {
        let pooled = POOL.try_with(|pool| {
            let mut pool = pool.borrow_mut();
            let at = pool.iter().position(|bytes| bytes.len() == len)?;
            Some(pool.swap_remove(at))
        });
        Chunk { bytes: pooled.ok().flatten().unwrap_or_else(|| vec![0; len]) }
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        let bytes = mem::take(&mut self.bytes);
        // After the end of the thread's values there is no pool.
        let _gone = POOL.try_with(|pool| {
            let mut pool = pool.borrow_mut();
            if !bytes.is_empty() && pool.len() < POOLED {
                pool.push(bytes);
            }
        });
    }
}

/// Whose buffer it is.
enum Memory {
    Ours(Chunk),
    Kernel(Provided),
}

/// Bytes in a buffer of the runtime's, from the first that was not used to the last that came.
pub(crate) struct Lent {
    memory: Memory,
    range: Range<usize>,
}

impl Lent {
    /// The first `len` bytes of a buffer.
    pub(crate) fn ours(chunk: Chunk, len: usize) -> Lent {
        Lent { memory: Memory::Ours(chunk), range: 0..len }
    }

    pub(crate) fn kernel(provided: Provided) -> Lent {
        let range = 0..provided.len();
        Lent { memory: Memory::Kernel(provided), range }
    }

    /// The first `len` bytes were used.
    pub(crate) fn consume(&mut self, len: usize) {
        assert!(len <= self.range.len(), "no more than there are");
        self.range.start += len;
    }
}

impl Deref for Lent {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        let bytes: &[u8] = match &self.memory {
            Memory::Ours(chunk) => &chunk.bytes,
            Memory::Kernel(provided) => provided,
        };
        &bytes[self.range.clone()]
    }
}

/// A place for bytes: what a read was lent, or memory of its own.
#[derive(Default)]
pub struct Buf {
    len: usize,
    lent: Option<Lent>,
    own: OnceCell<Box<[u8]>>,
}

impl fmt::Debug for Buf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buf")
            .field("len", &self.len)
            .field("is_lent", &self.lent.is_some())
            .finish_non_exhaustive()
    }
}

/// A place for `len` bytes. It has no memory yet.
#[must_use]
pub fn buf(len: usize) -> Buf {
    Buf { len, lent: None, own: OnceCell::new() }
}

impl Buf {
    /// Bytes for which there is place.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Takes what a read has got, without a copy.
    pub(crate) fn lend(&mut self, lent: Lent) {
        debug_assert!(lent.len() <= self.len, "there is place for it");
        self.lent = Some(lent);
    }

    /// Gives back what was lent: a read begins.
    pub(crate) fn clear(&mut self) {
        self.lent = None;
    }

    /// Copies bytes to a place in memory of its own.
    pub(crate) fn copy(&mut self, at: usize, bytes: &[u8]) {
        let len = self.len;
        self.own.get_or_init(|| zeros(len));
        let own = self.own.get_mut().expect("made just now");
        own[at..at + bytes.len()].copy_from_slice(bytes);
        context::with(|runtime| runtime.count_copied(bytes.len()));
        count::add(Counter::CopiedBytes, bytes.len() as u64);
    }

    /// The first `len` bytes, as the program sees them.
    ///
    /// # Panics
    /// When there is no place for so many.
    pub(crate) fn first(&mut self, len: usize) -> &[u8] {
        if self.lent.as_ref().is_some_and(|lent| lent.len() < len) {
            self.as_mut();
        }
        let this: &Buf = self;
        &this.as_ref()[..len]
    }
}

fn zeros(len: usize) -> Box<[u8]> {
    vec![0; len].into_boxed_slice()
}

/// What was lent, which is as long as what came; else memory of its own, at first zeros.
impl AsRef<[u8]> for Buf {
    fn as_ref(&self) -> &[u8] {
        match &self.lent {
            Some(lent) => lent,
            None => self.own.get_or_init(|| zeros(self.len)),
        }
    }
}

/// Memory of its own, in which what was lent is copied before.
impl AsMut<[u8]> for Buf {
    fn as_mut(&mut self) -> &mut [u8] {
        if let Some(lent) = self.lent.take() {
            self.copy(0, &lent);
        }
        let len = self.len;
        self.own.get_or_init(|| zeros(len));
        self.own.get_mut().expect("made just now")
    }
}
