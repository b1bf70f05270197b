//! The cells of one group, sampled against each other.

use contract::{Metric, World};
use record::{Kind, Line, Receipt, Samples, Status};

use crate::clock::Clock;
use crate::registry::{Cell, role};
use crate::sampler::{self, Rival, Settings, Slot};
use crate::{alive, backend, load, once, stuck};

/// Samples a group: one line per cell in the order asked for, and one more with
/// `samples.aa = 1` for the first cell that could be timed.
///
/// A cell that panics, overflows or fires as a control on the script as written gets a
/// line with its status and takes no part.
#[must_use]
pub fn lines(
    world: &'static World,
    clock: &impl Clock,
    group: &str,
    cells: &[Cell],
    launch: u32,
    settings: Settings,
) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::with_capacity(cells.len() + 1);
    let mut rivals = Vec::with_capacity(cells.len());
    // Which line a rival's samples belong to.
    let mut owners = Vec::with_capacity(cells.len());
    alive::begin();
    for (index, cell) in cells.iter().enumerate() {
        stuck::at(index);
        let begun = clock.wall_ns();
        let (line, receipt) = tried(world, cell, launch);
        let now = clock.wall_ns();
        alive::part(now, now - begun, || format!("{} of {} tried", index + 1, cells.len()));
        if line.status.is_ok() {
            owners.push(index);
            rivals.push(Rival { run: cell.case.run, params: cell.params, receipt: receipt.0 });
        }
        lines.push(line);
    }
    let slots = sampler::sample(world, clock, &rivals, settings, |rival| {
        stuck::at(owners[rival]);
        backend::select(&cells[owners[rival]].key.runtime);
    });
    drop(load::finish());
    for slot in slots {
        let owner = owners[slot.rival];
        let index = if slot.aa == 0 {
            owner
        } else {
            lines.push(lines[owner].clone());
            lines.len() - 1
        };
        fill(&mut lines[index], group, settings.order_seed, slot);
    }
    lines
}

/// One call before anything is timed: the receipt to expect, or why not to time it.
fn tried(world: &'static World, cell: &Cell, launch: u32) -> (Line, Receipt) {
    world.reset();
    let called = once::call(world, cell);
    let seen = once::judge(world, cell, called);
    let status = match (seen.status(cell), &seen.panic) {
        (Status::Ok, Some(m)) => Status::not("unsupported", format_args!("panics: {m}")),
        (status, _) => status,
    };
    let mut line = Line::new(Kind::Time, cell.key.clone(), launch, status);
    line.receipt = Some(seen.receipt);
    line.role = Some(role(cell.case.role));
    if let Some(ops) = world.metrics().get(Metric::Ops) {
        line.values.insert(Metric::Ops.id().to_owned(), ops);
    }
    (line, seen.receipt)
}

fn fill(line: &mut Line, group: &str, order_seed: u64, slot: Slot) {
    if let Some(wrong) = slot.wrong_receipt {
        let wrong = Receipt(wrong);
        line.status = Status::not("failed", format_args!("a block ended with receipt {wrong}"));
    }
    line.samples = Some(Samples {
        group: group.to_owned(),
        order_seed,
        ops: vec![slot.ops; slot.round.len()],
        round: slot.round,
        wall_ns: slot.wall_ns,
        cpu_ns: slot.cpu_ns,
        softirq_ns: slot.softirq_ns,
        aa: slot.aa,
    });
}
