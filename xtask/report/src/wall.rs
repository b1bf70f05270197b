//! Wall time: ratios within a round, and whether they may be shown.
//!
//! A group's rivals are timed in interleaved blocks. This module pairs the blocks of two
//! rivals round by round, without the rounds in which one of the two was disturbed, and
//! applies the gates of reports/METHOD.md.
//! The estimate and its interval come from `xtask_judge::stats`.

mod gate;

use std::collections::{BTreeMap, BTreeSet};

use record::{CellKey, Line, Samples};
use xtask_judge::stats::{self, Time};

use crate::book::Sheet;
use crate::column::Column;
pub(crate) use crate::group::{Compared, Control, Group};
use crate::stat;
use gate::Circumstances;
pub(crate) use gate::Gate;

/// Neighbouring launches further apart than this are two modes and not one noisy one.
const APART: f64 = 0.1;
/// Zone of indifference for designs on our own executor, and between executors.
const ZONE_OWN: f64 = 0.03;
const ZONE_OTHER: f64 = 0.05;

impl Sheet {
    /// Everything that was timed, group by group. The intervals take a while, so that they are
    /// made once.
    pub(crate) fn groups(&self) -> &[Group] {
        self.timed.get_or_init(|| groups(self, |_| true))
    }
}

/// The groups of a record whose cells are wanted, in order of workload, case and size. The
/// bootstrap is most of what a report costs, so groups are spread over the processors.
pub(crate) fn groups(sheet: &Sheet, wanted: impl Fn(&CellKey) -> bool) -> Vec<Group> {
    let is_wanted = |lines: &&Vec<Line>| lines.iter().any(|line| wanted(&line.cell));
    let all: Vec<&Vec<Line>> = sheet.times.values().filter(is_wanted).collect();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let share = all.len().div_ceil(workers).max(1);
    let mut groups: Vec<Group> = std::thread::scope(|scope| {
        let of = |lines: &[&Vec<Line>]| -> Vec<Group> {
            lines.iter().filter_map(|lines| group(sheet, lines)).collect()
        };
        let threads: Vec<_> = all.chunks(share).map(|part| scope.spawn(move || of(part))).collect();
        let done = |thread: std::thread::ScopedJoinHandle<'_, Vec<Group>>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().flat_map(done).collect()
    });
    groups.sort_by(|a, b| {
        (&a.workload, &a.case, a.n, &a.reference).cmp(&(&b.workload, &b.case, b.n, &b.reference))
    });
    groups
}

fn group(sheet: &Sheet, lines: &[Line]) -> Option<Group> {
    let cells: BTreeSet<&CellKey> = lines.iter().map(|line| &line.cell).collect();
    let reference = reference(sheet, &cells)?;
    let launches = Launches::of(lines);
    let aa = stats::Twin::of(lines).map(|twin| control(&twin));
    let zone = if sheet.column(&reference).plain { ZONE_OWN } else { ZONE_OTHER };
    let spread = aa.as_ref().and_then(|aa| aa.spread.as_ref().ok());
    let mut group = Group {
        workload: reference.workload.clone(),
        case: reference.case.clone(),
        n: reference.n,
        zone: spread.map_or(zone, |spread| zone.max(2.0 * spread)),
        reference: sheet.column(&reference),
        rivals: Vec::new(),
        aa,
        lines: lines.to_vec(),
    };
    let rivals = cells.iter().filter(|cell| **cell != &reference);
    group.rivals = rivals.map(|cell| group.compared(sheet, &launches, cell, &reference)).collect();
    group.rivals.sort_by(|a, b| a.column.cmp(&b.column));
    Some(group)
}

fn control(twin: &stats::Twin) -> Control {
    Control { spread: twin.spread().map_err(|why| why.to_string()) }
}

impl Group {
    fn compared(
        &self,
        sheet: &Sheet,
        launches: &Launches<'_>,
        cell: &CellKey,
        to: &CellKey,
    ) -> Compared {
        let note = sheet.cells.get(cell).and_then(|known| known.note.as_deref());
        let logs = launches.log_ratios(cell, to);
        let rounds = (logs.iter().map(Vec::len).sum(), launches.rounds(cell));
        let none = || Err("no rival was timed twice".to_owned());
        let circumstances = Circumstances {
            spread: self.aa.as_ref().map_or_else(none, |aa| aa.spread.clone()),
            share: stat::share(rounds.0, rounds.1),
            multi: note.is_some_and(|note| note.contains("multi-threaded")),
            apart: fall_apart(&logs),
            launches: logs.len(),
        };
        let ratio = stat::estimate(&logs);
        let gate = gate::gate(&circumstances, &ratio, self.zone);
        let ratio = ratio.ok().filter(|_| !gate.refuses());
        Compared {
            column: sheet.column(cell),
            word: ratio.map_or("", |shown| gate::word(&shown.it, self.zone)),
            ratio,
            ns: launches.per_call(cell),
            rounds,
            gate,
        }
    }

    /// Any cell of the group against any other, by the rounds of these two.
    pub(crate) fn pair(&self, sheet: &Sheet, of: &Column, to: &Column) -> Option<Compared> {
        let launches = Launches::of(&self.lines);
        let [of, to] = [of, to].map(|column| column.key(&self.workload, &self.case, self.n));
        let timed = launches.with(&of) > 0 && launches.with(&to) > 0;
        timed.then(|| self.compared(sheet, &launches, &of, &to))
    }

    /// Nanoseconds of one call of a cell: median of its clean blocks.
    pub(crate) fn per_call(&self, column: &Column) -> Option<f64> {
        let key = column.key(&self.workload, &self.case, self.n);
        Launches::of(&self.lines).per_call(&key)
    }

    /// Cells that were timed.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &Column> {
        std::iter::once(&self.reference).chain(self.rivals.iter().map(|rival| &rival.column))
    }
}

/// The plain poll form where it takes part, on a driver of ours before others, else what
/// comes first.
fn reference(sheet: &Sheet, cells: &BTreeSet<&CellKey>) -> Option<CellKey> {
    let design = sheet.roster.reference();
    let plain =
        |cell: &&&CellKey| design == Some(cell.design.as_str()) && cell.variant == "portable";
    let first = |cells: &mut dyn Iterator<Item = &&CellKey>| {
        cells.min_by_key(|cell| sheet.column(cell)).map(|cell| (*cell).clone())
    };
    first(&mut cells.iter().filter(plain)).or_else(|| first(&mut cells.iter()))
}

/// A cell, and whether it is its twin of the A/A control.
type Entry<'a> = (&'a CellKey, u32);

/// The samples of a group, by launch.
struct Launches<'a>(BTreeMap<u32, BTreeMap<Entry<'a>, &'a Samples>>);

impl<'a> Launches<'a> {
    fn of(lines: &'a [Line]) -> Launches<'a> {
        let mut launches: BTreeMap<u32, BTreeMap<_, _>> = BTreeMap::new();
        for line in lines {
            let Some(samples) = &line.samples else { continue };
            launches.entry(line.launch).or_default().insert((&line.cell, samples.aa), samples);
        }
        Launches(launches)
    }

    /// Samples of an entry, one per launch that holds it.
    fn each(&self, of: Entry<'_>) -> impl Iterator<Item = &Samples> {
        self.0.values().filter_map(move |entries| entries.get(&of).copied())
    }

    /// Rounds taken.
    fn rounds(&self, cell: &CellKey) -> usize {
        self.each((cell, 0)).map(|samples| samples.round.len()).sum()
    }

    /// Log-ratios of two cells in the rounds that disturbed neither, one list per launch of
    /// the group; where one of them is missing, it is empty.
    fn log_ratios(&self, of: &CellKey, to: &CellKey) -> Vec<Vec<f64>> {
        let both = self.0.values().map(|entries| {
            let (of, to) = (entries.get(&(of, 0))?, entries.get(&(to, 0))?);
            Some(stats::log_ratios(of, to, Time::Wall))
        });
        both.map(Option::unwrap_or_default).collect()
    }

    /// Launches that hold a cell.
    fn with(&self, cell: &CellKey) -> usize {
        self.each((cell, 0)).count()
    }

    /// Nanoseconds of one call: median over the clean blocks.
    fn per_call(&self, cell: &CellKey) -> Option<f64> {
        let clean = self.each((cell, 0)).flat_map(|s| stats::clean_blocks(s, Time::Wall));
        let values: Vec<f64> = clean.map(|(_, ns)| ns).collect();
        stat::median(&values)
    }
}

/// Whether the launches fall into groups that are far from each other.
fn fall_apart(logs: &[Vec<f64>]) -> bool {
    let mut middles: Vec<f64> = logs.iter().filter_map(|launch| stat::median(launch)).collect();
    middles.sort_by(f64::total_cmp);
    middles.windows(2).any(|pair| libm::exp(pair[1] - pair[0]) > 1.0 + APART)
}
