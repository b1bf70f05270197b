//! A group of rivals that were timed together, as it is shown.

use record::Line;
use xtask_judge::stats::Estimate;

use crate::column::Column;
use crate::wall::Gate;

/// One cell against another of its group.
#[derive(Clone, Debug)]
pub(crate) struct Compared {
    pub(crate) column: Column,
    /// What is shown; nothing where a gate refuses.
    pub(crate) ratio: Option<Estimate>,
    /// Nanoseconds of one call: median of the clean blocks. Secondary to the ratio.
    pub(crate) ns: Option<f64>,
    /// Rounds in which both blocks were clean, and rounds taken.
    pub(crate) rounds: (usize, usize),
    pub(crate) gate: Gate,
    /// faster, slower, equal, undecided; empty when refused.
    pub(crate) word: &'static str,
}

/// The A/A control of a group: one of its rivals under two names.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    /// How far from one that lies, or why it says nothing.
    pub(crate) spread: Result<f64, String>,
}

/// One group of rivals.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) workload: String,
    pub(crate) case: String,
    pub(crate) n: u32,
    pub(crate) reference: Column,
    pub(crate) rivals: Vec<Compared>,
    /// The form that was timed twice.
    pub(crate) aa: Option<Control>,
    /// Half-width within which two results count as equal.
    pub(crate) zone: f64,
    /// What the pairs that a page asks for are made of.
    pub(crate) lines: Vec<Line>,
}
