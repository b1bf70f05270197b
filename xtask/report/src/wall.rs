//! Wall time: ratios within a round, and whether they may be shown.
//!
//! A group's rivals are timed in interleaved blocks. This module pairs the blocks of two
//! rivals round by round, without the rounds in which one of the two was disturbed, and
//! applies the gates of reports/METHOD.md.
//! The estimate and its interval come from `xtask_judge::stats`.

use std::collections::{BTreeMap, BTreeSet};

use record::{CellKey, Line, Samples};
use xtask_judge::stats::{self, Time};

use crate::book::Sheet;
use crate::column::Column;
use crate::stat::{self, Interval};

/// Launches below which nothing is publishable; claims ask for as many.
const LAUNCHES: usize = 10;
/// Neighbouring launches further apart than this are two modes and not one noisy one.
const APART: f64 = 0.1;
/// Zone of indifference for designs on our own executor, and between executors.
const ZONE_OWN: f64 = 0.03;
const ZONE_OTHER: f64 = 0.05;

/// Whether a comparison may be shown, and as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    Publishable,
    Indicative(&'static str),
    Refused(&'static str),
}

/// One cell against the reference of its group.
#[derive(Clone, Debug)]
pub(crate) struct Compared {
    pub(crate) column: Column,
    pub(crate) ratio: Option<Interval>,
    /// Nanoseconds of one call: median of the clean blocks. Secondary to the ratio.
    pub(crate) ns: Option<f64>,
    pub(crate) launches: usize,
    /// Rounds in which both blocks were clean, and rounds taken.
    pub(crate) rounds: (usize, usize),
    pub(crate) gate: Gate,
    /// faster, slower, equal, undecided; empty when refused.
    pub(crate) word: &'static str,
}

/// One group of rivals.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) workload: String,
    pub(crate) case: String,
    pub(crate) n: u32,
    pub(crate) reference: Column,
    pub(crate) reference_ns: Option<f64>,
    pub(crate) rivals: Vec<Compared>,
    /// The reference against itself, where the run timed it twice.
    pub(crate) aa: Option<Interval>,
    /// Half-width within which two results count as equal.
    pub(crate) zone: f64,
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
    let reference = reference(&cells)?;
    let launches = Launches::of(lines);
    let aa_spread = sheet.run.noise.as_ref().map_or(f64::INFINITY, |noise| noise.aa_spread);
    let zone = if reference.runtime == "own" { ZONE_OWN } else { ZONE_OTHER };
    let zone = if aa_spread.is_finite() { zone.max(2.0 * aa_spread) } else { zone };
    let mut rivals: Vec<Compared> = cells
        .iter()
        .filter(|cell| **cell != &reference)
        .map(|cell| {
            let note = sheet.cells.get(*cell).and_then(|known| known.note.as_deref());
            let multi = note.is_some_and(|note| note.contains("multi-threaded"));
            let logs = launches.log_ratios((cell, 0), (&reference, 0));
            let rounds = (logs.iter().map(Vec::len).sum(), launches.rounds(cell));
            let share = stat::share(rounds.0, rounds.1);
            let ratio = stat::ratio(&logs);
            let apart = fall_apart(&logs);
            let circumstances =
                Circumstances { aa_spread, share, multi, apart, launches: logs.len() };
            let gate = gate(&circumstances, ratio.as_ref(), zone);
            Compared {
                column: Column::of(cell),
                word: word(ratio.as_ref(), gate, zone),
                ratio,
                ns: launches.per_call(cell),
                launches: launches.with(cell),
                rounds,
                gate,
            }
        })
        .collect();
    rivals.sort_by(|a, b| a.column.cmp(&b.column));
    Some(Group {
        workload: reference.workload.clone(),
        case: reference.case.clone(),
        n: reference.n,
        reference_ns: launches.per_call(&reference),
        aa: stat::ratio(&launches.log_ratios((&reference, 1), (&reference, 0))),
        reference: Column::of(&reference),
        rivals,
        zone,
    })
}

/// The plain poll form where it takes part, on a driver of ours before others, else whoever
/// comes first.
fn reference(cells: &BTreeSet<&CellKey>) -> Option<CellKey> {
    let plain = |cell: &&&CellKey| cell.design == "poll" && cell.variant == "portable";
    let first = |cells: &mut dyn Iterator<Item = &&CellKey>| {
        cells.min_by_key(|cell| Column::of(cell)).map(|cell| (*cell).clone())
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

    /// Log-ratios of two entries in the rounds that disturbed neither, one list per launch.
    fn log_ratios(&self, of: Entry<'_>, to: Entry<'_>) -> Vec<Vec<f64>> {
        let both = self.0.values().filter_map(|entries| {
            Some(stats::log_ratios(entries.get(&of)?, entries.get(&to)?, Time::Wall))
        });
        both.filter(|logs| !logs.is_empty()).collect()
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

/// What decides about a group besides the interval.
#[derive(Clone, Copy)]
struct Circumstances {
    aa_spread: f64,
    share: f64,
    multi: bool,
    apart: bool,
    launches: usize,
}

/// How the interval reads against the zone of indifference.
fn word(ratio: Option<&Interval>, gate: Gate, zone: f64) -> &'static str {
    match (ratio, gate) {
        (None, _) | (_, Gate::Refused(_)) => "",
        (Some(it), _) if it.high - it.low > 6.0 * zone => "undecided",
        (Some(it), _) if it.high < 1.0 - zone => "faster",
        (Some(it), _) if it.low > 1.0 + zone => "slower",
        (Some(it), _) if it.low > 1.0 - zone && it.high < 1.0 + zone => "equal",
        _ => "undecided",
    }
}

fn gate(c: &Circumstances, ratio: Option<&Interval>, zone: f64) -> Gate {
    let Some(interval) = ratio else {
        return Gate::Refused("no clean round");
    };
    let half = (interval.high - interval.low) / 2.0;
    match () {
        () if !c.aa_spread.is_finite() => Gate::Refused("no A/A control in this run"),
        () if c.aa_spread > 0.02 => Gate::Refused("A/A spread above 2 %"),
        () if c.share < 0.2 => Gate::Refused("under 20 % of rounds clean"),
        () if c.multi => Gate::Indicative("several threads"),
        () if c.apart => Gate::Indicative("launches more than 10 % apart"),
        () if c.launches < LAUNCHES => Gate::Indicative("fewer than 10 launches"),
        () if c.aa_spread > 0.005 => Gate::Indicative("A/A spread above 0.5 %"),
        () if c.share < 0.6 => Gate::Indicative("under 60 % of rounds clean"),
        () if half > zone => Gate::Indicative("interval wider than the zone"),
        () => Gate::Publishable,
    }
}

impl Gate {
    /// One word and the reason.
    pub(crate) fn label(self) -> String {
        match self {
            Gate::Publishable => "publishable".to_owned(),
            Gate::Indicative(why) => format!("indicative: {why}"),
            Gate::Refused(why) => format!("refused: {why}"),
        }
    }
}
