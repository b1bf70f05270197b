//! A value of a cell that may vary between launches, and what becomes of it in arithmetic.
//!
//! On the clock of the machine even a count is not the same in every launch. Such a value is
//! the median over launches with the smallest and the largest beside it; what is computed
//! from several of them keeps the widest range that their ends allow. An exact value is a
//! range without width.

use crate::claim::Reduce;
use crate::format::short;
use crate::read::{Gap, reduce};
use crate::stats::{self, Interval};

/// A value with its range over launches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) mid: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Launches that it was taken in, where it may vary; nothing where it may not.
    pub(crate) launches: Option<u32>,
}

impl Range {
    /// A value that is the same in every launch.
    pub(crate) fn exact(value: f64) -> Range {
        Range { mid: value, low: value, high: value, launches: None }
    }

    /// Values of several launches; nothing of none.
    pub(crate) fn over(launches: &[f64]) -> Option<Range> {
        Some(Range {
            mid: stats::median(launches)?,
            low: launches.iter().copied().fold(f64::INFINITY, f64::min),
            high: launches.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            launches: Some(u32::try_from(launches.len()).unwrap_or(u32::MAX)),
        })
    }

    pub(crate) fn interval(&self) -> Interval {
        Interval { mid: self.mid, low: self.low, high: self.high }
    }

    /// Of two positive values; nothing if what is divided by may be zero.
    pub(crate) fn over_other(&self, by: &Range) -> Option<Range> {
        (by.low > 0.0).then(|| Range {
            mid: self.mid / by.mid,
            low: self.low / by.high,
            high: self.high / by.low,
            launches: fewer(self.launches, by.launches),
        })
    }

    pub(crate) fn less(&self, other: &Range) -> Range {
        Range {
            mid: self.mid - other.mid,
            low: self.low - other.high,
            high: self.high - other.low,
            launches: fewer(self.launches, other.launches),
        }
    }

    /// Several as one.
    pub(crate) fn reduce(how: Reduce, ranges: &[Range]) -> Result<Range, Gap> {
        let each = |part: fn(&Range) -> f64| reduce(how, ranges.iter().map(part).collect());
        Ok(Range {
            mid: each(|range| range.mid)?,
            low: each(|range| range.low)?,
            high: each(|range| range.high)?,
            launches: ranges.iter().map(|range| range.launches).fold(None, fewer),
        })
    }

    /// A function of several values, at their middles; its range is that of the function at
    /// their middles, at all lower and at all upper ends.
    pub(crate) fn of_all(
        ranges: &[(f64, Range)],
        f: impl Fn(&[(f64, f64)]) -> Option<f64>,
    ) -> Option<Range> {
        let at = |part: fn(&Range) -> f64| {
            f(&ranges.iter().map(|(x, range)| (*x, part(range))).collect::<Vec<_>>())
        };
        let mid = at(|range| range.mid)?;
        let ends = [mid, at(|range| range.low)?, at(|range| range.high)?];
        Some(Range {
            mid,
            low: ends.into_iter().fold(mid, f64::min),
            high: ends.into_iter().fold(mid, f64::max),
            launches: ranges.iter().map(|(_, range)| range.launches).fold(None, fewer),
        })
    }

    /// `1,235 (1,230 to 1,241 in 3 launches)`, or the value alone.
    pub(crate) fn words(&self) -> String {
        match self.launches {
            Some(launches) if self.low < self.high => {
                let (mid, low, high) = (short(self.mid), short(self.low), short(self.high));
                format!("{mid} ({low} to {high} in {launches} launches)")
            }
            _ => short(self.mid),
        }
    }
}

/// The smaller number of launches; an exact value was taken in any number.
fn fewer(a: Option<u32>, b: Option<u32>) -> Option<u32> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(launches: &[f64]) -> Range {
        Range::over(launches).expect("launches")
    }

    #[test]
    fn ranges_widen_and_exact_values_do_not() {
        let (of, vs) = (over(&[8.0, 10.0, 9.0]), over(&[20.0, 18.0]));
        let ratio = of.over_other(&vs).expect("nothing is zero");
        assert_eq!((ratio.low, ratio.high, ratio.launches), (0.4, 10.0 / 18.0, Some(2)));
        assert!((ratio.mid - 9.0 / 19.0).abs() < 1e-12);
        let less = of.less(&Range::exact(1.0));
        assert_eq!((less.mid, less.low, less.high, less.launches), (8.0, 7.0, 9.0, Some(3)));
        let exact = Range::exact(3.0).over_other(&Range::exact(2.0)).expect("not zero");
        assert_eq!(exact, Range::exact(1.5));
        assert!(of.over_other(&over(&[0.0, 1.0])).is_none());
    }

    #[test]
    fn several_ranges_are_reduced_end_by_end() {
        let ranges = [over(&[1.0, 5.0]), over(&[2.0, 3.0])];
        let most = Range::reduce(Reduce::Max, &ranges).expect("two");
        assert_eq!((most.mid, most.low, most.high), (3.0, 2.0, 5.0));
        assert!(Range::reduce(Reduce::Only, &ranges).is_err());
        assert_eq!(ranges[0].words(), "3 (1 to 5 in 2 launches)");
        assert_eq!(over(&[4.0, 4.0]).words(), "4");
    }
}
