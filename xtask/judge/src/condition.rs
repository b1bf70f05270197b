//! `where`: which cells `count` counts.

use record::CellKey;

use crate::bound::Bound;
use crate::claim::{Condition, Schedules};
use crate::evidence::{Cell, Evidence};
use crate::format::short;
use crate::query::Query;
use crate::read::{Gap, every_launch, every_schedule, outcome_word, script};
use crate::select::counterpart;

/// Whether a cell fulfils all conditions, and what was read of it.
pub(crate) fn holds(
    query: &Query<'_>,
    evidence: &Evidence,
    key: &CellKey,
    cell: &Cell,
) -> Result<(bool, Vec<(String, String)>), Gap> {
    let mut all = true;
    let mut read = Vec::new();
    for condition in &query.check.conditions {
        let (holds, name, value) = match &condition.outcome {
            Some(wanted) => {
                let word = outcome_word(&query.schedules(cell)?);
                (word == *wanted, "outcome".to_owned(), word)
            }
            None => metric(query, evidence, key, cell, condition)?,
        };
        all = all && holds;
        read.push((name, value));
    }
    Ok((all, read))
}

fn metric(
    query: &Query<'_>,
    evidence: &Evidence,
    key: &CellKey,
    cell: &Cell,
    condition: &Condition,
) -> Result<(bool, String, String), Gap> {
    let metric = condition.metric.as_deref().unwrap_or_default();
    let bound = Bound::of_condition(condition);
    let less = match &condition.over {
        Some(case) => script(other(query, evidence, key, case)?, metric)?,
        None => 0.0,
    };
    let values = match query.check.schedules {
        Schedules::Script if query.catalog.varies(&key.workload, metric) => {
            every_launch(cell, key, metric, None)?
        }
        Schedules::Script => vec![script(cell, metric)?],
        // Where the run panicked or hung there is no value, and the condition does not hold.
        Schedules::All => match every_schedule(cell, metric) {
            Ok(values) => values.into_iter().map(|(_, value)| value).collect(),
            Err(Gap::Missing(why)) if !cell.schedules.is_empty() => {
                return Ok((false, metric.to_owned(), why));
            }
            Err(gap) => return Err(gap),
        },
    };
    let values: Vec<f64> = values.into_iter().map(|value| value - less).collect();
    let worst = values.iter().copied().find(|value| !bound.holds(*value));
    let shown = worst.or_else(|| values.first().copied()).map_or("-".to_owned(), short);
    let name = match &condition.over {
        Some(case) => format!("{metric} over {case}"),
        None => metric.to_owned(),
    };
    Ok((worst.is_none(), name, shown))
}

/// The cell whose value is subtracted: the same variant's if it has the case.
fn other<'a>(
    query: &Query<'_>,
    evidence: &'a Evidence,
    key: &CellKey,
    case: &str,
) -> Result<&'a Cell, Gap> {
    let pick = counterpart(&query.check.of, case);
    let same = |other: &CellKey| {
        (&other.workload, &other.design, &other.mode, &other.runtime, other.n)
            == (&key.workload, &key.design, &key.mode, &key.runtime, key.n)
    };
    let cells: Vec<(&CellKey, &Cell)> =
        evidence.cells(&pick).filter(|(other, _)| same(other)).collect();
    let own = cells.iter().find(|(other, _)| other.variant == key.variant);
    own.or_else(|| cells.first())
        .map(|(_, cell)| *cell)
        .ok_or_else(|| Gap::Missing(format!("case {case} is not in {}", evidence.name)))
}
