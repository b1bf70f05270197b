//! From what was measured to a verdict.
//!
//! | what was measured | verdict |
//! |---|---|
//! | a cell is missing, failed or unsupported | not measured |
//! | an exact metric differs between launches | inconclusive |
//! | an exact value or word on the right side, on the wrong side | supported, contradicted |
//! | too few launches, or a machine too noisy to tell | inconclusive |
//! | the range of a count on the machine's clock, wholly on one side | supported, contradicted |
//! | such a range on both sides, or of too few launches | inconclusive |
//! | an interval clear of the bound and its zone, on either side | supported, contradicted |
//! | an interval that touches the zone | inconclusive |

use crate::bound::Bound;
use crate::claim::{Check, Compare, Expected};
use crate::format::short;
use crate::query::Measured;
use crate::read::Gap;
use crate::stats::Interval;
use crate::verdicts::Verdict;

/// Launches of a statistical check where the claim names no number.
const MIN_LAUNCHES: u32 = 10;
/// Relative half-width around a bound where the claim names none: the zone for wall time.
const INDIFFERENCE: f64 = 0.03;
/// Launches of a count that may vary, where the claim names no number.
const MIN_COUNTED: u32 = 3;
/// A/A spread above which a run or a group says nothing about time.
pub(crate) const NOISY: f64 = 0.02;

/// `loglog_slope of leaf_polls, at least 1.8`.
pub(crate) fn bound_words(check: &Check) -> String {
    let how = serde_json::to_value(check.compare).expect("a unit variant is a string");
    let how = how.as_str().unwrap_or_default();
    let reduce = serde_json::to_value(check.reduce).expect("a unit variant is a string");
    let reduce = reduce.as_str().unwrap_or_default();
    let mut text = match (&check.of.metric, check.compare, reduce) {
        (_, Compare::Outcome | Compare::Compile | Compare::Fraction, _) => how.to_owned(),
        (_, _, "count") => "number of cells that fulfil the conditions".to_owned(),
        (Some(metric), _, "only") => format!("{how} of {metric}"),
        (Some(metric), _, _) => format!("{reduce} of {how} of {metric}"),
        (None, ..) => how.to_owned(),
    };
    if let Some(per) = &check.per {
        text.push_str(&format!(" per {per}"));
    }
    match check.vs_reduce {
        Some(crate::claim::Reduce::Max) => text.push_str(" to the largest"),
        Some(_) => text.push_str(" to the smallest"),
        None => {}
    }
    if check.schedules == crate::claim::Schedules::All {
        text.push_str(" over all schedules");
    }
    format!("{text}, {}", Bound::of(check).words())
}

/// The verdict, and why it is neither supported nor contradicted. `aa_spread` is that of the
/// whole run; times bring that of their own group.
pub(crate) fn judge(
    check: &Check,
    measured: Option<&Measured>,
    gap: Option<&Gap>,
    aa_spread: Option<f64>,
) -> (Verdict, Option<String>) {
    let sides = |right: bool| if right { Verdict::Supported } else { Verdict::Contradicted };
    match (gap, measured) {
        (Some(Gap::Unsteady(why)), _) => (Verdict::Inconclusive, Some(why.clone())),
        (Some(Gap::Missing(why) | Gap::Wrong(why)), _) => (Verdict::NotMeasured, Some(why.clone())),
        (None, None) => (Verdict::NotMeasured, Some("nothing was measured".to_owned())),
        (None, Some(Measured::Number(value))) => (sides(Bound::of(check).holds(*value)), None),
        (None, Some(Measured::Word(word))) => {
            let expected = Expected::Word(word.clone());
            (sides(check.equals.as_ref() == Some(&expected)), None)
        }
        (None, Some(Measured::Spread(range, launches))) => counted(check, range, *launches),
        (None, Some(Measured::Estimate(interval, launches))) => {
            statistical(check, interval, *launches, aa_spread)
        }
        (None, Some(Measured::Timed(interval, launches, spread))) => {
            statistical(check, interval, *launches, Some(*spread))
        }
    }
}

/// A count that varies between launches: every launch has to be on the right side.
fn counted(check: &Check, range: &Interval, launches: u32) -> (Verdict, Option<String>) {
    let needed = check.min_launches.unwrap_or(MIN_COUNTED);
    if launches < needed {
        return (Verdict::Inconclusive, Some(format!("launches {launches}/{needed}")));
    }
    let bound = Bound::of(check);
    let zone = check.indifference.unwrap_or(0.0);
    if zone > 0.0 && !matches!(bound, Bound::Equals(_)) {
        let verdict = bound.of_interval(range, zone);
        let touches = "the range over launches touches the bound or its indifference zone";
        return (verdict, (verdict == Verdict::Inconclusive).then(|| touches.to_owned()));
    }
    let (low, high) = (bound.holds(range.low), bound.holds(range.high));
    // Both ends may miss a bound that something between them fulfils.
    let around = match &bound {
        Bound::Within(least, most) => range.low < *least && range.high > *most,
        Bound::Equals(Expected::Number(number)) => range.low < *number && range.high > *number,
        _ => false,
    };
    match (low, high) {
        (true, true) => (Verdict::Supported, None),
        (false, false) if !around => (Verdict::Contradicted, None),
        _ => (Verdict::Inconclusive, Some("launches lie on both sides of the bound".to_owned())),
    }
}

fn statistical(
    check: &Check,
    interval: &Interval,
    launches: u32,
    aa_spread: Option<f64>,
) -> (Verdict, Option<String>) {
    let needed = check.min_launches.unwrap_or(MIN_LAUNCHES);
    if launches < needed {
        return (Verdict::Inconclusive, Some(format!("launches {launches}/{needed}")));
    }
    let Some(spread) = aa_spread else {
        return (Verdict::Inconclusive, Some("no A/A control in this record".to_owned()));
    };
    if spread > NOISY {
        let percent = short(spread * 100.0);
        return (Verdict::Inconclusive, Some(format!("A/A spread {percent} % is above 2 %")));
    }
    let zone = check.indifference.unwrap_or(INDIFFERENCE).max(2.0 * spread);
    let verdict = Bound::of(check).of_interval(interval, zone);
    let touches = "the interval touches the bound or its indifference zone";
    (verdict, (verdict == Verdict::Inconclusive).then(|| touches.to_owned()))
}

/// All of several verdicts: any contradicted, else any not measured, else any inconclusive.
pub(crate) fn fold(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
    let worst = |verdict: &Verdict| match verdict {
        Verdict::Contradicted => 3,
        Verdict::NotMeasured => 2,
        Verdict::Inconclusive => 1,
        Verdict::Supported => 0,
    };
    verdicts.into_iter().max_by_key(worst).unwrap_or(Verdict::NotMeasured)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Check {
        let rest = "name = \"c\"\nof = { metric = \"wall_ns\" }\ncompare = \"ratio\"\n";
        toml::from_str(&format!("{rest}targets = [\"linux\"]\n{text}")).expect("a check")
    }

    fn estimate(low: f64, high: f64, launches: u32) -> Measured {
        Measured::Estimate(Interval { mid: f64::midpoint(low, high), low, high }, launches)
    }

    fn of(text: &str, measured: &Measured, spread: Option<f64>) -> (Verdict, Option<String>) {
        judge(&check(text), Some(measured), None, spread)
    }

    #[test]
    fn bounds_are_inclusive_for_exact_numbers() {
        for (text, value, expected) in [
            ("at_least = 1.8", 1.8, Verdict::Supported),
            ("at_least = 1.8", 1.799_999, Verdict::Contradicted),
            ("at_most = 0.0", 0.0, Verdict::Supported),
            ("at_most = 0.0", 1.0, Verdict::Contradicted),
            ("equals = 1.0", 1.0, Verdict::Supported),
            ("equals = 1.0", 2.0, Verdict::Contradicted),
            ("within = [0.9, 1.1]", 1.1, Verdict::Supported),
            ("within = [0.9, 1.1]", 1.2, Verdict::Contradicted),
        ] {
            assert_eq!(of(text, &Measured::Number(value), None).0, expected, "{text} {value}");
        }
    }

    #[test]
    fn an_interval_has_to_clear_the_bound_and_its_zone() {
        let spread = Some(0.001);
        let text = "at_least = 1.15\nindifference = 0.02";
        assert_eq!(of(text, &estimate(1.18, 1.20, 10), spread).0, Verdict::Supported);
        assert_eq!(of(text, &estimate(1.16, 1.20, 10), spread).0, Verdict::Inconclusive);
        assert_eq!(of(text, &estimate(1.00, 1.12, 10), spread).0, Verdict::Contradicted);
        assert_eq!(of(text, &estimate(1.00, 1.14, 10), spread).0, Verdict::Inconclusive);
        // Twice the A/A spread widens the zone.
        assert_eq!(of(text, &estimate(1.18, 1.20, 10), Some(0.015)).0, Verdict::Inconclusive);
        let text = "at_most = 1.1\nindifference = 0.02";
        assert_eq!(of(text, &estimate(1.0, 1.07, 10), spread).0, Verdict::Supported);
        assert_eq!(of(text, &estimate(1.13, 1.2, 10), spread).0, Verdict::Contradicted);
        let text = "within = [0.98, 1.02]";
        assert_eq!(of(text, &estimate(0.99, 1.01, 10), spread).0, Verdict::Supported);
        assert_eq!(of(text, &estimate(0.97, 1.01, 10), spread).0, Verdict::Inconclusive);
        assert_eq!(of(text, &estimate(1.03, 1.05, 10), spread).0, Verdict::Contradicted);
    }

    #[test]
    fn too_few_launches_or_too_much_noise_decide_nothing() {
        let clear = estimate(2.0, 2.1, 3);
        let (verdict, why) = of("at_least = 1.0", &clear, Some(0.001));
        assert_eq!((verdict, why.as_deref()), (Verdict::Inconclusive, Some("launches 3/10")));
        assert_eq!(
            of("at_least = 1.0\nmin_launches = 3", &clear, Some(0.001)).0,
            Verdict::Supported
        );
        let clear = estimate(2.0, 2.1, 10);
        assert_eq!(of("at_least = 1.0", &clear, Some(0.03)).0, Verdict::Inconclusive);
        assert_eq!(of("at_least = 1.0", &clear, None).0, Verdict::Inconclusive);
    }

    #[test]
    fn folding_keeps_the_worst() {
        use Verdict::{Contradicted, Inconclusive, NotMeasured, Supported};
        assert_eq!(fold([Supported, Inconclusive]), Inconclusive);
        assert_eq!(fold([Inconclusive, NotMeasured, Supported]), NotMeasured);
        assert_eq!(fold([NotMeasured, Contradicted]), Contradicted);
        assert_eq!(fold([Supported]), Supported);
        assert_eq!(fold([]), NotMeasured);
    }
}
