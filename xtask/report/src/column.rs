//! Who stands in a column: a design in one mode and variant, or a peer.

use std::cmp::Ordering;
use std::fmt;

use record::CellKey;

/// The families in the order in which every table names them. An id that is not here
/// follows in order of name, so a new design needs no change.
const ORDER: [&str; 9] = [
    "poll",
    "poll-progress",
    "poll-cancel",
    "completion",
    "scoped",
    "structured",
    "owned",
    "rent",
    "futures",
];

/// Design, mode, variant and runtime of a cell, without its situation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) design: String,
    pub(crate) mode: Option<String>,
    pub(crate) variant: String,
    pub(crate) runtime: String,
}

impl Column {
    pub(crate) fn of(key: &CellKey) -> Column {
        Column {
            design: key.design.clone(),
            mode: key.mode.clone(),
            variant: key.variant.clone(),
            runtime: key.runtime.clone(),
        }
    }

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

    /// Position of the design among the families, used for order and colour.
    pub(crate) fn family(&self) -> usize {
        ORDER.iter().position(|id| *id == self.design).unwrap_or(ORDER.len())
    }

    /// Whether a person reads this as the plain form of the design.
    pub(crate) fn is_portable(&self) -> bool {
        self.variant == "portable"
    }

    fn rank(&self) -> (usize, &str, &Option<String>, usize, &str, bool, &str) {
        let variant = match self.variant.as_str() {
            "portable" => 0,
            "idiomatic" => 1,
            "expert" => 2,
            _ => 3,
        };
        let runtime = self.runtime.as_str();
        (self.family(), &self.design, &self.mode, variant, &self.variant, runtime != "own", runtime)
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

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.design)?;
        if let Some(mode) = &self.mode {
            write!(f, "/{mode}")?;
        }
        if !self.is_portable() {
            write!(f, "+{}", self.variant)?;
        }
        if self.runtime != "own" {
            write!(f, ":{}", self.runtime)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(text: &str) -> Column {
        Column::of(&format!("w/c,n=1@{text}").parse().expect(text))
    }

    #[test]
    fn families_come_first_and_unknown_ids_by_name() {
        let mut all: Vec<Column> = [
            "zeta:own",
            "futures:own",
            "scoped/local+idiomatic:own",
            "alpha:own",
            "poll:tokio",
            "scoped/local:own",
            "poll+expert:own",
            "poll:own",
            "completion/c1:own",
        ]
        .map(column)
        .into();
        all.sort();
        let names: Vec<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(
            names,
            [
                "poll",
                "poll:tokio",
                "poll+expert",
                "completion/c1",
                "scoped/local",
                "scoped/local+idiomatic",
                "futures",
                "alpha",
                "zeta"
            ]
        );
    }
}
