//! What a run needs of a runtime that is not ours.

/// The drivers of a foreign runtime that a run uses.
///
/// Runtimes such as tokio let a program choose its drivers, and one that is enabled costs
/// system calls and instructions at every wait, used or not. Peers enable what they use; a
/// workload says the same for the designs, with [`World::uses`](crate::World::uses), so that
/// both sides of a comparison run on the same runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drivers {
    /// Readiness of sockets.
    pub sockets: bool,
    /// Timers.
    pub clock: bool,
}

impl Drivers {
    /// Everything that there is: what a run gets that says nothing.
    pub const ALL: Drivers = Drivers { sockets: true, clock: true };
    /// Tasks that wait for each other only, or for files, which a runtime hands to threads.
    pub const NONE: Drivers = Drivers { sockets: false, clock: false };
    /// Sockets and no timers.
    pub const SOCKETS: Drivers = Drivers { sockets: true, clock: false };
    /// Timers and no sockets.
    pub const CLOCK: Drivers = Drivers { sockets: false, clock: true };

    /// What there is besides these.
    pub(crate) const fn others(self) -> Drivers {
        Drivers { sockets: !self.sockets, clock: !self.clock }
    }
}
