//! What a ring knows of sockets, by descriptor.
//!
//! # Which ones the last receive left empty
//!
//! A receive tries first and waits only when there is nothing, and on a socket that was just
//! emptied the try is in vain nearly always: the peer has not answered yet. The kernel says
//! with every receive whether something is left (`IORING_CQE_F_SOCK_NONEMPTY`) and takes the
//! advice to wait before it tries (`IORING_RECVSEND_POLL_FIRST`), both since Linux 5.19
//! (`io_uring_enter(2)`, `io_uring_prep_recv(3)`). It is worth a few percent of an echo's time
//! over loopback.
//!
//! Where the bytes came within the batch of the receive, behind a send that brought them, the
//! try is not in vain, and the next receive is not told to wait.
//!
//! An advice, and nothing more: where something has come meanwhile, the wait is over at once.
//! So a stale one, whose number belongs to another socket by now, does no harm.
//!
//! # Which ones are registered
//!
//! An entry that names a descriptor makes the kernel look it up in the process's table and count
//! a reference, twice, for every operation. A registered one lies in a table of the ring
//! (`io_uring_register_files(3)`), under its own number here, so that nothing is translated. It
//! saves some two percent of an echo's time and costs two system calls of a connection, which
//! are saved again after a dozen round trips.
//!
//! The table keeps a socket open. So only sockets that tell of their end are in it
//! ([`RegisteredFd`]):
//! they leave it before their descriptor is closed, and the peer hears of the close as soon as no
//! operation uses the socket any more.
//!
//! That holds since Linux 6.13. Before, what leaves the table is released in order, after the end
//! of every earlier operation on *any* registered file: one idle receive keeps every socket open
//! that is closed after it began, and two ends of a connection in one ring wait for each other for
//! ever. No feature says 6.13; the next one does, which came with 6.14 ([`RW_ATTR`]). Where it is
//! missing there is no table. There, where the kernel refuses the table, and where a number is too
//! high for it, a socket is named by its descriptor as any other.

use core::cell::Cell;
use core::ptr;
use std::os::fd::{OwnedFd, RawFd};
use std::rc::Rc;

use rustix::io::Errno;
use rustix::io_uring::{
    IoringCqeFlags, IoringFeatureFlags, IoringRecvFlags, IoringRegisterOp, IoringRsrcFlags,
    IoringSqeFlags, io_uring_ptr, io_uring_register, io_uring_rsrc_register, io_uring_rsrc_update,
};
use rustix::process::{Resource, getrlimit};

use crate::driver::registry::{DESCRIPTORS, REGISTERED, RegisteredFd, Registry};

/// The last receive left nothing and had to wait.
const DRAINED: u8 = REGISTERED << 1;

/// `IORING_FEAT_RW_ATTR` (Linux 6.14), which nothing here uses: it tells how old the kernel is.
const RW_ATTR: IoringFeatureFlags = IoringFeatureFlags::from_bits_retain(1 << 16);

/// Whether what leaves a ring's table is released when its own last operation has ended.
fn releases_at_once(features: IoringFeatureFlags) -> bool {
    features.contains(RW_ATTR)
}

/// Whether the ring has a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Table {
    /// May get one.
    ///
    /// Entered by the making of a ring whose kernel releases at once. Excludes nothing.
    NotAsked,
    /// With so many places.
    ///
    /// Entered from `NotAsked` by the first socket that asks. Stays as long as the ring.
    Has(u32),
    /// None, and never one.
    ///
    /// Entered by the making of a ring whose kernel releases in order, and from `NotAsked` where
    /// the kernel refuses the table. Excludes every registration: the kernel is not asked again.
    Refused,
}

/// What is known, by descriptor. A ring's driver holds it; sockets in its table hold the registry.
#[derive(Debug)]
pub struct Sockets {
    known: Rc<Registry>,
    table: Cell<Table>,
}

impl Sockets {
    pub(super) fn new(ring: &Rc<OwnedFd>, features: IoringFeatureFlags) -> Sockets {
        let table = if releases_at_once(features) { Table::NotAsked } else { Table::Refused };
        let leave = |ring: &OwnedFd, fd| {
            let gone = put(ring, fd, -1);
            debug_assert!(gone.is_ok(), "the place was taken: {gone:?}");
        };
        Sockets { known: Rc::new(Registry::new(ring, leave)), table: Cell::new(table) }
    }

    /// A receive has ended with these flags, `at_once` if within the batch of its entry.
    #[inline(always)]
    pub(super) fn note(&self, fd: RawFd, flags: u32, at_once: bool) {
        if let Some(state) = self.known.of(fd) {
            let drained = !at_once && flags & IoringCqeFlags::SOCK_NONEMPTY.bits() == 0;
            state.set(state.get() & REGISTERED | if drained { DRAINED } else { 0 });
        }
    }

    /// How an entry names a socket, and what a receive is told.
    #[inline(always)]
    pub(super) fn told(&self, fd: RawFd) -> (IoringSqeFlags, IoringRecvFlags) {
        let state = self.known.of(fd).map_or(0, Cell::get);
        let name = if state & REGISTERED != 0 {
            IoringSqeFlags::FIXED_FILE
        } else {
            IoringSqeFlags::empty()
        };
        let advice = if state & DRAINED != 0 {
            IoringRecvFlags::POLL_FIRST
        } else {
            IoringRecvFlags::empty()
        };
        (name, advice)
    }

    /// Registers a socket, if that can be.
    pub(crate) fn register(&self, fd: OwnedFd) -> RegisteredFd {
        Registry::register(&self.known, fd, |ring, number| {
            u32::try_from(number).is_ok_and(|number| number < self.places(ring))
                && put(ring, number, number).is_ok()
        })
    }

    /// Sockets in the ring's table.
    #[must_use]
    pub fn registered(&self) -> usize {
        self.known.registered()
    }

    /// Whether the ring has a table, or may get one.
    #[must_use]
    pub fn has_table(&self) -> bool {
        self.table.get() != Table::Refused
    }

    /// Places of the ring's table, which is made when the first socket asks for one. A kernel
    /// that refuses is not asked again.
    fn places(&self, ring: &OwnedFd) -> u32 {
        if self.table.get() == Table::NotAsked {
            // More than the process may open is refused.
            let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
            let places = usize::try_from(limit).map_or(DESCRIPTORS, |limit| limit.min(DESCRIPTORS));
            let places = u32::try_from(places).expect("so many descriptors");
            let made = make(ring, places).map(|()| Table::Has(places));
            self.table.set(made.unwrap_or(Table::Refused));
        }
        match self.table.get() {
            Table::Has(places) => places,
            _ => 0,
        }
    }
}

/// Makes a ring's table, of empty places.
fn make(ring: &OwnedFd, places: u32) -> Result<(), Errno> {
    let mut table = io_uring_rsrc_register::default();
    table.nr = places;
    table.flags = IoringRsrcFlags::REGISTER_SPARSE;
    let bytes = u32::try_from(size_of_val(&table)).expect("small");
    let operation = IoringRegisterOp::RegisterFiles2;
    // SAFETY: the kernel reads so many bytes of the argument and keeps nothing of it.
    unsafe { io_uring_register(ring, operation, ptr::from_ref(&table).cast(), bytes) }.map(drop)
}

/// Puts a descriptor, or -1 for none, at a place of a ring's table.
fn put(ring: &OwnedFd, place: RawFd, fd: RawFd) -> Result<(), Errno> {
    let mut update = io_uring_rsrc_update::default();
    update.offset = u32::try_from(place).map_err(|_| Errno::BADF)?;
    update.data = io_uring_ptr::new(ptr::from_ref(&fd).cast_mut().cast());
    let operation = IoringRegisterOp::RegisterFilesUpdate;
    // SAFETY: the kernel reads one descriptor behind the argument's pointer, which is on this
    // stack, and keeps nothing of either.
    unsafe { io_uring_register(ring, operation, ptr::from_ref(&update).cast(), 1) }.map(drop)
}

#[cfg(test)]
mod tests {
    use std::os::fd::{AsFd, AsRawFd};

    use super::*;

    fn sockets() -> Sockets {
        let null = std::fs::File::open("/dev/null").expect("there is one");
        Sockets::new(&Rc::new(null.into()), RW_ATTR)
    }

    #[test]
    fn kernels_that_release_in_order_have_no_table() {
        let of = |bits| {
            let ring = Rc::new(std::fs::File::open("/dev/null").expect("there is one").into());
            let features = IoringFeatureFlags::from_bits_retain(bits);
            (releases_at_once(features), Sockets::new(&ring, features).table.get())
        };
        // As of 5.19, 6.12 and 6.13; as of 6.14, 6.18, and alone.
        for bits in [0x1fff, 0xffff, 0] {
            assert_eq!(of(bits), (false, Table::Refused), "{bits:#x}");
        }
        for bits in [0x1_ffff, 0x3_ffff, 0x1_0000] {
            assert_eq!(of(bits), (true, Table::NotAsked), "{bits:#x}");
        }
    }

    #[test]
    fn waits_first_where_the_last_receive_left_nothing() {
        let sockets = sockets();
        assert!(sockets.told(70).1.is_empty(), "nothing is known of it");
        sockets.note(70, 0, false);
        assert_eq!(sockets.told(70).1, IoringRecvFlags::POLL_FIRST);
        assert!(sockets.told(71).1.is_empty(), "of another nothing is known");
        sockets.note(70, IoringCqeFlags::SOCK_NONEMPTY.bits(), false);
        assert!(sockets.told(70).1.is_empty(), "something is left");
        sockets.note(70, 0, true);
        assert!(sockets.told(70).1.is_empty(), "it did not wait");
    }

    #[test]
    fn descriptors_out_of_range_try_first_and_are_named_as_they_are() {
        let sockets = sockets();
        for fd in [-1, i32::MAX, i32::try_from(DESCRIPTORS).expect("small")] {
            sockets.note(fd, 0, false);
            assert_eq!(sockets.told(fd), (IoringSqeFlags::empty(), IoringRecvFlags::empty()));
        }
    }

    #[test]
    fn who_cannot_register_is_named_by_its_descriptor() {
        let ring: Rc<OwnedFd> = Rc::new(std::fs::File::open("/dev/null").expect("open").into());
        let sockets = Sockets::new(&ring, RW_ATTR);
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let known = sockets.register(socket.into());
        assert!(sockets.told(known.as_fd().as_raw_fd()).0.is_empty(), "that was no ring");
        assert!(!sockets.has_table());
    }
}
