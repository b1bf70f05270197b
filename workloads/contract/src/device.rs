//! A simulated device that fills lent buffers, and opens resources, at scripted times.

use core::cell::Cell;

/// Operations that may be in flight at once.
const SLOTS: usize = 16;

/// Result of an operation that was cancelled before it happened.
pub const CANCELLED: i32 = -125;

/// Leases that may be live at once.
const LEASES: usize = 32;

/// Names one submission. A finished id is never valid again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpId {
    slot: u16,
    generation: u16,
}

/// A buffer lent to the device: an address-free ticket with a generation, so that an
/// access through a lease that has ended can be *counted* instead of being undefined.
/// `Lease(0)` is a buffer that nothing keeps count of; [`MockDev::lend`] gives out the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease(pub u32);

impl Lease {
    /// The place is in the low byte, its generation above; an odd generation is live.
    const GENERATION: u32 = 8;

    fn place(self) -> usize {
        self.0.to_le_bytes()[0].into()
    }

    fn generation(self) -> u32 {
        self.0 >> Lease::GENERATION
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Free,
    InFlight { at_us: u64, len: i32, lease: Lease },
    Cancelling { at_us: u64, lease: Lease },
}

/// The simulated device. It acknowledges every submission exactly once, also a cancelled
/// one; which of the two answers comes is decided by what is due first.
#[derive(Debug)]
pub struct MockDev {
    ops: [Cell<State>; SLOTS],
    generations: [Cell<u16>; SLOTS],
    /// Operations that are not free; zero spares the driver a look at every slot.
    in_flight: Cell<u32>,
    /// The generation of every place for a lease.
    leases: [Cell<u32>; LEASES],
    stale_writes: Cell<u32>,
    cancels: Cell<u32>,
    /// Number of the resource that was opened last.
    opened: Cell<i32>,
}

impl MockDev {
    pub(crate) const fn new() -> MockDev {
        MockDev {
            ops: [const { Cell::new(State::Free) }; SLOTS],
            generations: [const { Cell::new(0) }; SLOTS],
            in_flight: Cell::new(0),
            leases: [const { Cell::new(0) }; LEASES],
            stale_writes: Cell::new(0),
            cancels: Cell::new(0),
            opened: Cell::new(0),
        }
    }

    pub(crate) fn reset(&self) {
        for op in &self.ops {
            op.set(State::Free);
        }
        for generation in &self.generations {
            generation.set(0);
        }
        self.in_flight.set(0);
        for lease in &self.leases {
            lease.set(0);
        }
        self.stale_writes.set(0);
        self.cancels.set(0);
        self.opened.set(0);
    }

    /// Begins a lease: the owner of a buffer lets the device write into it. `None` when all
    /// places are taken.
    #[must_use]
    pub fn lend(&self) -> Option<Lease> {
        let place = self.leases.iter().position(|lease| lease.get() % 2 == 0)?;
        // Wraps within what a lease can carry, and stays odd.
        let generation = (self.leases[place].get() + 1) & (u32::MAX >> Lease::GENERATION);
        self.leases[place].set(generation);
        let place = u32::try_from(place).expect("LEASES is below 256");
        Some(Lease(generation << Lease::GENERATION | place))
    }

    /// Ends a lease: the owner uses the memory for something else from now on, whatever the
    /// device still does. Nothing for one that has ended.
    pub fn end(&self, lease: Lease) {
        if lease != Lease(0) && self.is_live(lease) {
            self.leases[lease.place()].set(lease.generation() + 1);
        }
    }

    /// Whether the device may write through a lease.
    #[must_use]
    pub fn is_live(&self, lease: Lease) -> bool {
        let now = self.leases.get(lease.place()).map(Cell::get);
        let lent = lease.generation() % 2 == 1 && now == Some(lease.generation());
        lease == Lease(0) || lent
    }

    /// Operations that moved bytes through a lease that had ended.
    #[must_use]
    pub fn stale_writes(&self) -> u32 {
        self.stale_writes.get()
    }

    /// Requests to give up that the device got, whatever became of them.
    #[must_use]
    pub fn cancels(&self) -> u32 {
        self.cancels.get()
    }

    /// The number of a resource that was not opened before, from 1.
    pub(crate) fn open(&self) -> i32 {
        let number = self.opened.get() + 1;
        self.opened.set(number);
        number
    }

    /// Takes an operation that will move `len` bytes at `at_us`. `None` when all places
    /// are taken: the caller waits for a completion and submits again.
    #[must_use]
    pub fn submit(&self, lease: Lease, len: u32, at_us: u64) -> Option<OpId> {
        let slot = self.ops.iter().position(|op| op.get() == State::Free)?;
        let len = i32::try_from(len).unwrap_or(i32::MAX);
        self.ops[slot].set(State::InFlight { at_us, len, lease });
        self.in_flight.set(self.in_flight.get() + 1);
        let slot16 = u16::try_from(slot).expect("SLOTS is far below 65536");
        Some(OpId { slot: slot16, generation: self.generations[slot].get() })
    }

    /// Asks the device to give up. The answer still arrives, exactly once: [`CANCELLED`],
    /// or the real result if the operation was already due.
    pub fn cancel(&self, id: OpId, now_us: u64) {
        self.cancels.set(self.cancels.get() + 1);
        let Some(op) = self.slot(id) else { return };
        if let State::InFlight { at_us, lease, .. } = op.get()
            && at_us > now_us
        {
            op.set(State::Cancelling { at_us: now_us, lease });
        }
    }

    /// The next finished operation at `now_us`, with its lease and its result: bytes
    /// moved, or [`CANCELLED`]. Bytes that went through a lease that had ended are counted
    /// ([`MockDev::stale_writes`]).
    #[must_use]
    pub fn take_done(&self, now_us: u64) -> Option<(OpId, Lease, i32)> {
        if self.in_flight.get() == 0 {
            return None;
        }
        let due = |state: State| match state {
            State::InFlight { at_us, len, lease } if at_us <= now_us => Some((at_us, len, lease)),
            State::Cancelling { at_us, lease } if at_us <= now_us => {
                Some((at_us, CANCELLED, lease))
            }
            _ => None,
        };
        let (slot, (_, result, lease)) = self
            .ops
            .iter()
            .enumerate()
            .filter_map(|(slot, op)| Some((slot, due(op.get())?)))
            .min_by_key(|(_, (at_us, ..))| *at_us)?;
        let slot16 = u16::try_from(slot).expect("SLOTS is far below 65536");
        let id = OpId { slot: slot16, generation: self.generations[slot].get() };
        self.ops[slot].set(State::Free);
        self.generations[slot].set(id.generation.wrapping_add(1));
        self.in_flight.set(self.in_flight.get() - 1);
        if result > 0 && !self.is_live(lease) {
            self.stale_writes.set(self.stale_writes.get() + 1);
        }
        Some((id, lease, result))
    }

    /// When the next operation will be due, if one is in flight.
    #[must_use]
    pub fn next_at_us(&self) -> Option<u64> {
        if self.in_flight.get() == 0 {
            return None;
        }
        self.ops
            .iter()
            .filter_map(|op| match op.get() {
                State::Free => None,
                State::InFlight { at_us, .. } | State::Cancelling { at_us, .. } => Some(at_us),
            })
            .min()
    }

    fn slot(&self, id: OpId) -> Option<&Cell<State>> {
        let slot = usize::from(id.slot);
        (self.generations.get(slot)?.get() == id.generation).then(|| &self.ops[slot])
    }
}
