//! A figure that is held against a bar, and how it stands to it.

use super::list::Rule;
use crate::stat::Estimate;

/// A figure that is held against a bar.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) value: f64,
    /// Its ends, where it is no count.
    pub(super) ends: Option<Estimate>,
    /// What it is made of.
    pub(super) from: String,
}

/// How a figure stands to a bar.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stands {
    /// By how much.
    Kept(f64),
    Missed(f64),
    /// Its ends lie on both sides.
    Undecided,
}

impl Held {
    pub(super) fn stands(&self, rule: Rule) -> Stands {
        let by = slack(rule, self.value);
        let ends =
            self.ends.map_or([by; 2], |it| [it.it.low, it.it.high].map(|it| slack(rule, it)));
        match ends {
            _ if ends.iter().all(|by| *by >= 0.0) && by >= 0.0 => Stands::Kept(by),
            _ if ends.iter().all(|by| *by < 0.0) && by < 0.0 => Stands::Missed(-by),
            _ => Stands::Undecided,
        }
    }
}

/// How far a figure is on the right side of the bar.
pub(super) fn slack(rule: Rule, value: f64) -> f64 {
    match rule {
        Rule::AtMost(most) => most - value,
        Rule::AtLeast(least) => value - least,
        Rule::Within(distance) => distance - (value - 1.0).abs(),
    }
}
