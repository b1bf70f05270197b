//! The dialect's form of it: a buffer that is taken by an operation in flight and put back.
//!
//! Portable code keeps its buffer in a variable and lends it to one operation after the other.
//! Here the variable is emptied when an operation begins and filled when it ends, which is two
//! moves of a vector. If the operation is dropped in flight the variable stays empty, and the
//! memory goes to a pool when the driver is done with it; [`buf`] takes from there first.

use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt;
use core::future::Future;
use core::mem;
use core::ops::Range;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use kernel::IoError;
use kernel::driver::{OpKind, ops};
use kernel::leaf::runtime_owned::Rented;

use crate::io::{Conn, File};

/// Buffers that the pool keeps at most; what comes back beyond is freed.
const POOLED: usize = 64;

/// A read into a buffer that was given away (`EINVAL`): zero bytes would be the end of a stream.
pub(crate) const NO_MEMORY_TO_READ_INTO: IoError = IoError::Os(22);

std::thread_local! {
    /// Buffers of orphans whose operations have ended, in this run.
    static POOL: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer of the program. Empty while an operation has its memory, and after one that was
/// dropped in flight.
#[derive(Default)]
pub struct Buf {
    bytes: Vec<u8>,
}

impl fmt::Debug for Buf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buf").field("len", &self.len()).finish()
    }
}

impl Buf {
    /// Bytes in it; zero if it was given away.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The memory as a value that can be given away with an operation of [`Conn`] or
    /// [`File`]; this is empty afterwards.
    pub fn take(&mut self) -> Vec<u8> {
        mem::take(&mut self.bytes)
    }

    /// The reverse of [`Buf::take`].
    pub fn put(&mut self, bytes: Vec<u8>) {
        self.bytes = bytes;
    }
}

impl AsRef<[u8]> for Buf {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsMut<[u8]> for Buf {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

/// A buffer of `len` zeros: one that came back from an orphan, or a new one.
#[must_use]
pub fn buf(len: usize) -> Buf {
    let pooled = POOL.try_with(|pool| {
        let mut pool = pool.borrow_mut();
        let at = pool.iter().position(|bytes| bytes.len() == len)?;
        Some(pool.swap_remove(at))
    });
    let bytes = match pooled.ok().flatten() {
        Some(mut bytes) => {
            bytes.fill(0);
            bytes
        }
        None => vec![0; len],
    };
    Buf { bytes }
}

/// Buffers that came back from orphans of this run and wait for another use.
#[must_use]
pub fn pooled() -> usize {
    POOL.try_with(|pool| pool.borrow().len()).unwrap_or(0)
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

/// Memory on its way; the code that drops it, drops it into the pool.
pub(crate) struct Lost {
    pub(crate) bytes: Vec<u8>,
}

impl Drop for Lost {
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

/// An operation on a part of a buffer: ready with the bytes.
///
/// # Cancellation
/// Dropped in flight it leaves the buffer empty, and the bytes that had arrived are lost. If
/// the driver had come to its end already, the bytes are in the buffer, and nothing says how
/// many.
///
/// # Panics
/// When polled outside a task, or after it was ready.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Counted<'b> {
    buffer: &'b mut Buf,
    kind: OpKind,
    range: Range<usize>,
    op: Option<Rented<Lost>>,
}

impl fmt::Debug for Counted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counted").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl<'b> Counted<'b> {
    pub(crate) fn new(buffer: &'b mut Buf, kind: OpKind, range: Range<usize>) -> Counted<'b> {
        assert!(range.start <= range.end && range.end <= buffer.len(), "a part of the buffer");
        Counted { buffer, kind, range, op: None }
    }

    /// Takes the memory and makes an operation of it.
    fn begin(&mut self) -> &mut Rented<Lost> {
        let kind = self.kind;
        // SAFETY: the file is borrowed for as long as this lives, and tells of its end.
        self.op.insert(unsafe { given_away(self.buffer, kind, self.range.clone()) })
    }
}

/// Takes a buffer's memory and makes an operation on a part of it.
///
/// # Safety
/// A descriptor that `kind` names stays open as long as the operation lives, and what closes it
/// tells the drivers before
/// ([`RuntimeOwned::filling`](kernel::leaf::runtime_owned::RuntimeOwned::filling)).
///
/// # Panics
/// When the range does not lie in the buffer.
pub(crate) unsafe fn given_away(
    buffer: &mut Buf,
    kind: OpKind,
    range: Range<usize>,
) -> Rented<Lost> {
    assert!(range.start <= range.end && range.end <= buffer.len(), "a part of the buffer");
    let mut bytes = buffer.take();
    let pointer = bytes.as_mut_ptr();
    // SAFETY: within the bytes, just checked.
    let part = unsafe { pointer.add(range.start) };
    // SAFETY: the bytes of a vector stay where they are; forgotten they are leaked. Dropping
    // `Lost` touches the pool and frees, nothing else. The descriptor is as the caller promises.
    unsafe { Rented::new(kind, part, range.len(), Lost { bytes }) }
}

impl Future for Counted<'_> {
    type Output = Result<usize, IoError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if this.op.is_none() {
            if this.range.is_empty()
                && matches!(this.kind, OpKind::Recv { .. } | OpKind::ReadAt { .. })
            {
                return Poll::Ready(Err(NO_MEMORY_TO_READ_INTO));
            }
            this.begin();
        }
        let op = this.op.as_mut().expect("begun");
        let (result, mut lost) = ready!(Pin::new(op).poll(cx));
        this.buffer.put(mem::take(&mut lost.bytes));
        Poll::Ready(IoError::check(result))
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        if let Some(mut lost) = self.op.as_mut().and_then(Rented::take_back) {
            self.buffer.put(mem::take(&mut lost.bytes));
        }
    }
}

/// Reads what there is, at most the buffer's length; zero at the end of the stream.
///
/// # Errors
/// Those of the system, and `EINVAL` when the buffer is empty, as after a read that was dropped
/// in flight.
pub fn read<'b>(stream: &'b mut Conn, buffer: &'b mut Buf) -> Counted<'b> {
    let len = buffer.len();
    Counted::new(buffer, stream.recv(), 0..len)
}

/// Writes some of the first `len` bytes; ready with how many.
///
/// # Panics
/// When the buffer is shorter than `len`.
pub fn write<'b>(stream: &'b mut Conn, buffer: &'b mut Buf, len: usize) -> Counted<'b> {
    Counted::new(buffer, stream.send(), 0..len)
}

/// Reads exactly the first `len` bytes of the buffer.
///
/// # Cancellation
/// As [`Counted`]; nothing says how much was read before.
///
/// # Errors
/// [`IoError::Eof`] when the stream ends before; what was read until then is in the buffer.
///
/// # Panics
/// When the buffer is shorter than `len`.
pub async fn read_exact(stream: &mut Conn, buffer: &mut Buf, len: usize) -> Result<(), IoError> {
    let mut done = 0;
    while done < len {
        let read = Counted::new(buffer, stream.recv(), done..len).await?;
        if read == 0 {
            return Err(IoError::Eof);
        }
        done += read;
    }
    Ok(())
}

/// Writes all of the first `len` bytes.
///
/// # Cancellation
/// As [`Counted`]; nothing says how much was written.
///
/// # Errors
/// Those of the system; how much was written until then is not said.
///
/// # Panics
/// When the buffer is shorter than `len`.
pub async fn write_all(stream: &mut Conn, buffer: &mut Buf, len: usize) -> Result<(), IoError> {
    let mut done = 0;
    while done < len {
        done += Counted::new(buffer, stream.send(), done..len).await?;
    }
    Ok(())
}

/// Reads at a place of the file, at most the buffer's length; zero at its end.
///
/// # Errors
/// As [`read`].
pub fn read_at<'b>(file: &'b mut File, buffer: &'b mut Buf, offset: u64) -> Counted<'b> {
    let len = buffer.len();
    Counted::new(buffer, file.at(offset), 0..len)
}

/// Reads from the simulated device for nominally `ms` milliseconds; ready with the bytes.
pub fn device_read(buffer: &mut Buf, ms: u32) -> Counted<'_> {
    let len = buffer.len();
    Counted::new(buffer, ops::Device { ms }.into(), 0..len)
}
