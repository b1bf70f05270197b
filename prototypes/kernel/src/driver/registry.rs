//! Descriptors that a driver has told the system of, each under its own number, and that it has to
//! take back before they close.

use core::cell::Cell;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::rc::{Rc, Weak};

use rustix::process::{Pid, getpid};

/// Descriptors of which something is known; nothing is of higher ones.
pub(super) const DESCRIPTORS: usize = 16 * 1024;
/// In the state of a descriptor: it is registered. The other bits are the driver's.
pub(super) const REGISTERED: u8 = 1;

/// What is known, by descriptor. A driver holds it, and so do the descriptors that it registered.
#[derive(Debug)]
pub struct Registry {
    states: [Cell<u8>; DESCRIPTORS],
    /// What they are registered with. Gone with the driver; descriptors may stay longer.
    with: Weak<OwnedFd>,
    /// The process that made it: what a forked child has a copy of is its parent's.
    owner: Pid,
    /// How one is taken back.
    leave: fn(&OwnedFd, RawFd),
}

impl Registry {
    pub(super) fn new(with: &Rc<OwnedFd>, leave: fn(&OwnedFd, RawFd)) -> Registry {
        Registry {
            states: [const { Cell::new(0) }; DESCRIPTORS],
            with: Rc::downgrade(with),
            owner: getpid(),
            leave,
        }
    }

    #[inline(always)]
    pub(super) fn of(&self, fd: RawFd) -> Option<&Cell<u8>> {
        self.states.get(usize::try_from(fd).ok()?)
    }

    /// Registers a descriptor if `enter` can.
    pub(super) fn register(
        registry: &Rc<Registry>,
        fd: OwnedFd,
        enter: impl FnOnce(&OwnedFd, RawFd) -> bool,
    ) -> RegisteredFd {
        let number = fd.as_raw_fd();
        if let Some(with) = registry.with.upgrade()
            && enter(&with, number)
            && let Some(state) = registry.of(number)
        {
            state.set(REGISTERED);
        }
        RegisteredFd { registry: Rc::clone(registry), fd }
    }

    /// How many are registered.
    pub(super) fn registered(&self) -> usize {
        self.states.iter().filter(|state| state.get() & REGISTERED != 0).count()
    }

    /// Takes one back.
    fn forget(&self, fd: RawFd) {
        let Some(state) = self.of(fd) else { return };
        if state.replace(0) & REGISTERED == 0 || self.owner != getpid() {
            return;
        }
        if let Some(with) = self.with.upgrade() {
            (self.leave)(&with, fd);
        }
    }
}

/// An open descriptor that a driver was told of. The driver takes it back, then it closes. Both
/// names go to the next descriptor, so its owner sees to it before that what still is to use this
/// one is handed over (`leaf::socket`).
#[derive(Debug)]
pub struct RegisteredFd {
    registry: Rc<Registry>,
    fd: OwnedFd,
}

impl AsFd for RegisteredFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Drop for RegisteredFd {
    fn drop(&mut self) {
        self.registry.forget(self.fd.as_raw_fd());
    }
}
