//! What happens to a hazard under many schedules of the environment.

use contract::World;
use record::{Kind, Line, ScheduleResult, Status};

use crate::once::{self, Observed};
use crate::registry::{Cell, role};
use crate::{seed, stuck};

/// Which schedules to run.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// Schedules beyond the script as written, which is schedule 0.
    pub schedules: u32,
    /// Seed from which theirs are derived, see [`seed::of_schedule`].
    pub seed: u64,
    /// Jitter of every interval, in percent.
    pub jitter: u32,
}

/// Runs every schedule on a fresh world. The receipt of the line is that of schedule 0;
/// the first schedule whose result may not count gives the line its status.
#[must_use]
pub fn line(world: &'static World, cell: &Cell, launch: u32, ask: Ask) -> Line {
    let mut line = Line::new(Kind::Outcome, cell.key.clone(), launch, Status::Ok);
    line.role = Some(role(cell.case.role));
    for number in 0..=ask.schedules {
        world.reset();
        world.script().choose(seed::of_schedule(ask.seed, number), ask.jitter);
        let called = once::call(world, cell);
        let seen = once::judge(world, cell, called);
        if let (Status::Ok, Status::Not { word, reason }) = (&line.status, seen.status(cell)) {
            line.status = Status::not(&word, in_schedule(number, &reason));
        }
        if line.note.is_none() {
            line.note = seen.panic.as_ref().map(|m| in_schedule(number, &format!("panicked: {m}")));
        }
        let result = result(number, seen);
        stuck::finished(&result);
        line.receipt.get_or_insert(result.receipt);
        line.schedules.push(result);
    }
    line
}

fn result(schedule: u32, seen: Observed) -> ScheduleResult {
    ScheduleResult {
        schedule,
        outcome: seen.outcome,
        severity: seen.severity,
        receipt: seen.receipt,
        watchdog: seen.watchdog,
        finish_ms: seen.finish_ms,
        values: seen.judged,
    }
}

fn in_schedule(number: u32, reason: &str) -> String {
    match number {
        0 => reason.to_owned(),
        _ => format!("{reason} (schedule {number})"),
    }
}
