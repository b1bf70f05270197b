//! What a claim file says about cells, read loosely.
//!
//! The judge owns the format of claims and refuses a bad one. Here only three things are
//! taken from it: which cells its checks name, which targets, and the judge's hash of the
//! checks, stored with a record so that a bound changed after measuring is visible.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use record::ClaimAtRun;
use toml::Value;

use crate::InputError;

/// Cells that one side of a check names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selector {
    /// Patterns by key (workload, case, design, mode, variant, runtime); absent means all.
    pub(crate) keys: BTreeMap<String, Vec<String>>,
    /// Sizes; empty means all.
    pub(crate) n: Vec<u32>,
    /// Metric that is read, if any.
    pub(crate) metrics: Vec<String>,
    /// `compare` of the check.
    pub(crate) compare: String,
    /// Targets; empty means all.
    pub(crate) targets: Vec<String>,
    /// Whether the claim is only valid when its controls are quiet.
    pub(crate) controls: bool,
}

/// Reads a claim file as data.
///
/// # Errors
/// An [`InputError`] naming file and line.
pub(crate) fn read(path: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let table: toml::Table = toml::from_str(&text)
        .map_err(|error| InputError::new(format!("{}: {error}", path.display())))?;
    Ok(Value::Table(table))
}

/// Every claim as it stands, by id.
///
/// # Errors
/// An [`InputError`] at a claim that is not TOML.
pub(crate) fn claims_now(
    claims: &BTreeMap<String, PathBuf>,
) -> Result<BTreeMap<String, ClaimAtRun>> {
    let mut now = BTreeMap::new();
    for (id, path) in claims {
        now.insert(id.clone(), ClaimAtRun { checks: xtask_judge::check_hash(&read(path)?) });
    }
    Ok(now)
}

/// The cells that a claim's checks name, and those that it shows beside its verdict.
pub(crate) fn selectors(claim: &Value) -> Vec<Selector> {
    let kinds = claim.get("guard").and_then(Value::as_array).into_iter().flatten();
    let controls = kinds
        .filter_map(|guard| guard.get("kind").and_then(Value::as_str))
        .any(|kind| kind == "control-quiet");
    let all = |key: &str| claim.get(key).and_then(Value::as_array).into_iter().flatten();
    let checks = all("check").flat_map(|check| of_check(check, controls));
    checks.chain(all("beside").flat_map(|beside| of_check(beside, false))).collect()
}

fn of_check(check: &Value, controls: bool) -> Vec<Selector> {
    let empty = toml::Table::new();
    let table = |key: &str| check.get(key).and_then(Value::as_table);
    let of = table("of").unwrap_or(&empty);
    let compare = check.get("compare").and_then(Value::as_str).unwrap_or_default();
    let targets = check.get("targets").map(texts).unwrap_or_default();
    let conditions: Vec<&toml::Table> = check
        .get("where")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_table)
        .collect();
    let mut sides = vec![of.clone()];
    if let Some(vs) = table("vs") {
        let mut merged = of.clone();
        merged.extend(vs.clone());
        merged.retain(|_, value| value.as_str() != Some("none"));
        sides.push(merged);
    }
    for over in conditions.iter().filter_map(|c| c.get("over")) {
        let mut merged = of.clone();
        merged.insert("case".to_owned(), over.clone());
        // The judge takes the portable form where this variant does not have the case.
        let mut variants = of.get("variant").map(texts).unwrap_or_default();
        variants.push("portable".to_owned());
        merged.insert("variant".to_owned(), Value::from(variants));
        sides.push(merged);
    }
    let more: Vec<String> =
        conditions.iter().filter_map(|c| c.get("metric")).flat_map(texts).collect();
    let selector = |side: &toml::Table| {
        let mut metrics = side.get("metric").map(texts).unwrap_or_default();
        metrics.extend(more.iter().cloned());
        Selector {
            keys: keys_of(side),
            n: sizes_of(side),
            metrics,
            compare: compare.to_owned(),
            targets: targets.clone(),
            controls,
        }
    };
    sides.iter().map(selector).collect()
}

fn keys_of(side: &toml::Table) -> BTreeMap<String, Vec<String>> {
    let mut keys: BTreeMap<String, Vec<String>> =
        ["workload", "case", "design", "mode", "variant", "runtime"]
            .iter()
            .filter_map(|key| Some(((*key).to_owned(), texts(side.get(*key)?))))
            .collect();
    keys.entry("variant".to_owned()).or_insert_with(|| vec!["portable".to_owned()]);
    keys.entry("runtime".to_owned()).or_insert_with(|| vec![crate::tree::OWN.to_owned()]);
    keys
}

fn sizes_of(side: &toml::Table) -> Vec<u32> {
    let Some(n) = side.get("at").and_then(|at| at.get("n")) else {
        return Vec::new();
    };
    let one = |value: &Value| value.as_integer().and_then(|n| u32::try_from(n).ok());
    match n {
        Value::Array(items) => items.iter().filter_map(one).collect(),
        other => one(other).into_iter().collect(),
    }
}

/// The texts in a text, a list or a list of lists.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(text: &str) -> Value {
        Value::Table(toml::from_str(text).expect("a claim"))
    }

    #[test]
    fn the_other_side_takes_what_it_does_not_say_from_the_first() {
        let claim = claim(
            r#"
            [[check]]
            of = { workload = "w", case = "a", design = "poll", metric = "instr", at = { n = [1, 10] } }
            vs = { design = ["scoped", "completion"], variant = "idiomatic" }
            compare = "ratio"
            targets = [["linux", "cortex-m4"]]
            where = [{ metric = "allocs", over = "own-job", at_most = 0 }]
            "#,
        );
        let [of, vs, over] = &selectors(&claim)[..] else { panic!("three sides") };
        assert_eq!(of.keys["variant"], ["portable"]);
        assert_eq!(vs.keys["design"], ["scoped", "completion"]);
        assert_eq!(vs.keys["variant"], ["idiomatic"]);
        assert_eq!((vs.keys["case"][0].as_str(), vs.n.as_slice()), ("a", &[1, 10][..]));
        assert_eq!(over.keys["case"], ["own-job"]);
        assert_eq!(over.keys["variant"], ["portable"]);
        assert_eq!(of.metrics, ["instr", "allocs"]);
        assert_eq!(of.targets, ["linux", "cortex-m4"]);
    }

    #[test]
    fn what_stands_beside_a_verdict_is_measured_without_controls_of_its_own() {
        let claim = claim(
            r#"
            [[check]]
            of = { workload = "w", case = "a", design = "tokio", runtime = "tokio" }
            [[beside]]
            text = "allocations of the naive form"
            of = { workload = "w", case = "naive", design = "tokio", runtime = "tokio", metric = "allocs" }
            targets = ["sim"]
            [[guard]]
            kind = "control-quiet"
            "#,
        );
        let [check, beside] = &selectors(&claim)[..] else { panic!("two selectors") };
        assert!(check.controls && !beside.controls);
        assert_eq!(
            (&beside.keys["case"][0][..], &beside.metrics[..]),
            ("naive", &["allocs".to_owned()][..])
        );
        assert_eq!(beside.targets, ["sim"]);
    }

    #[test]
    fn an_experts_form_is_compared_over_the_portable_case_where_it_has_none() {
        let claim = claim(
            r#"
            [[check]]
            of = { workload = "w", case = "cursor", design = "poll", variant = "expert" }
            where = [{ metric = "allocs", over = "naive", at_most = 0 }]
            "#,
        );
        let [of, over] = &selectors(&claim)[..] else { panic!("two sides") };
        assert_eq!(of.keys["variant"], ["expert"]);
        assert_eq!((over.keys["case"][0].as_str(), over.keys["variant"].len()), ("naive", 2));
        assert_eq!(over.keys["variant"], ["expert", "portable"]);
    }
}
