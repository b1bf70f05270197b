//! What pages of costs show, and how.

use crate::book::Spread;
use crate::pages::curves::number;

/// The target whose costs are a server's.
pub(super) const TARGET: &str = "linux";

/// What is divided by the operations: metric, head, digits behind the point.
pub(super) const METRICS: [(&str, &str, usize); 4] = [
    ("instr", "instructions", 1),
    ("syscalls", "system calls", 3),
    ("allocs", "allocations", 2),
    ("copied_bytes", "bytes copied", 1),
];

/// A figure with its range where launches differ.
pub(crate) fn shown(it: Spread, digits: usize) -> String {
    let [mid, low, high] = [it.mid, it.low, it.high].map(|value| number(value, digits));
    if low == high { mid } else { format!("{mid} ({low} to {high})") }
}
