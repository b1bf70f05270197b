//! What a driver asks an operation, and the words of the answers.
//!
//! Nothing in here knows a driver. A question that one kind of driver asks is answered in plain
//! data: an [`Entry`] is what a ring is given, not where and how it is written.

#[cfg(feature = "io")]
use core::mem::MaybeUninit;
#[cfg(feature = "io")]
use core::net::SocketAddrV4;
#[cfg(feature = "io")]
use std::os::fd::RawFd;

#[cfg(feature = "io")]
use rustix::io::Errno;
#[cfg(feature = "io")]
use rustix::io_uring::IoringOp;

/// Result of an operation that this driver does not have (`EOPNOTSUPP`).
pub const UNSUPPORTED: i32 = -95;

/// Result of an operation that a device had no place for (`EBUSY`).
pub const BUSY: i32 = -16;

/// An operation of the completion face. Its file answers what any driver asks; an answer that is
/// left out is the one that is given here.
///
/// The constants are asked through the table, whose match is folded into that of the caller: a
/// driver that asks for a property pays for a comparison of kinds and for no call.
pub(crate) trait Operation: Copy {
    /// What its result stands for.
    const YIELDS: Yields;

    /// What a driver of readiness waits for, before it makes the call.
    #[cfg(feature = "io")]
    const WAITS: Waits = Waits::Never;

    /// Which way bytes go through a socket, if they do.
    #[cfg(feature = "io")]
    const STREAM: Option<Way> = None;

    /// Without a byte to move it ends with zero, and waits for none.
    #[cfg(feature = "io")]
    const NEEDS_BYTES: bool = false;

    /// Operations of this kind on one descriptor wait in a line of the system, from which an event
    /// wakes only the first.
    #[cfg(feature = "io")]
    const IN_TURN: bool = false;

    /// How many milliseconds the simulated device takes, nominally, if it is one of that device.
    fn device_ms(self) -> Option<u32> {
        None
    }

    /// The descriptor that it names.
    #[cfg(feature = "io")]
    fn fd(self) -> Option<RawFd> {
        None
    }

    /// How a ring is told of it.
    #[cfg(feature = "io")]
    fn form(self, memory: Memory) -> Form {
        let _ = memory;
        Form::Refused(UNSUPPORTED)
    }

    /// Its system call. One that [`Waits::Blocks`] blocks; any other fails with `EAGAIN` where it
    /// would. What was moved, or a descriptor.
    ///
    /// # Safety
    /// The descriptor is open, and the memory is lent; it is not empty where
    /// [`Operation::NEEDS_BYTES`].
    #[cfg(feature = "io")]
    unsafe fn call(self, memory: Memory) -> Result<usize, Errno> {
        let _ = memory;
        Err(Errno::OPNOTSUPP)
    }
}

/// What the result of an operation stands for. Where no leaf is left to take it, it has to be
/// released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Yields {
    /// Nothing but itself.
    #[cfg(feature = "io")]
    Nothing,
    /// Bytes in the caller's memory.
    Bytes,
    /// Bytes in a buffer of the driver's pool.
    #[cfg(feature = "io")]
    Chosen,
    /// An open descriptor.
    #[cfg(feature = "io")]
    Descriptor,
    /// An open resource of the simulated device.
    Resource,
}

/// What a driver of readiness waits for.
#[cfg(feature = "io")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waits {
    /// For something to come through the descriptor.
    Readable,
    /// For the descriptor to take something.
    Writable,
    /// For nothing: the system does not say when it is ready, so a helper makes a call that blocks.
    Blocks,
    /// A driver of readiness does not have it.
    Never,
}

/// Which way bytes go through a socket.
#[cfg(feature = "io")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    In,
    Out,
}

/// The memory of an operation.
#[cfg(feature = "io")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) pointer: *mut u8,
    pub(crate) len: usize,
}

#[cfg(feature = "io")]
impl Memory {
    /// As much of it as the result of a call can tell of.
    #[inline]
    pub(crate) fn for_call(self) -> Memory {
        Memory { len: self.len.min(i32::MAX as usize), ..self }
    }

    /// It, to be filled.
    ///
    /// # Safety
    /// It is lent for writing for as long as `'a`, and not empty.
    #[inline]
    pub(crate) unsafe fn room<'a>(self) -> &'a mut [MaybeUninit<u8>] {
        // SAFETY: the caller's promise; bytes need no value.
        unsafe { core::slice::from_raw_parts_mut(self.pointer.cast(), self.len) }
    }

    /// It, to be sent from.
    ///
    /// # Safety
    /// It is lent for reading for as long as `'a`, and not empty.
    #[inline]
    pub(crate) unsafe fn bytes<'a>(self) -> &'a [u8] {
        // SAFETY: the caller's promise.
        unsafe { core::slice::from_raw_parts(self.pointer, self.len) }
    }

    /// Its length in an entry. The kernel moves fewer bytes than that in one operation anyway.
    #[inline(always)]
    pub(crate) fn entry_len(self) -> u32 {
        u32::try_from(self.len).unwrap_or(u32::MAX)
    }
}

/// How a ring is told of an operation.
#[cfg(feature = "io")]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// As an entry.
    Entry(Entry),
    /// As an entry that points to an address, for which the driver has a place.
    Named(Entry, SocketAddrV4),
    /// Not at all. This is its result.
    Refused(i32),
}

/// What an operation puts into the entry of a ring. The driver adds its own: whose entry it is, how
/// the descriptor is named, and where the kernel chooses buffers from.
#[cfg(feature = "io")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) code: IoringOp,
    pub(crate) fd: RawFd,
    pub(crate) pointer: *mut u8,
    pub(crate) len: u32,
    pub(crate) offset: u64,
    /// Flags of the call that it stands for.
    pub(crate) flags: u32,
    /// The kernel chooses a buffer.
    pub(crate) chooses: bool,
}

/// Takes the entry of an operation, and the way that bytes go through its socket. A trait and no
/// closure, because a closure cannot ask to be inlined.
#[cfg(feature = "io")]
pub(crate) trait TakeEntry {
    fn take(self, entry: Entry, stream: Option<Way>);
}

#[cfg(feature = "io")]
impl Entry {
    /// One of a descriptor, without memory.
    #[inline(always)]
    pub(crate) fn new(code: IoringOp, fd: RawFd) -> Entry {
        let pointer = core::ptr::null_mut();
        Entry { code, fd, pointer, len: 0, offset: 0, flags: 0, chooses: false }
    }

    /// One of a descriptor and all of the memory.
    #[inline(always)]
    pub(crate) fn over(code: IoringOp, fd: RawFd, memory: Memory) -> Entry {
        Entry { pointer: memory.pointer, len: memory.entry_len(), ..Entry::new(code, fd) }
    }
}
