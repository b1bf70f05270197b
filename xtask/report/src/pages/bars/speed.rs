//! Operations per second of a cell over those of the best of several rivals.

use record::CellKey;

use super::held::Held;
use crate::book::Sheet;
use crate::column::Column;
use crate::pages::curves::number;
use crate::pages::time::ends;
use crate::stat::{Estimate, Interval};
use crate::wall::Group;

/// The cell against each rival by the rounds that these two share: the ratio of two ratios to
/// a third would bring that one's noise with it. The best rival is the one that leaves least,
/// at either end.
pub(super) fn speed(
    sheet: &Sheet,
    groups: &[Group],
    key: &CellKey,
    rivals: &[String],
) -> Result<Held, String> {
    let same = |group: &&Group| {
        (&group.workload, &group.case, group.n) == (&key.workload, &key.case, key.n)
    };
    let group = groups.iter().find(same).ok_or("not timed")?;
    let here = sheet.column(key);
    let mut best: Option<(Estimate, &str)> = None;
    let mut all = Vec::new();
    for rival in rivals {
        let is_rival = |column: &&Column| column.design == *rival && column.is_portable();
        let column = group.columns().find(is_rival).ok_or(format!("`{rival}` not timed"))?;
        let pair = group.pair(sheet, column, &here).ok_or("not timed")?;
        let Some(shown) = pair.ratio else {
            return Err(format!("against `{rival}` {}", pair.gate.label()));
        };
        all.push(format!("{} of `{rival}`", number(shown.it.mid, 3)));
        best = Some(match best {
            None => (shown, rival.as_str()),
            Some((known, who)) => {
                let who = if shown.it.mid < known.it.mid { rival.as_str() } else { who };
                (least(&known, &shown), who)
            }
        });
    }
    let (shown, who) = best.ok_or("no rival")?;
    Ok(Held {
        value: shown.it.mid,
        ends: Some(shown),
        from: format!("round by round {}; best is `{who}`: {}", all.join(", "), ends(&shown)),
    })
}

/// End by end.
fn least(a: &Estimate, b: &Estimate) -> Estimate {
    Estimate {
        it: Interval {
            mid: a.it.mid.min(b.it.mid),
            low: a.it.low.min(b.it.low),
            high: a.it.high.min(b.it.high),
        },
        // Of fewest rounds where either is a range.
        range_of: match (a.range_of, b.range_of) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, other) => one.or(other),
        },
    }
}
