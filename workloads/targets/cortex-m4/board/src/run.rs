//! The loop over cells: run warm, run measured, judge, report.

use core::ptr;

use contract::wire::Tag;
use contract::{Case, Judged, Ledger, Metric, Metrics, Outcome, Params, Role, World};

use crate::fault::{self, Reason};
use crate::world::world;
use crate::{clock, host, stack};

/// Calibration loops of 1, 2, 4 … rounds.
const CALIBRATIONS: u8 = 11;

/// One case at one size, resolved while compiling.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    index: u8,
    role: Role,
    run: fn(&'static World, &Params),
    judge: fn(&Ledger, &Params, &Metrics) -> Judged,
    params: Params,
}

impl Cell {
    /// Finds a case by its id.
    ///
    /// # Panics
    /// While compiling, when the workload has no such case.
    #[must_use]
    pub const fn of(cases: &[Case], id: &str, n: u32) -> Cell {
        let mut index = 0;
        while index < cases.len() {
            let case = cases[index];
            if same(case.id.as_bytes(), id.as_bytes()) {
                #[expect(clippy::cast_possible_truncation, reason = "checked in this line")]
                let small = if index < 256 { index as u8 } else { panic!("too many cases") };
                let (role, run, judge) = (case.role, case.run, case.judge);
                return Cell { index: small, role, run, judge, params: Params { n } };
            }
            index += 1;
        }
        panic!("the workload has no case of this id");
    }
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    a.len() == b.len()
}

/// Runs the cells in order, reports each, and ends QEMU with exit code 0. A cell whose root
/// does not drain, that panics or that faults ends the boot with exit code 1; the host then
/// boots again behind it.
pub fn run_image(cells: &'static [Cell]) -> ! {
    host::open();
    clock::start();
    for log in 0..CALIBRATIONS {
        host::send(Tag::Calibration, log, clock::calibrate(1 << log));
    }
    world().on_stuck(fault::stuck);
    for cell in cells.iter().skip(first()) {
        run_cell(world(), cell);
    }
    host::send(Tag::End, 0, host::sent());
    host::exit(true)
}

/// Which cell to begin with: a word that the host may place in the mailbox.
fn first() -> usize {
    let mailbox = ptr::without_provenance::<u32>(0x2003_fff0);
    // SAFETY: RAM that the linker script keeps free; zero unless the host wrote it.
    let word = unsafe { mailbox.read_volatile() };
    word as usize
}

fn run_cell(world: &'static World, cell: &Cell) {
    host::send(Tag::Case, cell.index, cell.params.n.into());
    // The first call warms what grows once, and must do exactly what the second does.
    world.reset();
    start_lines();
    (cell.run)(world, &cell.params);
    stop_lines();
    let warm = world.ledger().receipt();
    world.reset();
    let (instructions, depth) = measured(world, cell);
    stop_lines();
    let receipt = world.ledger().receipt();
    let judged = (cell.judge)(world.ledger(), &cell.params, world.metrics());
    report(world, judged);
    host::send(Tag::Value, Metric::Instr as u8, instructions);
    host::send(Tag::Value, Metric::StackBytes as u8, depth.into());
    host::send(Tag::Receipt, 0, receipt);
    if world.ledger().overflowed() {
        fault::report(Reason::LedgerOverflow, 0);
    } else if warm != receipt {
        fault::report(Reason::CallsDiffer, warm);
    } else if cell.role == Role::Control
        && (judged.outcome == Outcome::Occurs || world.ledger().watchdog_fired())
    {
        fault::report(Reason::ControlFired, 0);
    }
}

/// Painting the stack takes longer than the first deadlines, so time starts after it.
fn start_lines() {
    #[cfg(feature = "lines")]
    crate::lines::start();
}

fn stop_lines() {
    #[cfg(feature = "lines")]
    crate::lines::stop();
}

/// The measured call. Between the two reads of the timer stands only the case's `run`.
#[inline(never)]
fn measured(world: &'static World, cell: &Cell) -> (u64, u32) {
    let painted = stack::paint();
    start_lines();
    clock::begin();
    (cell.run)(world, &cell.params);
    let instructions = clock::end();
    (instructions, painted.depth())
}

/// The outcome: 1 occurs, 0 absent, plus 2 when the watchdog ended the run; then what the
/// workload and its judge computed.
fn report(world: &World, judged: Judged) {
    let watchdog = world.ledger().watchdog_fired();
    let occurs = judged.outcome == Outcome::Occurs;
    host::send(Tag::Outcome, u8::from(occurs) | u8::from(watchdog) << 1, judged.severity.into());
    let metrics = world.metrics();
    if !watchdog && metrics.get(Metric::FinishMs).is_none() {
        metrics.set(Metric::FinishMs, world.now_ms().into());
    }
    for (metric, value) in metrics.iter() {
        host::send(Tag::Value, metric as u8, value);
    }
}
