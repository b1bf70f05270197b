//! A case of a workload and its judge.

use crate::{Ledger, Metrics, World};

/// Whether the hazard is expected to be able to fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The hazard may fire; whether it does is the result.
    Hazard,
    /// The hazard must not fire in any design. A control that fires fails its cell,
    /// because the workload itself is then broken.
    Control,
}

/// What happened to the hazard. The runner adds what a judge cannot see: panics, hang,
/// inexpressible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The hazard fired.
    Occurs,
    /// It did not.
    Absent,
}

/// A judge's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What happened to the hazard.
    pub outcome: Outcome,
    /// How badly, in the unit that the workload names. Zero when absent.
    pub severity: u32,
}

impl Judged {
    /// The hazard did not fire.
    pub const ABSENT: Judged = Judged { outcome: Outcome::Absent, severity: 0 };

    /// Occurs with this severity, absent when it is zero.
    #[must_use]
    pub fn from_severity(severity: u32) -> Judged {
        let outcome = if severity > 0 { Outcome::Occurs } else { Outcome::Absent };
        Judged { outcome, severity }
    }
}

/// What may differ between two runs of one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// The size, whatever the workload counts: items, children, frames, wrappers.
    pub n: u32,
}

/// One runnable situation of a workload with its judge.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Short id within the workload, as in the cell key.
    pub id: &'static str,
    /// May the hazard fire?
    pub role: Role,
    /// Runs the case to its end on this world. The measured call.
    pub run: fn(&'static World, &Params),
    /// Decides from the ledger. May add metrics that it computes from it (lost items and
    /// the like); never looks at the design.
    pub judge: fn(&Ledger, &Params, &Metrics) -> Judged,
}

/// A workload as the runner sees it.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// The id, equal to the file names `<id>.rs` (with underscores) and `<id>.toml`.
    pub id: &'static str,
    /// Its cases, in the order of `<id>.toml`.
    pub cases: &'static [Case],
}
