//! A simulated input line: edges at a period, as a button or an interrupt pin gives them.

use core::cell::Cell;

use crate::Script;

/// Lines of a world.
pub const LINES: usize = 2;

/// Lines are silent from here on: twice the watchdog, beyond which no run waits for anything. So
/// a clock that was put near its end brings neither edges without number nor an instant that it
/// cannot show.
pub(crate) const SILENT_FROM_US: u64 = 2 * 3_600_000 * 1000;

/// One input line. Idle until [`Line::start`]. On a board the line is wired to a timer of
/// the same period and this one stays idle.
#[derive(Debug)]
pub struct Line {
    period_ms: Cell<u32>,
    next_us: Cell<u64>,
    edges: Cell<u32>,
}

impl Line {
    pub(crate) const fn new() -> Line {
        Line { period_ms: Cell::new(0), next_us: Cell::new(0), edges: Cell::new(0) }
    }

    pub(crate) fn reset(&self) {
        self.period_ms.set(0);
        self.edges.set(0);
    }

    /// Lets an edge arrive every `period_ms` from now on.
    pub fn start(&self, now_us: u64, period_ms: u32, script: &Script) {
        self.period_ms.set(period_ms);
        self.next_us.set(now_us.saturating_add(script.interval_us(now_us, period_ms)));
    }

    /// Edges so far.
    #[must_use]
    pub fn edges(&self) -> u32 {
        self.edges.get()
    }

    /// When the next edge arrives, if the line was started and is not silent for good.
    #[must_use]
    pub fn next_at_us(&self) -> Option<u64> {
        let next_us = self.next_us.get();
        (self.period_ms.get() > 0 && next_us < SILENT_FROM_US).then_some(next_us)
    }

    /// Lets every edge arrive that is due. True if one did; only a driver calls it.
    pub fn arrive(&self, now_us: u64, script: &Script) -> bool {
        let mut arrived = false;
        while let Some(at_us) = self.next_at_us().filter(|at_us| *at_us <= now_us) {
            self.edges.set(self.edges.get().wrapping_add(1));
            self.next_us.set(at_us + script.interval_us(at_us, self.period_ms.get()).max(1));
            arrived = true;
        }
        arrived
    }
}
