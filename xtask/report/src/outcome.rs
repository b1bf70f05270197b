//! What the report calls the outcome of a cell.
//!
//! The record knows occurs, absent, inexpressible, panics and hang. `converted` is a word
//! of the report alone: the hazard did not fire here, it does fire in the portable poll
//! form of the same case, and something else grew against that form and its controls.

use record::{CellKey, Outcome, Role, Status};

use crate::book::{Book, Cell, Sheet};
use crate::table::count;

/// Metrics whose growth counts as the price of a hazard that did not fire: what grows, and its
/// unit.
const PRICES: [(&str, &str, &str); 5] = [
    ("cancel_ms_max", "to cancel", "ms"),
    ("finish_ms", "to finish", "ms"),
    ("exit_ms", "to leave", "ms"),
    ("allocs", "", "allocs"),
    ("peak_bytes", "of heap", "B"),
];

/// A price that grew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grown {
    by: u64,
    unit: &'static str,
    what: &'static str,
}

impl Grown {
    /// `+26 ms`.
    pub(crate) fn short(&self) -> String {
        format!("+{} {}", count(self.by), self.unit)
    }

    /// `+26 ms to cancel`.
    pub(crate) fn words(&self) -> String {
        format!("{} {}", self.short(), self.what).trim_end().to_owned()
    }
}

/// An outcome as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    Occurs,
    Absent,
    /// What grew, the first most telling.
    Converted(Vec<Grown>),
    /// The compiler's error code, and why in words.
    Inexpressible(String, String),
    Panics,
    Hang,
    /// Failed, unsupported, crashed: word and reason.
    Trouble(String, String),
    /// The record has no such cell.
    Missing,
}

impl Shown {
    /// Judges a cell of a record.
    pub(crate) fn of(sheet: &Sheet, key: &CellKey) -> Shown {
        let Some(cell) = sheet.cells.get(key) else {
            return Shown::Missing;
        };
        if let Some(Status::Not { word, reason }) = &cell.trouble {
            return Shown::Trouble(word.clone(), reason.clone());
        }
        match worst(cell) {
            Some(Outcome::Absent) => match price(sheet, key, cell) {
                grown if grown.is_empty() => Shown::Absent,
                grown => Shown::Converted(grown),
            },
            Some(Outcome::Occurs) => Shown::Occurs,
            Some(Outcome::Panics) => Shown::Panics,
            Some(Outcome::Hang) => Shown::Hang,
            Some(Outcome::Inexpressible) => {
                let why = cell.note.clone().unwrap_or_default();
                Shown::Inexpressible(cell.compile.clone().unwrap_or_default(), why)
            }
            None => Shown::Missing,
        }
    }

    /// The same, with the compiler's error code where the host record confirms that the
    /// design cannot express the workload.
    pub(crate) fn confirmed(self, book: &Book, key: &CellKey) -> Shown {
        match self {
            Shown::Trouble(word, reason) if word == "unsupported" => {
                let host = book.sheet("host");
                match host.and_then(|host| compile_error(host, key)) {
                    Some(code) => Shown::Inexpressible(code, reason),
                    // In simulated time nothing of the system can be missing: the design says
                    // that it cannot, and the compiler is asked later in the run.
                    None if host.is_none() && key.runtime == "own" => {
                        Shown::Inexpressible("declared".to_owned(), reason)
                    }
                    None => Shown::Trouble(word, reason),
                }
            }
            shown => shown,
        }
    }

    /// Sign and word, for a cell of a table; a reason stands elsewhere.
    pub(crate) fn label(&self) -> String {
        match self {
            Shown::Occurs => "● occurs".to_owned(),
            Shown::Absent => "○ absent".to_owned(),
            Shown::Converted(grown) => {
                let first = grown.first().map(Grown::words).unwrap_or_default();
                format!("⇄ {first}")
            }
            Shown::Inexpressible(code, _) if code.is_empty() => "✗ inexpressible".to_owned(),
            Shown::Inexpressible(code, _) => format!("✗ {code}"),
            Shown::Panics => "! panics".to_owned(),
            Shown::Hang => "! hang".to_owned(),
            Shown::Trouble(word, _) => format!("! {word}"),
            Shown::Missing => "not measured".to_owned(),
        }
    }

    /// Why there is no outcome, in words.
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Shown::Inexpressible(_, why) | Shown::Trouble(_, why) if !why.is_empty() => Some(why),
            _ => None,
        }
    }

    /// Whether the hazard fired in some form.
    pub(crate) fn fires(&self) -> bool {
        matches!(self, Shown::Occurs | Shown::Panics | Shown::Hang)
    }

    /// Whether the design refuses the program, at compile time or by an error.
    pub(crate) fn is_refused(&self) -> bool {
        matches!(self, Shown::Inexpressible(..) | Shown::Trouble(..))
    }

    /// Whether there is an outcome at all.
    pub(crate) fn is_known(&self) -> bool {
        !matches!(self, Shown::Trouble(..) | Shown::Missing)
    }
}

/// The error code with which a design's compiler refuses a workload. The host compiles one
/// mode of a design; what that cannot express, the others cannot either, unless the host
/// has them too.
fn compile_error(host: &Sheet, key: &CellKey) -> Option<String> {
    let cells = || host.of(&key.workload).filter(|(cell, _)| cell.design == key.design);
    let has_mode = cells().any(|(cell, _)| cell.mode == key.mode);
    let same = |cell: &CellKey| !has_mode || cell.mode == key.mode;
    let codes = cells().filter(|(cell, _)| same(cell)).filter_map(|(_, cell)| cell.compile.clone());
    codes.into_iter().find(|code| code != "ok")
}

/// The worst outcome over all schedules.
fn worst(cell: &Cell) -> Option<Outcome> {
    let rank = |outcome: &Outcome| match outcome {
        Outcome::Absent => 0,
        Outcome::Occurs => 1,
        Outcome::Panics => 2,
        Outcome::Hang => 3,
        Outcome::Inexpressible => 4,
    };
    cell.schedules.iter().map(|result| result.outcome).max_by_key(rank)
}

/// What a cell without the hazard pays more of than the poll form that has it, and than
/// that form's controls: a lossy run is quick because it does less.
fn price(sheet: &Sheet, key: &CellKey, cell: &Cell) -> Vec<Grown> {
    let Some(plain) = sheet.reference(key) else { return Vec::new() };
    let Some(reference) = sheet.cells.get(&plain) else { return Vec::new() };
    if !matches!(worst(reference), Some(Outcome::Occurs | Outcome::Panics | Outcome::Hang)) {
        return Vec::new();
    }
    let controls: Vec<&Cell> = sheet
        .of(&key.workload)
        .filter(|(other, cell)| {
            let case = CellKey { case: other.case.clone(), ..plain.clone() };
            **other == case && cell.role == Some(Role::Control)
        })
        .map(|(_, cell)| cell)
        .collect();
    let grown = PRICES.iter().filter_map(|&(metric, what, unit)| {
        let here = cell.value(metric)?;
        let there =
            controls.iter().chain([&reference]).filter_map(|cell| cell.value(metric)).max()?;
        (here > there).then(|| Grown { by: here - there, unit, what })
    });
    grown.collect()
}

/// On how many schedules the hazard fired.
pub(crate) fn share(cell: &Cell) -> String {
    let (fired, all) = cell.fired();
    match all {
        0 => "–".to_owned(),
        _ => format!("{fired} of {all}"),
    }
}
