//! What the text may quote: numbers by anchor, `<key>-<target>`.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::claim::{Check, Claim, Compare, Reduce, ValueDef};
use crate::format::{fill, short};
use crate::query::{Answer, Measured, Point};
use crate::read::reduce;
use crate::select::{Pick, sizes};
use crate::verdicts::Value;

/// What a check measured, as text shows it.
pub(crate) fn of_result(check: &Check, answer: &Answer, catalog: &Catalog) -> Option<Value> {
    let unit = unit(check, catalog);
    Some(match answer.measured.as_ref()? {
        Measured::Number(number) => plain(*number, &unit),
        Measured::Spread(interval, _)
        | Measured::Estimate(interval, _)
        | Measured::Timed(interval, ..) => plain(interval.mid, &unit),
        Measured::Word(word) => Value { number: None, text: word.clone(), unit: String::new() },
    })
}

/// The unit of a check's result.
fn unit(check: &Check, catalog: &Catalog) -> String {
    let metric = check.of.metric.as_deref().unwrap_or_default();
    match (check.compare, check.reduce) {
        (Compare::Value, Reduce::Count) => "cells".to_owned(),
        (Compare::Value | Compare::Difference, _) if check.per.is_none() => {
            catalog.unit(metric).to_owned()
        }
        _ => String::new(),
    }
}

fn plain(number: f64, unit: &str) -> Value {
    let number = rounded(number);
    let text = match unit.is_empty() {
        true => short(number),
        false => format!("{} {unit}", short(number)),
    };
    Value { number: Some(number), text, unit: unit.to_owned() }
}

/// Nine digits: enough for any text, and no trace of the order of additions.
fn rounded(number: f64) -> f64 {
    format!("{number:.8e}").parse().unwrap_or(number)
}

/// All values of a claim that one check on one target gives.
pub(crate) fn anchors(
    claim: &Claim,
    check: &Check,
    target: &str,
    answer: &Answer,
    catalog: &Catalog,
    out: &mut BTreeMap<String, Value>,
) -> Result<(), String> {
    if let Some(value) = of_result(check, answer, catalog) {
        out.insert(format!("{}-{target}", check.name), value);
    }
    for (key, def) in &claim.values {
        let (name, part) = def.of.split_once('.').unwrap_or((&def.of, "result"));
        if name != check.name {
            continue;
        }
        let value = match part {
            "of" => of_points(&answer.of, def, check, catalog),
            "vs" => of_points(&answer.vs, def, check, catalog),
            _ => Ok(of_result(check, answer, catalog)),
        };
        let value = value.map_err(|why| format!("value `{key}`: {why}"))?;
        if let Some(value) = value {
            out.insert(format!("{key}-{target}"), formatted(value, def));
        }
    }
    Ok(())
}

fn formatted(mut value: Value, def: &ValueDef) -> Value {
    if let (Some(format), Some(number)) = (&def.format, value.number) {
        value.text = fill(format, number);
    }
    value
}

fn of_points(
    points: &[Point],
    def: &ValueDef,
    check: &Check,
    catalog: &Catalog,
) -> Result<Option<Value>, String> {
    if points.is_empty() {
        return Ok(None);
    }
    let pick = Pick::narrowing(&def.pick.clone().unwrap_or_default()).with_sizes(
        def.at
            .clone()
            .and_then(|at| sizes(&crate::claim::Selector { at: Some(at), ..Default::default() })),
    );
    let chosen = points.iter().filter(|point| pick.matches(&point.key));
    let numbers: Vec<f64> = chosen.map(|point| point.value.mid).collect();
    if numbers.is_empty() {
        return Err("no cell of the check matches".to_owned());
    }
    let number = reduce(def.reduce, numbers).map_err(|gap| format!("{gap:?}"))?;
    let metric = check.of.metric.as_deref().unwrap_or_default();
    let unit = if check.per.is_none() { catalog.unit(metric) } else { "" };
    Ok(Some(plain(number, unit)))
}
