//! Wall time: ratios within a round, and whether they may be shown.
//!
//! A group's rivals are timed in interleaved blocks. This module pairs the blocks of one
//! round, drops rounds that were disturbed, and applies the gates of reports/METHOD.md.
//! The estimate and its interval come from `xtask_judge::stats`.

use std::collections::{BTreeMap, BTreeSet};

use record::CellKey;

use crate::book::{Sheet, Timed};
use crate::column::Column;
use crate::stat::{self, Interval};

/// Below this share of CPU in wall time a block was disturbed.
const CLEAN: f64 = 0.97;
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
    /// Rounds kept and taken.
    pub(crate) rounds: (usize, usize),
    /// Half-width within which two results count as equal.
    pub(crate) zone: f64,
}

/// All groups of a record, in order of workload, case and size.
pub(crate) fn groups(sheet: &Sheet) -> Vec<Group> {
    let mut groups: Vec<Group> =
        sheet.times.values().filter_map(|lines| group(sheet, lines)).collect();
    groups.sort_by(|a, b| {
        (&a.workload, &a.case, a.n, &a.reference).cmp(&(&b.workload, &b.case, b.n, &b.reference))
    });
    groups
}

/// Nanoseconds per call of one entry by launch and round, clean rounds only.
type Entry = (CellKey, u32);
type Rounds = BTreeMap<(u32, u32), BTreeMap<Entry, (f64, bool)>>;

fn group(sheet: &Sheet, lines: &[Timed]) -> Option<Group> {
    let all = rounds(lines);
    let cells: BTreeSet<&CellKey> = lines.iter().map(|line| &line.cell).collect();
    let reference = reference(&cells)?;
    let taken = all.len();
    let clean: Rounds =
        all.into_iter().filter(|(_, round)| round.values().all(|(_, clean)| *clean)).collect();
    let aa_spread = sheet.run.noise.as_ref().map_or(f64::INFINITY, |noise| noise.aa_spread);
    let zone = if reference.runtime == "own" { ZONE_OWN } else { ZONE_OTHER };
    let zone = if aa_spread.is_finite() { zone.max(2.0 * aa_spread) } else { zone };
    let share = stat::share(clean.len(), taken);
    let base: Entry = (reference.clone(), 0);
    let aa = ratio(&clean, &(reference.clone(), 1), &base);
    let mut rivals: Vec<Compared> = cells
        .iter()
        .filter(|cell| **cell != &reference)
        .map(|cell| {
            let entry: Entry = ((*cell).clone(), 0);
            let ratio = ratio(&clean, &entry, &base);
            let multi = sheet.cells.get(*cell).and_then(|known| known.note.as_deref());
            let multi = multi.is_some_and(|note| note.contains("multi-threaded"));
            compared(&clean, &entry, ratio, zone, Circumstances { aa_spread, share, multi })
        })
        .collect();
    rivals.sort_by(|a, b| a.column.cmp(&b.column));
    Some(Group {
        workload: reference.workload.clone(),
        case: reference.case.clone(),
        n: reference.n,
        reference_ns: middle(&clean, &base),
        reference: Column::of(&reference),
        rivals,
        aa,
        rounds: (clean.len(), taken),
        zone,
    })
}

/// The plain poll form where it takes part, else whoever comes first.
fn reference(cells: &BTreeSet<&CellKey>) -> Option<CellKey> {
    let plain = |cell: &&&CellKey| cell.design == "poll" && cell.variant == "portable";
    let first = || cells.iter().min_by_key(|cell| Column::of(cell));
    cells.iter().find(plain).or_else(first).map(|cell| (*cell).clone())
}

fn rounds(lines: &[Timed]) -> Rounds {
    let mut rounds = Rounds::new();
    for line in lines {
        let s = &line.samples;
        let blocks = s.round.iter().zip(&s.ops).zip(s.wall_ns.iter().zip(&s.cpu_ns));
        for ((round, ops), (wall, cpu)) in blocks {
            let (wall, cpu) = (stat::float(*wall), stat::float(*cpu));
            let entry = (line.cell.clone(), s.aa);
            let sample = (wall / f64::from(*ops).max(1.0), cpu >= CLEAN * wall);
            rounds.entry((line.launch, *round)).or_default().insert(entry, sample);
        }
    }
    rounds
}

/// Log-ratios of two entries by launch, one per clean round that holds both.
fn ratio(clean: &Rounds, of: &Entry, to: &Entry) -> Option<Interval> {
    let mut launches: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for ((launch, _), round) in clean {
        if let (Some((of, _)), Some((to, _))) = (round.get(of), round.get(to)) {
            launches.entry(*launch).or_default().push(libm::log(of / to));
        }
    }
    stat::ratio(launches.into_values().collect())
}

fn middle(clean: &Rounds, of: &Entry) -> Option<f64> {
    stat::median(clean.values().filter_map(|round| Some(round.get(of)?.0)).collect())
}

/// What decides about a group besides the interval.
#[derive(Clone, Copy)]
struct Circumstances {
    aa_spread: f64,
    share: f64,
    multi: bool,
}

fn compared(
    clean: &Rounds,
    of: &Entry,
    ratio: Option<Interval>,
    zone: f64,
    c: Circumstances,
) -> Compared {
    let launches: BTreeSet<u32> = clean
        .iter()
        .filter(|(_, round)| round.contains_key(of))
        .map(|((launch, _), _)| *launch)
        .collect();
    let gate = gate(&c, ratio.as_ref(), zone);
    let word = match (&ratio, gate) {
        (None, _) | (_, Gate::Refused(_)) => "",
        (Some(it), _) if it.high - it.low > 6.0 * zone => "undecided",
        (Some(it), _) if it.high < 1.0 - zone => "faster",
        (Some(it), _) if it.low > 1.0 + zone => "slower",
        (Some(it), _) if it.low > 1.0 - zone && it.high < 1.0 + zone => "equal",
        _ => "undecided",
    };
    Compared {
        column: Column::of(&of.0),
        ratio,
        ns: middle(clean, of),
        launches: launches.len(),
        gate,
        word,
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
        () if c.share < 0.2 => Gate::Refused("fewer than 20 % of the rounds were clean"),
        () if c.multi => Gate::Indicative("several threads"),
        () if c.aa_spread > 0.005 => Gate::Indicative("A/A spread above 0.5 %"),
        () if c.share < 0.6 => Gate::Indicative("fewer than 60 % of the rounds were clean"),
        () if half > zone => Gate::Indicative("interval wider than the zone of indifference"),
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
