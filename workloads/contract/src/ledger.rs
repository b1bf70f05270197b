//! The append-only log of what the environment saw.

use core::cell::Cell;

/// Events kept per run. A bare-metal board has a few kilobytes for them.
pub(crate) const CAPACITY: usize = if cfg!(target_os = "none") { 768 } else { 16_384 };

/// `kind` of the event that the watchdog of virtual time writes. Kinds of workloads
/// start at 1.
pub const WATCHDOG: u16 = 0;

/// Actor of what the device did. Workloads number their actors from 0.
pub const DEVICE: u16 = u16::MAX;

/// `kind` of the event that a resource was opened; `item` is its number. The kinds of the
/// environment lie above those that workloads use.
pub const OPENED: u16 = 0xFF01;

/// `kind` of the event that a resource was used.
pub const USED: u16 = 0xFF02;

/// `kind` of the event that a resource was closed.
pub const CLOSED: u16 = 0xFF03;

/// One thing that the environment saw. Fixed-width fields, so that a server and a
/// microcontroller write the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Event {
    /// Virtual milliseconds since the run began, rounded down.
    pub at_ms: u32,
    /// Who: a number that the workload gives to a job, a device or a sink.
    pub actor: u16,
    /// What happened; the workload names its kinds.
    pub kind: u16,
    /// Which item it happened to.
    pub item: u32,
    /// A value that belongs to the event.
    pub value: i32,
}

impl Event {
    const EMPTY: Event = Event { at_ms: 0, actor: 0, kind: 0, item: 0, value: 0 };

    /// The event as the sixteen little-endian bytes that receipts are made of.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[0..4].copy_from_slice(&self.at_ms.to_le_bytes());
        bytes[4..6].copy_from_slice(&self.actor.to_le_bytes());
        bytes[6..8].copy_from_slice(&self.kind.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.item.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.value.to_le_bytes());
        bytes
    }
}

/// An append-only log of [`Event`]s with a fixed capacity.
///
/// More events than fit set [`Ledger::overflowed`], which makes the cell fail: a judge
/// must never decide on half a story.
#[derive(Debug)]
pub struct Ledger {
    events: [Cell<Event>; CAPACITY],
    len: Cell<usize>,
    overflowed: Cell<bool>,
}

impl Ledger {
    pub(crate) const fn new() -> Ledger {
        Ledger {
            events: [const { Cell::new(Event::EMPTY) }; CAPACITY],
            len: Cell::new(0),
            overflowed: Cell::new(false),
        }
    }

    pub(crate) fn reset(&self) {
        self.len.set(0);
        self.overflowed.set(false);
    }

    /// Appends one event.
    pub fn log(&self, event: Event) {
        let len = self.len.get();
        match self.events.get(len) {
            Some(slot) => {
                slot.set(event);
                self.len.set(len + 1);
            }
            None => self.overflowed.set(true),
        }
    }

    /// Whether events were lost because the ledger was full.
    #[must_use]
    pub fn overflowed(&self) -> bool {
        self.overflowed.get()
    }

    /// Number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len.get()
    }

    /// Whether nothing was logged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All events in order, those after the watchdog included.
    pub fn all(&self) -> impl Iterator<Item = Event> + '_ {
        self.events.iter().take(self.len()).map(Cell::get)
    }

    /// The events a judge may read: everything before the watchdog fired. What a design
    /// does while it is being cancelled by the watchdog is no result.
    pub fn events(&self) -> impl Iterator<Item = Event> + '_ {
        self.all().take_while(|event| event.kind != WATCHDOG)
    }

    /// The events of one kind, before the watchdog.
    pub fn of_kind(&self, kind: u16) -> impl Iterator<Item = Event> + '_ {
        self.events().filter(move |event| event.kind == kind)
    }

    /// Number of events of one kind, before the watchdog.
    #[must_use]
    pub fn count(&self, kind: u16) -> u32 {
        self.of_kind(kind).fold(0, |n, _| n + 1)
    }

    /// Whether the watchdog of virtual time ended the run: nothing could move any more.
    #[must_use]
    pub fn watchdog_fired(&self) -> bool {
        self.all().any(|event| event.kind == WATCHDOG)
    }

    /// Checksum of what the run did: FNV-1a (64 bit, Fowler, Noll and Vo) over the bytes
    /// of all events in order.
    #[must_use]
    pub fn receipt(&self) -> u64 {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        for event in self.all() {
            for byte in event.to_bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
        hash
    }
}
