//! The bound of a check or of a condition.

use crate::claim::{Check, Condition, Expected};
use crate::format::short;
use crate::stats::Interval;
use crate::verdicts::Verdict;

/// What a number has to fulfil.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
    Within(f64, f64),
    Equals(Expected),
}

impl Bound {
    pub(crate) fn of(check: &Check) -> Bound {
        Bound::from(check.at_least, check.at_most, check.within, check.equals.clone())
    }

    pub(crate) fn of_condition(one: &Condition) -> Bound {
        let equals = one.equals.map(Expected::Number);
        Bound::from(one.at_least, one.at_most, one.within, equals)
    }

    fn from(
        at_least: Option<f64>,
        at_most: Option<f64>,
        within: Option<[f64; 2]>,
        equals: Option<Expected>,
    ) -> Bound {
        match (at_least, at_most, within, equals) {
            (Some(bound), ..) => Bound::AtLeast(bound),
            (_, Some(bound), ..) => Bound::AtMost(bound),
            (_, _, Some([low, high]), _) => Bound::Within(low, high),
            (.., Some(expected)) => Bound::Equals(expected),
            // Refused when the file was read; nothing fulfils it.
            _ => Bound::Within(f64::INFINITY, f64::NEG_INFINITY),
        }
    }

    /// Whether an exact number fulfils it.
    pub(crate) fn holds(&self, value: f64) -> bool {
        match self {
            Bound::AtLeast(bound) => value >= *bound,
            Bound::AtMost(bound) => value <= *bound,
            Bound::Within(low, high) => value >= *low && value <= *high,
            Bound::Equals(Expected::Number(number)) => value.total_cmp(number).is_eq(),
            Bound::Equals(Expected::Word(_)) => false,
        }
    }

    /// `at least 1.8`.
    pub(crate) fn words(&self) -> String {
        match self {
            Bound::AtLeast(bound) => format!("at least {}", short(*bound)),
            Bound::AtMost(bound) => format!("at most {}", short(*bound)),
            Bound::Within(low, high) => format!("within {} and {}", short(*low), short(*high)),
            Bound::Equals(Expected::Number(number)) => format!("equal to {}", short(*number)),
            Bound::Equals(Expected::Word(word)) => format!("equal to {word}"),
        }
    }

    /// The verdict of an interval; `zone` is the relative half-width around a bound.
    pub(crate) fn of_interval(&self, it: &Interval, zone: f64) -> Verdict {
        let (right, wrong) = match self {
            Bound::AtLeast(b) => (it.low > b * (1.0 + zone), it.high < b * (1.0 - zone)),
            Bound::AtMost(b) => (it.high < b * (1.0 - zone), it.low > b * (1.0 + zone)),
            // The bounds of an equivalence are its zone.
            Bound::Within(low, high) => {
                (it.low >= *low && it.high <= *high, it.high < *low || it.low > *high)
            }
            Bound::Equals(_) => (false, false),
        };
        match (right, wrong) {
            (true, _) => Verdict::Supported,
            (_, true) => Verdict::Contradicted,
            _ => Verdict::Inconclusive,
        }
    }
}
