//! What happens when a cancelled root does not drain: its frames may not be freed and the
//! world may not be reset under it, so the process says so and ends.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write;
use std::process;

use contract::World;
use record::{CellKey, Kind, Line, Outcome, Receipt, Role, ScheduleResult, Status};

use crate::registry::{Cell, role};

/// Exit code of a launch that ended because a root did not drain.
pub const EXIT: i32 = 3;

#[derive(Debug)]
struct Working {
    kind: Kind,
    launch: u32,
    cells: Vec<(CellKey, Role)>,
    at: usize,
    schedules: Vec<ScheduleResult>,
}

thread_local! {
    static WORKING: RefCell<Option<Working>> = const { RefCell::new(None) };
}

/// Makes the world end the process when it is stuck.
pub fn arm(world: &'static World) {
    world.on_stuck(hook);
}

/// Says which cells the process works on; the first one is current.
pub fn begin(kind: Kind, launch: u32, cells: &[Cell]) {
    let cells = cells.iter().map(|cell| (cell.key.clone(), role(cell.case.role))).collect();
    let working = Working { kind, launch, cells, at: 0, schedules: Vec::new() };
    WORKING.set(Some(working));
}

/// Says which of them is current now. Allocates nothing.
pub fn at(index: usize) {
    WORKING.with_borrow_mut(|working| {
        if let Some(working) = working {
            working.at = index;
        }
    });
}

/// Keeps the result of a schedule, so that a later one that hangs does not lose it.
pub fn finished(result: &ScheduleResult) {
    WORKING.with_borrow_mut(|working| {
        if let Some(working) = working {
            working.schedules.push(result.clone());
        }
    });
}

/// Nothing is being worked on.
pub fn end() {
    WORKING.set(None);
}

/// The result of the schedule that did not come to an end.
fn unfinished(world: &World, schedule: u32) -> ScheduleResult {
    ScheduleResult {
        schedule,
        outcome: Outcome::Hang,
        severity: 0,
        receipt: Receipt(world.ledger().receipt()),
        watchdog: world.ledger().watchdog_fired(),
        finish_ms: None,
        values: BTreeMap::new(),
    }
}

/// The line of the cell that is stuck.
fn line(world: &World, working: Working) -> Option<Line> {
    let (key, role) = working.cells.into_iter().nth(working.at)?;
    let status = Status::not("hang", "a cancelled root did not drain");
    let mut line = Line::new(working.kind, key, working.launch, status);
    line.role = Some(role);
    if working.kind == Kind::Outcome {
        line.schedules = working.schedules;
        let number = u32::try_from(line.schedules.len()).unwrap_or(u32::MAX);
        line.schedules.push(unfinished(world, number));
        line.receipt = line.schedules.first().map(|first| first.receipt);
    }
    Some(line)
}

fn hook(world: &World) -> ! {
    let line = WORKING.take().and_then(|working| line(world, working));
    let mut out = std::io::stdout();
    let written = match line {
        Some(line) => writeln!(out, "{}", line.to_json()).and_then(|()| out.flush()),
        None => writeln!(std::io::stderr(), "a cancelled root did not drain"),
    };
    // The exit code says it even where the line could not be written.
    drop(written);
    process::exit(EXIT)
}
