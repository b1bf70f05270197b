//! One call of a case, and what to think of it.

use std::cell::Cell as Flag;
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};

use contract::{Metric, World};
use record::{Outcome, Receipt, Role, Status};

use crate::registry::{Cell, role};
use crate::{backend, counts, load, region};

/// What one call led to.
#[derive(Clone, Debug)]
pub struct Observed {
    /// What happened to the hazard.
    pub outcome: Outcome,
    /// How badly, in the workload's unit.
    pub severity: u32,
    /// What the call did, as far as it came.
    pub receipt: Receipt,
    /// Whether the watchdog of virtual time ended the run.
    pub watchdog: bool,
    /// Virtual milliseconds at the end; absent after the watchdog and after a panic.
    pub finish_ms: Option<u32>,
    /// Metrics that the judge computed.
    pub judged: BTreeMap<String, u64>,
    /// Message of the panic, if the call panicked.
    pub panic: Option<String>,
    /// Whether the ledger lost events.
    pub overflowed: bool,
}

thread_local! {
    static CATCHING: Flag<bool> = const { Flag::new(false) };
}

/// Silences panics that [`caught`] will turn into a result. Call once per process.
pub fn install_panic_hook() {
    let inherited = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !CATCHING.get() {
            inherited(info);
        }
    }));
}

/// Runs `f`; a panic becomes its message.
///
/// # Errors
/// The message of the panic.
pub fn caught<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    let outer = CATCHING.replace(true);
    // What a panic may leave half-done is in the world, which is reset before it is used
    // again, and in the design's own frames, which unwinding has dropped.
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    CATCHING.set(outer);
    result.map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(|&text| text.to_owned());
        text.or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic without a message".to_owned())
    })
}

/// Calls the case once on the world as it is, on the driver of its runtime. In the counting
/// build the counters of the call are among the world's metrics afterwards, because a judge
/// may decide by them.
///
/// # Errors
/// The message of a panic.
pub fn call(world: &'static World, cell: &Cell) -> Result<(), String> {
    let called = attended(world, cell);
    drop(load::finish());
    called
}

/// As [`call`], and the load that the run was given is left for the caller to end.
///
/// # Errors
/// The message of a panic.
pub(crate) fn attended(world: &'static World, cell: &Cell) -> Result<(), String> {
    let (run, params) = (std::hint::black_box(cell.case.run), &cell.params);
    backend::select(&cell.key.runtime);
    counts::reset();
    let called = caught(|| run(world, params));
    // Of a measured part, they were taken at its end.
    if world.had_region() {
        region::settle(world);
    } else {
        counts::publish(world);
    }
    called
}

/// Judges what `called` left in the world. The judge adds its metrics there too.
#[must_use]
pub fn judge(world: &'static World, cell: &Cell, called: Result<(), String>) -> Observed {
    let watchdog = world.ledger().watchdog_fired();
    let before: BTreeMap<Metric, u64> = world.metrics().iter().collect();
    let (outcome, severity) = if called.is_err() {
        (Outcome::Panics, 0)
    } else {
        let judged = (cell.case.judge)(world.ledger(), &cell.params, world.metrics());
        match judged.outcome {
            contract::Outcome::Occurs => (Outcome::Occurs, judged.severity),
            // Nothing could move any more, and the judge did not take that for its hazard.
            contract::Outcome::Absent if watchdog => (Outcome::Hang, 0),
            contract::Outcome::Absent => (Outcome::Absent, 0),
        }
    };
    let computed = world.metrics().iter().filter(|(metric, v)| before.get(metric) != Some(v));
    Observed {
        outcome,
        severity,
        receipt: Receipt(world.ledger().receipt()),
        watchdog,
        finish_ms: (!watchdog && called.is_ok()).then(|| world.now_ms()),
        judged: computed.map(|(metric, value)| (metric.id().to_owned(), value)).collect(),
        panic: called.err(),
        overflowed: world.ledger().overflowed(),
    }
}

impl Observed {
    /// Whether the values count: half a story does not, and neither does a workload whose
    /// control shows the hazard, because then the workload is broken.
    #[must_use]
    pub fn status(&self, cell: &Cell) -> Status {
        if self.overflowed {
            return Status::not("failed", "ledger overflow");
        }
        if role(cell.case.role) == Role::Hazard {
            return Status::Ok;
        }
        match (self.outcome, &self.panic) {
            (_, Some(message)) => {
                Status::not("failed", format_args!("control panicked: {message}"))
            }
            (Outcome::Absent, None) => Status::Ok,
            (Outcome::Hang, None) => Status::not("failed", "control hung"),
            _ => Status::not("failed", "control fired"),
        }
    }
}
