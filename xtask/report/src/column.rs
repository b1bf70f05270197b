//! Who stands in a column: a design in one mode and variant, or a peer.

use std::cmp::Ordering;
use std::fmt;

use record::CellKey;

/// The families in the order in which every table names them, then the peers. An id that is
/// not here follows in order of name, so a new design needs no change.
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

/// Crates as published, in the order of tables: readiness first, then io_uring.
const PEERS: [&str; 7] =
    ["futures", "tokio", "smol", "async-std", "tokio-uring", "monoio", "compio"];

/// Programs without futures, written by hand for one workload and shown for scale.
const BASELINES: [&str; 1] = ["state-machine"];

/// Modes that stand before the others of their design.
const MODES: [&str; 7] = ["c1", "local", "detach", "cancel", "parity", "owned", "pinned"];

/// Ours, then those that people use.
const RUNTIMES: [&str; 6] = ["own", "own-epoll", "own-uring", "tokio", "smol", "async-std"];

/// Position in a list; what is not in it comes last.
fn place(list: &[&str], id: &str) -> usize {
    list.iter().position(|known| *known == id).unwrap_or(list.len())
}

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
        place(&ORDER, &self.design)
    }

    /// Whether this is a crate as published and no design of ours.
    pub(crate) fn is_peer(&self) -> bool {
        PEERS.contains(&self.design.as_str())
    }

    /// Whether it runs on our own executor, on whichever driver.
    pub(crate) fn is_on_ours(&self) -> bool {
        matches!(self.runtime.as_str(), "own" | "own-epoll" | "own-uring")
    }

    /// What a reader has to know of the runtime wherever it is named.
    pub(crate) fn label(&self) -> &'static str {
        if self.runtime == "async-std" { " (discontinued upstream)" } else { "" }
    }

    /// `poll:tokio` as code, with the label of its runtime.
    pub(crate) fn named(&self) -> String {
        format!("`{self}`{}", self.label())
    }

    /// The runtime alone, in the same way.
    pub(crate) fn runtime(&self) -> String {
        format!("`{}`{}", self.runtime, self.label())
    }

    /// Whether this is a program without a design or a crate that runs it.
    pub(crate) fn is_baseline(&self) -> bool {
        BASELINES.contains(&self.design.as_str())
    }

    /// Design, mode and variant, without the runtime.
    pub(crate) fn who(&self) -> String {
        let mode = self.mode.as_ref().map_or(String::new(), |mode| format!("/{mode}"));
        let variant = if self.is_portable() { String::new() } else { format!("+{}", self.variant) };
        format!("{}{mode}{variant}", self.design)
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
        let mode = self.mode.as_deref();
        let mode = (mode.map(|mode| place(&MODES, mode)), mode);
        let runtime = (place(&RUNTIMES, &self.runtime), self.runtime.as_str());
        let family = (self.is_baseline(), self.family());
        let design = (family, place(&PEERS, &self.design), self.design.as_str());
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

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.who())?;
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
    fn modes_and_runtimes_have_an_order_of_their_own() {
        let mut all: Vec<Column> = [
            "state-machine:io-uring",
            "compio:compio",
            "owned/cancel:own",
            "rent/owned:own-uring",
            "poll:async-std",
            "tokio-uring:tokio-uring",
            "owned/detach:tokio",
            "poll:own-uring",
            "smol:smol",
            "poll:tokio",
            "owned/detach:own-epoll",
            "tokio:tokio",
            "poll:own-epoll",
        ]
        .map(column)
        .into();
        all.sort();
        let names: Vec<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(
            names,
            [
                "poll:own-epoll",
                "poll:own-uring",
                "poll:tokio",
                "poll:async-std",
                "owned/detach:own-epoll",
                "owned/detach:tokio",
                "owned/cancel",
                "rent/owned:own-uring",
                "tokio:tokio",
                "smol:smol",
                "tokio-uring:tokio-uring",
                "compio:compio",
                "state-machine:io-uring",
            ]
        );
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
