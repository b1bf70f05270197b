//! Every statistic of the project, computed from raw samples, tested with known answers.
//!
//! A package beside the judge, because it is the part of it that takes long and is built with
//! optimisation in the tool's profile.
//!
//! Logarithms come from the `libm` crate and random numbers from a generator of our own, so
//! that a result is the same to the last digit on every machine.

mod rank;
mod rounds;
mod twin;

pub use rank::{holm, kendall_tau, pair_counts, tau_of};
pub use rounds::{Estimate, ROUNDS, ROUNDS_PER_LAUNCH, TooFew, estimate, range};
pub use twin::{Twin, aa_spread};

/// An estimate with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The estimate.
    pub mid: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Least-squares line through points: intercept and slope. `None` below two distinct x.
#[must_use]
pub fn line(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let n = count(points.len());
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    if points.len() < 2 {
        return None;
    }
    let (mx, my) = (mean(|p| p.0), mean(|p| p.1));
    let sxx: f64 = points.iter().map(|p| (p.0 - mx) * (p.0 - mx)).sum();
    let sxy: f64 = points.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
    (sxx > 0.0).then(|| (my - sxy / sxx * mx, sxy / sxx))
}

/// Slope of the logarithm of y over the logarithm of x. `None` below two distinct x, or if
/// a coordinate is not positive.
#[must_use]
pub fn loglog_slope(points: &[(f64, f64)]) -> Option<f64> {
    if points.iter().any(|(x, y)| *x <= 0.0 || *y <= 0.0) {
        return None;
    }
    let logs: Vec<(f64, f64)> =
        points.iter().map(|(x, y)| (libm::log(*x), libm::log(*y))).collect();
    line(&logs).map(|(_, slope)| slope)
}

/// Fitted slope over x as a share of the value at the first point.
#[must_use]
pub fn level_cost(points: &[(f64, f64)]) -> Option<f64> {
    let first = points.first()?.1;
    let (_, slope) = line(points)?;
    (first > 0.0).then(|| slope / first)
}

/// Quotients of neighbouring values. `None` below two values, or if one to divide by is zero.
#[must_use]
pub fn steps(values: &[f64]) -> Option<Vec<f64>> {
    if values.len() < 2 || values[..values.len() - 1].iter().any(|value| *value <= 0.0) {
        return None;
    }
    Some(values.windows(2).map(|pair| pair[1] / pair[0]).collect())
}

/// Middle value; mean of the two middle ones for an even number. `None` of nothing.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    let (half, even) = (values.len() / 2, values.len().is_multiple_of(2));
    if values.is_empty() {
        return None;
    }
    // Selected, not sorted: a bootstrap asks for thousands of them.
    let (below, middle, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    let middle = *middle;
    let lower = below.iter().copied().max_by(f64::total_cmp);
    Some(lower.filter(|_| even).map_or(middle, |lower| f64::midpoint(lower, middle)))
}

/// Linear interpolation between order statistics of sorted values; `share` in 0 ..= 1.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len() - 1;
    let at = share * count(last);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ..= last")]
    let below = (libm::floor(at) as usize).min(last);
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * (at - count(below))
}

/// Replicates of the bootstrap.
const REPLICATES: usize = 2000;
/// Seed of the bootstrap: fixed, so that a record has one answer.
const SEED: u64 = 0x5eed_0000_0000_0001;

/// Ratio from the log-ratios of rounds, by launch: median over launches of the median over
/// rounds. The interval resamples launches, then rounds within them (hierarchical
/// bootstrap, percentile); blocks are never pooled, because what varies between launches is
/// not in any one of them. `None` without a round.
#[must_use]
pub fn ratio(launches: &[Vec<f64>], confidence: f64) -> Option<Interval> {
    let launches: Vec<&Vec<f64>> = launches.iter().filter(|rounds| !rounds.is_empty()).collect();
    let middles: Vec<f64> = launches.iter().filter_map(|rounds| median(rounds)).collect();
    let mid = median(&middles)?;
    let mut random = SplitMix(SEED);
    let mut replicates: Vec<f64> = (0..REPLICATES)
        .filter_map(|_| {
            let resampled: Vec<f64> = launches
                .iter()
                .filter_map(|_| {
                    let rounds = launches[random.below(launches.len())];
                    let sample: Vec<f64> =
                        rounds.iter().map(|_| rounds[random.below(rounds.len())]).collect();
                    median(&sample)
                })
                .collect();
            median(&resampled)
        })
        .collect();
    replicates.sort_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    Some(Interval {
        mid: libm::exp(mid),
        low: libm::exp(quantile(&replicates, tail)),
        high: libm::exp(quantile(&replicates, 1.0 - tail)),
    })
}

/// Steele, Lea and Flood's generator (2014); small, and the same everywhere.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform below `bound` (multiply and shift; the bias is below 2^-32 here).
    fn below(&mut self, bound: usize) -> usize {
        let product = u128::from(self.next()) * bound as u128;
        usize::try_from(product >> 64).expect("below a usize")
    }
}

/// Log-ratio of the time per call, round by round, of the rounds in which both blocks were
/// clean. What became of the other rivals of a round says nothing about these two.
#[must_use]
pub fn log_ratios(of: &record::Samples, vs: &record::Samples, time: Time) -> Vec<f64> {
    let (of, vs) = (clean_blocks(of, time), clean_blocks(vs, time));
    let both = of.iter().filter_map(|(round, of)| Some((of, vs.get(round)?)));
    both.map(|(of, vs)| libm::log(of / vs)).collect()
}

/// Which clock a block's time is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// From beginning to end.
    Wall,
    /// What the thread had of the processor, with what was charged to softirq threads.
    Cpu,
}

/// Nanoseconds of one call in every clean block, by round.
#[must_use]
pub fn clean_blocks(samples: &record::Samples, time: Time) -> std::collections::BTreeMap<u32, f64> {
    samples
        .blocks()
        .filter(|block| block.taken.wall_ns > 0 && block.ops > 0 && block.taken.is_clean())
        .map(|block| {
            let ns = match time {
                Time::Wall => block.taken.wall_ns,
                Time::Cpu => block.taken.processor_ns(),
            };
            (block.round, float(ns) / f64::from(block.ops))
        })
        .collect()
}

/// A count as a number that can be divided.
#[expect(clippy::cast_precision_loss, reason = "nanoseconds and counts far below 2^53")]
#[must_use]
pub fn float(value: u64) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "numbers of samples, far below 2^53")]
fn count(value: usize) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} is not {b}");
    }

    #[test]
    fn a_line_through_known_points() {
        let (intercept, slope) =
            line(&[(1.0, 5.0), (2.0, 7.0), (4.0, 11.0)]).expect("three points");
        near(intercept, 3.0);
        near(slope, 2.0);
        assert!(line(&[(1.0, 1.0)]).is_none());
        assert!(line(&[(1.0, 1.0), (1.0, 2.0)]).is_none(), "one x has no slope");
    }

    #[test]
    fn a_square_has_slope_two_and_a_cost_per_level() {
        let square: Vec<(f64, f64)> = [10.0, 30.0, 100.0].map(|x: f64| (x, 3.0 * x * x)).into();
        near(loglog_slope(&square).expect("positive"), 2.0);
        assert!(loglog_slope(&[(1.0, 0.0), (2.0, 1.0)]).is_none(), "zero has no logarithm");
        near(level_cost(&[(1.0, 50.0), (11.0, 100.0)]).expect("two points"), 0.1);
    }

    fn samples(round: &[u32], wall_ns: &[u64], cpu_ns: &[u64]) -> record::Samples {
        record::Samples {
            round: round.to_vec(),
            ops: vec![10; round.len()],
            wall_ns: wall_ns.to_vec(),
            cpu_ns: cpu_ns.to_vec(),
            ..record::Samples::default()
        }
    }

    #[test]
    fn a_round_counts_where_both_blocks_were_clean() {
        // Round 1 disturbed one, round 2 the other; 97 % is not above 97 %.
        let of = samples(&[0, 1, 2, 3], &[200, 900, 100, 400], &[200, 450, 100, 400]);
        let vs = samples(&[0, 1, 2, 3], &[100, 100, 100, 100], &[100, 100, 97, 98]);
        let logs = log_ratios(&of, &vs, Time::Wall);
        assert_eq!(logs.len(), 2, "rounds 0 and 3");
        near(libm::exp(logs[0]), 2.0);
        near(libm::exp(logs[1]), 4.0);
        let logs = log_ratios(&of, &vs, Time::Cpu);
        assert_eq!(logs.len(), 2, "the same rounds");
        near(libm::exp(logs[1]), 400.0 / 98.0);
    }

    #[test]
    fn time_that_was_charged_to_softirq_threads_is_cpu_time() {
        let mut of = samples(&[0, 1], &[1_000, 1_000], &[950, 950]);
        assert!(clean_blocks(&of, Time::Wall).is_empty(), "a twentieth is missing");
        of.softirq_ns = vec![30, 10];
        let blocks = clean_blocks(&of, Time::Cpu);
        assert_eq!(blocks.keys().collect::<Vec<_>>(), [&0], "96 % are not clean");
        near(blocks[&0], 98.0);
        near(clean_blocks(&of, Time::Wall)[&0], 100.0);
    }

    #[test]
    fn a_round_that_only_one_has_does_not_count() {
        let of = samples(&[0, 1], &[100, 100], &[100, 100]);
        let vs = samples(&[1, 2], &[50, 70], &[50, 70]);
        let logs = log_ratios(&of, &vs, Time::Wall);
        assert_eq!(logs.len(), 1);
        near(libm::exp(logs[0]), 2.0);
        let nothing = samples(&[0], &[0], &[0]);
        assert!(clean_blocks(&nothing, Time::Wall).is_empty(), "no time is no block");
        near(clean_blocks(&of, Time::Wall)[&0], 10.0);
    }

    #[test]
    fn steps_are_quotients_of_neighbours() {
        assert_eq!(steps(&[1.0, 2.0, 6.0]), Some(vec![2.0, 3.0]));
        assert_eq!(steps(&[0.0, 1.0]), None);
        assert_eq!(steps(&[1.0]), None);
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    #[test]
    fn a_constant_ratio_has_no_width() {
        let launches = vec![vec![libm::log(1.25); 50]; 5];
        let ratio = ratio(&launches, 0.99).expect("samples");
        near(ratio.mid, 1.25);
        near(ratio.low, 1.25);
        near(ratio.high, 1.25);
    }

    #[test]
    fn the_interval_covers_the_truth_about_as_often_as_it_says() {
        // Launch effects of ±1 %, rounds of ±2 % around a true ratio of 1.10; 95 % interval.
        let mut random = SplitMix(7);
        let mut uniform = move || {
            let bits = u32::try_from(random.next() >> 32).expect("32 bits");
            f64::from(bits) / f64::from(u32::MAX) * 2.0 - 1.0
        };
        let (mut covered, tries) = (0, 60);
        for _ in 0..tries {
            let launches: Vec<Vec<f64>> = (0..10)
                .map(|_| {
                    let launch = 0.01 * uniform();
                    (0..40).map(|_| libm::log(1.10) + launch + 0.02 * uniform()).collect()
                })
                .collect();
            let ratio = ratio(&launches, 0.95).expect("samples");
            covered += u32::from(ratio.low <= 1.10 && 1.10 <= ratio.high);
        }
        assert!((52..=60).contains(&covered), "{covered} of {tries} intervals covered the truth");
    }

    #[test]
    fn the_same_samples_give_the_same_interval() {
        let launches = vec![vec![0.1, 0.2, 0.15], vec![0.12, 0.18], vec![0.3]];
        assert_eq!(ratio(&launches, 0.95), ratio(&launches, 0.95));
    }
}
