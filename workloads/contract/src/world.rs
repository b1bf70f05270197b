//! The environment of one run.

use core::cell::Cell;

use crate::line::SILENT_FROM_US;
use crate::{
    CLOSED, DEVICE, Drivers, Event, LINES, Ledger, Line, Metric, MockDev, OPENED, Script, USED,
    WATCHDOG,
};

/// Virtual time after which a run counts as stuck, in milliseconds (one hour).
pub const WATCHDOG_MS: u32 = 3_600_000;
const _: () = assert!(SILENT_FROM_US == 2 * WATCHDOG_MS as u64 * 1000);

/// The environment of one run: clock, ledger, devices, script and the values that only
/// the workload can know. `&'static` and single-threaded; reset between runs without
/// allocating, and never under a live task. A new one is all zeros, so that firmware holds it
/// in `.bss` and not in flash.
#[derive(Debug)]
pub struct World {
    now_us: Cell<u64>,
    ledger: Ledger,
    metrics: Metrics,
    script: Script,
    device: MockDev,
    lines: [Line; LINES],
    on_stuck: Cell<Option<fn(&World) -> !>>,
    on_region: Cell<Option<Region>>,
    region: Cell<Part>,
    on_serving: Cell<Option<Serving>>,
    /// Drivers that this run does without: nothing, and so zero, at first.
    spared: Cell<Drivers>,
}

/// What a runner does when a run begins to serve on a loopback port.
pub type Serving = fn(&World, u16, Load);

/// What a run that serves wants from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// So many connections that send nothing and stay until the run ends, from another
    /// process, because one process may not hold both ends of all of them.
    Idle(u32),
    /// Requests at intended times on so many connections, which are closed at the end.
    OpenLoop(u32),
}

/// What a runner does at the edges of the measured part of a run.
#[derive(Clone, Copy, Debug)]
pub struct Region {
    /// Called by [`World::begin`].
    pub begin: fn(&World),
    /// Called by [`World::end`].
    pub end: fn(&World),
}

/// Where a run stands with respect to its measured part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Before,
    Within,
    After,
}

impl Default for World {
    fn default() -> Self {
        World::new()
    }
}

impl World {
    /// A world at time zero with an empty ledger.
    #[must_use]
    pub const fn new() -> World {
        World {
            now_us: Cell::new(0),
            ledger: Ledger::new(),
            metrics: Metrics::new(),
            script: Script::new(),
            device: MockDev::new(),
            lines: [const { Line::new() }; LINES],
            on_stuck: Cell::new(None),
            on_region: Cell::new(None),
            region: Cell::new(Part::Before),
            on_serving: Cell::new(None),
            spared: Cell::new(Drivers::NONE),
        }
    }

    /// Back to time zero: empty ledger, idle devices, no values, the script as written.
    /// Allocates nothing. The caller guarantees that no task of the last run is alive.
    pub fn reset(&self) {
        self.now_us.set(0);
        self.ledger.reset();
        self.metrics.reset();
        self.script.choose(0, 0);
        self.device.reset();
        self.lines.iter().for_each(Line::reset);
        self.region.set(Part::Before);
        self.spared.set(Drivers::NONE);
    }

    /// Virtual time in microseconds.
    #[must_use]
    pub fn now_us(&self) -> u64 {
        self.now_us.get()
    }

    /// Virtual time in milliseconds, rounded down.
    #[must_use]
    pub fn now_ms(&self) -> u32 {
        u32::try_from(self.now_us() / 1000).unwrap_or(u32::MAX)
    }

    /// Moves the clock; only a driver does. Time never runs backwards.
    pub fn advance_to_us(&self, at_us: u64) {
        self.now_us.set(self.now_us.get().max(at_us));
    }

    /// Logs one event at the current virtual time.
    pub fn log(&self, actor: u16, kind: u16, item: u32, value: i32) {
        self.ledger.log(Event { at_ms: self.now_ms(), actor, kind, item, value });
    }

    /// What the environment saw.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Values that only the workload can know, such as the size of an operation.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// How long the environment takes in this schedule.
    #[must_use]
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// The simulated device of this world.
    #[must_use]
    pub fn device(&self) -> &MockDev {
        &self.device
    }

    /// The input lines of this world.
    #[must_use]
    pub fn lines(&self) -> &[Line; LINES] {
        &self.lines
    }

    /// The device opened a resource: logs [`OPENED`] and gives the resource its number.
    /// A driver calls it when such an operation completes, whatever still waits for it.
    pub fn open(&self) -> i32 {
        let number = self.device.open();
        self.log(DEVICE, OPENED, number.unsigned_abs(), 0);
        number
    }

    /// Something used a resource: logs [`USED`].
    pub fn use_resource(&self, number: i32) {
        self.log(DEVICE, USED, number.unsigned_abs(), 0);
    }

    /// Something closed a resource: logs [`CLOSED`].
    pub fn close(&self, number: i32) {
        self.log(DEVICE, CLOSED, number.unsigned_abs(), 0);
    }

    /// Lets an edge arrive on a line every `period_ms` from now on.
    pub fn start_line(&self, line: usize, period_ms: u32) {
        self.lines[line].start(self.now_us(), period_ms, &self.script);
    }

    /// Marks the ledger: nothing can move any more. A driver calls it once, and the
    /// executor then cancels the root.
    pub fn fire_watchdog(&self) {
        self.advance_to_us(u64::from(WATCHDOG_MS) * 1000);
        self.log(0, WATCHDOG, 0, 0);
    }

    /// Begins the measured part of this run. A workload that sets something up (sockets,
    /// connections, a first round) calls it where the steady state begins; one that does not
    /// call it is measured as a whole. What is left out is what the workload's text names as
    /// set-up, and nothing else.
    ///
    /// # Panics
    /// When the run has a measured part already.
    pub fn begin(&self) {
        assert!(self.region.get() == Part::Before, "a run has one measured part");
        self.region.set(Part::Within);
        if let Some(region) = self.on_region.get() {
            (region.begin)(self);
        }
    }

    /// Ends the measured part, in which `ops` operations were made ([`Metric::Ops`]).
    ///
    /// # Panics
    /// Without [`World::begin`] before.
    pub fn end(&self, ops: u64) {
        assert!(self.region.get() == Part::Within, "the measured part has not begun");
        if let Some(region) = self.on_region.get() {
            (region.end)(self);
        }
        self.region.set(Part::After);
        self.metrics.set(Metric::Ops, ops);
    }

    /// Whether this run had a measured part of its own, from beginning to end.
    #[must_use]
    pub fn had_region(&self) -> bool {
        self.region.get() == Part::After
    }

    /// What a runner does at the edges of the measured part. Kept by [`World::reset`].
    pub fn on_region(&self, region: Option<Region>) {
        self.on_region.set(region);
    }

    /// Says that the run serves on this loopback port from now on, and what it waits for. A
    /// runner that brings load from outside starts it; without one nothing will connect.
    pub fn serving(&self, port: u16, load: Load) {
        if let Some(hook) = self.on_serving.get() {
            hook(self, port, load);
        }
    }

    /// Whether a runner brings load from outside.
    #[must_use]
    pub fn has_load(&self) -> bool {
        self.on_serving.get().is_some()
    }

    /// What a runner does when a run begins to serve. Kept by [`World::reset`].
    pub fn on_serving(&self, hook: Option<Serving>) {
        self.on_serving.set(hook);
    }

    /// Says, before the run begins, which drivers of a foreign runtime it uses. Without a word
    /// it gets all.
    pub fn uses(&self, drivers: Drivers) {
        self.spared.set(drivers.others());
    }

    /// What this run uses of a foreign runtime.
    #[must_use]
    pub fn drivers(&self) -> Drivers {
        self.spared.get().others()
    }

    /// What a runner wants done when a cancelled root does not drain. It cannot return:
    /// the frames of the root may not be freed.
    pub fn on_stuck(&self, hook: fn(&World) -> !) {
        self.on_stuck.set(Some(hook));
    }

    /// Ends the launch because a cancelled root does not drain.
    ///
    /// # Panics
    /// Without a hook of [`World::on_stuck`], which is a mistake of the runner.
    pub fn stuck(&self) -> ! {
        match self.on_stuck.get() {
            Some(hook) => hook(self),
            None => panic!("a cancelled root did not drain, and the runner has no on_stuck hook"),
        }
    }
}

/// Values by metric, each present or absent.
#[derive(Debug)]
pub struct Metrics {
    values: [Cell<Option<u64>>; Metrics::LEN],
}

impl Metrics {
    const LEN: usize = Metric::ALL.len();

    const fn new() -> Metrics {
        Metrics { values: [const { Cell::new(None) }; Metrics::LEN] }
    }

    fn reset(&self) {
        for value in &self.values {
            value.set(None);
        }
    }

    /// Sets a value, in the unit of the registry.
    pub fn set(&self, metric: Metric, value: u64) {
        self.values[metric as usize].set(Some(value));
    }

    /// Adds to a value; an absent one counts as zero.
    pub fn add(&self, metric: Metric, value: u64) {
        self.set(metric, self.get(metric).unwrap_or(0).saturating_add(value));
    }

    /// Raises a value to at least `value`.
    pub fn max(&self, metric: Metric, value: u64) {
        self.set(metric, self.get(metric).unwrap_or(0).max(value));
    }

    /// The value, if the workload gave one.
    #[must_use]
    pub fn get(&self, metric: Metric) -> Option<u64> {
        self.values[metric as usize].get()
    }

    /// All values that are present, in the order of the registry.
    pub fn iter(&self) -> impl Iterator<Item = (Metric, u64)> + '_ {
        Metric::ALL.iter().filter_map(|&metric| Some((metric, self.get(metric)?)))
    }
}
