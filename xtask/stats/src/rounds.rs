//! How many rounds say something, and what is shown of those that say less.
//!
//! Both numbers follow from the order of observations alone, so that they assume nothing of
//! how times are distributed.

use std::fmt;

use super::{Interval, median, ratio};

/// Clean paired rounds over all launches below which nothing is shown: with ten, one round
/// that a neighbour spoilt still leaves a side that chance alone gives in one case of 46.
pub const ROUNDS: usize = 10;
/// Clean paired rounds that each launch needs for an interval: six is the first number whose
/// smallest and largest hold the median between them with a confidence of 95 %.
pub const ROUNDS_PER_LAUNCH: usize = 6;

/// A ratio that may be shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The ratio, and its ends.
    pub it: Interval,
    /// So many rounds, of which the ends are the smallest and the largest; nothing where the
    /// ends are those of an interval.
    pub range_of: Option<usize>,
}

/// Why there is no ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooFew {
    /// Clean paired rounds over all launches.
    pub rounds: usize,
    /// Launches without one.
    pub without: usize,
}

impl fmt::Display for TooFew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TooFew { rounds, .. } if *rounds < ROUNDS => {
                write!(f, "too few rounds: {rounds} of at least {ROUNDS}")
            }
            TooFew { without: 1, .. } => f.write_str("too few rounds: none in a launch"),
            TooFew { without, .. } => write!(f, "too few rounds: none in {without} launches"),
        }
    }
}

/// What the log-ratios of rounds say, by launch; a launch without a round is an empty list.
///
/// # Errors
/// When there are too few rounds for any ratio.
pub fn estimate(launches: &[Vec<f64>], confidence: f64) -> Result<Estimate, TooFew> {
    let rounds = launches.iter().map(Vec::len).sum();
    let without = launches.iter().filter(|rounds| rounds.is_empty()).count();
    let refused = TooFew { rounds, without };
    if rounds < ROUNDS || without > 0 {
        return Err(refused);
    }
    let few = launches.iter().any(|one| one.len() < ROUNDS_PER_LAUNCH);
    let it = if few { range(launches) } else { ratio(launches, confidence) };
    let it = it.ok_or(refused)?;
    Ok(Estimate { it, range_of: few.then_some(rounds) })
}

/// The ratio of [`ratio`] between the smallest and the largest round. `None` without a round.
#[must_use]
pub fn range(launches: &[Vec<f64>]) -> Option<Interval> {
    let middles: Vec<f64> = launches.iter().filter_map(|rounds| median(rounds)).collect();
    let mid = median(&middles)?;
    let all = || launches.iter().flatten().copied();
    let (low, high) = (all().reduce(f64::min)?, all().reduce(f64::max)?);
    Some(Interval { mid: libm::exp(mid), low: libm::exp(low), high: libm::exp(high) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logs(ratios: &[f64]) -> Vec<f64> {
        ratios.iter().map(|ratio| libm::log(*ratio)).collect()
    }

    #[test]
    fn three_rounds_are_no_interval() {
        // What a group of long operations once had: one round in each of three launches.
        let launches = [logs(&[0.952]), logs(&[1.353]), logs(&[1.013])];
        let refused = estimate(&launches, 0.95).expect_err("three rounds");
        assert_eq!(refused, TooFew { rounds: 3, without: 0 });
        assert_eq!(refused.to_string(), "too few rounds: 3 of at least 10");
        let shown = range(&launches).expect("three rounds");
        for (is, known) in [(shown.low, 0.952), (shown.mid, 1.013), (shown.high, 1.353)] {
            assert!((is - known).abs() < 1e-12, "{is} is not {known}");
        }
    }

    #[test]
    fn a_launch_without_a_round_refuses_the_others() {
        let launches = [vec![0.0; 40], vec![], vec![0.0; 40]];
        let refused = estimate(&launches, 0.95).expect_err("a launch is missing");
        assert_eq!(refused.to_string(), "too few rounds: none in a launch");
    }

    #[test]
    fn between_few_and_enough_there_is_a_range() {
        let five = logs(&[1.2, 1.0, 1.1, 1.3, 1.1]);
        let few = estimate(&[five.clone(), five.clone()], 0.95).expect("ten rounds");
        assert_eq!(few.range_of, Some(10));
        assert!((few.it.low - 1.0).abs() < 1e-12 && (few.it.high - 1.3).abs() < 1e-12);
        let six = [five.as_slice(), &logs(&[1.1])].concat();
        let enough = estimate(&[six.clone(), six], 0.95).expect("twelve rounds");
        assert_eq!(enough.range_of, None);
        let nine = [vec![0.0; 9]];
        assert_eq!(estimate(&nine, 0.95), Err(TooFew { rounds: 9, without: 0 }));
    }

    #[test]
    fn the_two_numbers_are_what_they_are_said_to_be() {
        // Of 2^k orders of sides, those in which all k lie on one, or all but one.
        let ways = |k: u32, but_one: bool| {
            let ends = if but_one { 2 * (1 + k) } else { 2 };
            f64::from(ends) / f64::from(1_u32 << k)
        };
        assert!(ways(6, false) < 0.05 && ways(5, false) > 0.05, "the interval of a median");
        assert!((1.0 / ways(10, true) - 46.5).abs() < 0.1, "one in 46");
        assert!(ways(9, true) > 0.025, "nine would leave one in 25");
    }
}
