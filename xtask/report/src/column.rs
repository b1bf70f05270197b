//! Who stands in a column: a design in one mode and variant, or a crate.
//!
//! A column is made by [`crate::roster::Roster::column`], which knows order and family.

use std::cmp::Ordering;
use std::fmt;

use record::CellKey;

use crate::family::Family;

/// What stands behind the `@` of a cell key, in the order of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// One of ours.
    Design,
    /// A crate as published.
    Peer,
    /// A program without futures, written by hand for one workload and shown for scale.
    Baseline,
}

/// Design, mode, variant and runtime of a cell, without its situation.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) design: String,
    pub(crate) mode: Option<String>,
    pub(crate) variant: String,
    pub(crate) runtime: String,
    pub(crate) kind: Kind,
    pub(crate) family: Family,
    /// Place of the design or crate among its kind.
    pub(crate) order: u32,
    /// Place of the mode in its design.
    pub(crate) mode_at: usize,
    /// How many modes the design has.
    pub(crate) modes: usize,
    /// Place of the runtime.
    pub(crate) runtime_at: usize,
    /// Whether the runtime is the first of the list, which a cell key leaves out.
    pub(crate) plain: bool,
    /// Whether it runs on our own executor, on whichever driver.
    pub(crate) ours: bool,
    /// What a reader has to know of the runtime wherever it is named.
    pub(crate) note: String,
}

impl Column {
    /// The key of this column's cell in a situation.
    pub(crate) fn key(&self, workload: &str, case: &str, n: u32) -> CellKey {
        CellKey {
            workload: workload.to_owned(),
            case: case.to_owned(),
            n,
            design: self.design.clone(),
            mode: self.mode.clone(),
            variant: self.variant.clone(),
            runtime: self.runtime.clone(),
        }
    }

    /// Whether this is a crate as published and no design of ours.
    pub(crate) fn is_peer(&self) -> bool {
        self.kind == Kind::Peer
    }

    /// Whether this is a program without a design or a crate that runs it.
    pub(crate) fn is_baseline(&self) -> bool {
        self.kind == Kind::Baseline
    }

    /// The label of the runtime in brackets, or nothing.
    pub(crate) fn label(&self) -> String {
        if self.note.is_empty() { String::new() } else { format!(" ({})", self.note) }
    }

    /// The cell's `design:runtime` as code, with the label of its runtime.
    pub(crate) fn named(&self) -> String {
        format!("`{self}`{}", self.label())
    }

    /// Design, mode and variant, without the runtime.
    pub(crate) fn who(&self) -> String {
        let mode = self.mode.as_ref().map_or(String::new(), |mode| format!("/{mode}"));
        format!("{}{mode}{}", self.design, self.form())
    }

    /// The same, without the mode where the design has no other.
    pub(crate) fn brief(&self) -> String {
        if self.modes == 1 && self.mode_at == 0 {
            format!("{}{}", self.design, self.form())
        } else {
            self.who()
        }
    }

    /// `+expert`, or nothing for the plain form.
    pub(crate) fn form(&self) -> String {
        if self.is_portable() { String::new() } else { format!("+{}", self.variant) }
    }

    /// `:tokio` where the runtime has to be named.
    pub(crate) fn place(&self) -> String {
        let said = self.plain || (self.is_peer() && self.runtime == self.design);
        if said { String::new() } else { format!(":{}", self.runtime) }
    }

    /// Whether a person reads this as the plain form of the design.
    pub(crate) fn is_portable(&self) -> bool {
        self.variant == "portable"
    }

    fn rank(&self) -> impl Ord + '_ {
        let variant = match self.variant.as_str() {
            "portable" => 0,
            "idiomatic" => 1,
            "expert" => 2,
            _ => 3,
        };
        let mode = (self.mode_at, self.mode.as_deref());
        let runtime = (self.runtime_at, self.runtime.as_str());
        let design = (self.kind, self.order, self.design.as_str());
        (design, mode, (variant, self.variant.as_str()), runtime)
    }
}

impl Ord for Column {
    fn cmp(&self, other: &Column) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Column {
    fn partial_cmp(&self, other: &Column) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Column {
    fn eq(&self, other: &Column) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Column {}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The name of a crate on its own runtime, or of ours, says it already.
        write!(f, "{}{}", self.who(), self.place())
    }
}
