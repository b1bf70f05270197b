//! Whether a comparison may be shown, and as what: the table of gates in reports/METHOD.md.

use xtask_judge::stats::{Estimate, TooFew};

use crate::stat::Interval;

/// Launches below which nothing is publishable; claims ask for as many.
const LAUNCHES: usize = 10;

/// Whether a comparison may be shown, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    Publishable,
    Indicative(String),
    /// The gate that it failed, and with what.
    Refused(&'static str, String),
}

/// What decides about a comparison besides its interval.
#[derive(Clone, Debug)]
pub(super) struct Circumstances {
    /// A/A spread of the group, or why there is none.
    pub(super) spread: Result<f64, String>,
    /// Clean rounds of all.
    pub(super) share: f64,
    pub(super) multi: bool,
    pub(super) apart: bool,
    pub(super) launches: usize,
}

/// The first gate that is not passed.
pub(super) fn gate(c: &Circumstances, ratio: &Result<Estimate, TooFew>, zone: f64) -> Gate {
    let shown = match ratio {
        Ok(shown) => shown,
        Err(TooFew { rounds: 0, .. }) => return Gate::Refused("no clean round", String::new()),
        Err(few) => {
            let why = few.to_string();
            let with = why.split_once(": ").map_or("", |(_, with)| with);
            return Gate::Refused("too few rounds", with.to_owned());
        }
    };
    let spread = match &c.spread {
        Ok(spread) => *spread,
        Err(why) => return Gate::Refused("no A/A spread of this group", why.clone()),
    };
    let half = (shown.it.high - shown.it.low) / 2.0;
    let indicative = |why: &str| Gate::Indicative(why.to_owned());
    match () {
        () if spread > 0.02 => {
            Gate::Refused("A/A spread above 2 %", format!("{:.1} %", spread * 100.0))
        }
        () if c.share < 0.2 => Gate::Refused("under 20 % of rounds clean", String::new()),
        () if c.multi => indicative("several threads"),
        () if shown.range_of.is_some() => indicative("too few rounds for an interval"),
        () if c.apart => indicative("launches more than 10 % apart"),
        () if c.launches < LAUNCHES => indicative("fewer than 10 launches"),
        () if spread > 0.005 => indicative("A/A spread above 0.5 %"),
        () if c.share < 0.6 => indicative("under 60 % of rounds clean"),
        () if half > zone => indicative("interval wider than the zone"),
        () => Gate::Publishable,
    }
}

/// How the ends read against the zone of indifference.
pub(crate) fn word(it: &Interval, zone: f64) -> &'static str {
    match it {
        it if it.high - it.low > 6.0 * zone => "undecided",
        it if it.high < 1.0 - zone => "faster",
        it if it.low > 1.0 + zone => "slower",
        it if it.low > 1.0 - zone && it.high < 1.0 + zone => "equal",
        _ => "undecided",
    }
}

impl Gate {
    /// One word and the reason.
    pub(crate) fn label(&self) -> String {
        match self {
            Gate::Publishable => "publishable".to_owned(),
            Gate::Indicative(why) => format!("indicative: {why}"),
            Gate::Refused(why, with) if with.is_empty() => format!("refused: {why}"),
            Gate::Refused(why, with) => format!("refused: {why} ({with})"),
        }
    }

    pub(crate) fn refuses(&self) -> bool {
        matches!(self, Gate::Refused(..))
    }
}
