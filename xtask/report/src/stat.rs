//! The judge's statistics in the shapes that pages need. Nothing is estimated here.

use xtask_judge::stats;
pub(crate) use xtask_judge::stats::{Estimate, Interval, TooFew, level_cost, loglog_slope, median};

/// Confidence of the intervals on pages; claims use more.
const CONFIDENCE: f64 = 0.95;

/// Slope of the least-squares line.
pub(crate) fn slope(points: &[(f64, f64)]) -> Option<f64> {
    stats::line(points).map(|(_, slope)| slope)
}

/// What the log-ratios of rounds say, by launch.
pub(crate) fn estimate(launches: &[Vec<f64>]) -> Result<Estimate, TooFew> {
    stats::estimate(launches, CONFIDENCE)
}

/// A part of a whole; zero of nothing.
pub(crate) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { float(part as u64) / float(whole as u64) }
}

/// For a table or a figure, never for a verdict.
#[expect(clippy::cast_precision_loss, reason = "nanoseconds and counts far below 2^53")]
pub(crate) fn float(value: u64) -> f64 {
    value as f64
}
