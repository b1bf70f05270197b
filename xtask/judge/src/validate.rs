//! What a claim file must not say, beyond its shape.

use crate::catalog::{Catalog, unknown};
use crate::claim::{CLAIM_FORMAT, Check, Claim, Class, Compare, Condition, Expected};
use crate::claim::{Reduce, Schedules, Selector, ValueDef, Words};
use crate::format::{HOLES, is_known};
use crate::wrong::{Checked, Fault, wrong};

/// The first thing that is wrong with a claim.
pub(crate) fn fault(claim: &Claim, file: &str, catalog: &Catalog) -> Option<Fault> {
    check_claim(claim, file, catalog).err()
}

fn check_claim(claim: &Claim, file: &str, catalog: &Catalog) -> Checked {
    let id = &claim.id;
    if claim.format != CLAIM_FORMAT {
        return wrong(format!("format {}, this tool reads {CLAIM_FORMAT}", claim.format), "format");
    }
    let digits = id.strip_prefix('C').unwrap_or_default();
    if digits.len() != 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return wrong(format!("`{id}` is not an id such as C047"), id);
    }
    let name = file.rsplit('/').next().unwrap_or(file);
    if !name.starts_with(&format!("{id}-")) {
        return wrong(format!("the file of {id} has to be named {id}-<slug>.toml"), id);
    }
    if claim.class == Class::External {
        return match claim.checks.is_empty() && claim.source.is_some() {
            true => Ok(()),
            false => wrong("an external claim has a `source` and no checks", id),
        };
    }
    if claim.checks.is_empty() {
        return wrong("no [[check]]: nothing could refute it", id);
    }
    for (index, check) in claim.checks.iter().enumerate() {
        if claim.checks[..index].iter().any(|other| other.name == check.name) {
            return wrong(format!("two checks are named `{}`", check.name), &check.name);
        }
        check_check(check, catalog)?;
    }
    for beside in &claim.beside {
        selector(&beside.of, catalog)?;
        targets(&beside.targets, catalog)?;
        reported(beside.of.metric.as_ref(), &beside.targets, catalog)?;
    }
    for (key, value) in &claim.values {
        check_value(claim, key, value)?;
    }
    crate::comparison::comparisons(claim, catalog)
}

fn check_check(check: &Check, catalog: &Catalog) -> Checked {
    let name = &check.name;
    let bounds = [
        check.at_least.is_some(),
        check.at_most.is_some(),
        check.equals.is_some(),
        check.within.is_some(),
    ];
    if bounds.iter().filter(|set| **set).count() != 1 {
        return wrong("exactly one of at_least, at_most, equals, within", name);
    }
    let words = matches!(check.compare, Compare::Outcome | Compare::Compile);
    if words != matches!(check.equals, Some(Expected::Word(_))) {
        return wrong(
            "outcome and compile are compared with `equals = \"word\"`, others not",
            name,
        );
    }
    if check.targets.is_empty() || check.targets.iter().any(|t| t.as_slice().is_empty()) {
        return wrong("no target", name);
    }
    for group in &check.targets {
        targets(group.as_slice(), catalog)?;
    }
    selector(&check.of, catalog)?;
    if let Some(vs) = &check.vs {
        selector(vs, catalog)?;
    }
    metrics(check, catalog)?;
    let together = check.targets.iter().any(|group| group.as_slice().len() > 1);
    let two = matches!(check.compare, Compare::Ratio | Compare::Difference);
    if two && check.vs.is_none() && !together {
        return wrong("ratio and difference need `vs`", name);
    }
    if !two && check.vs.is_some() {
        return wrong("`vs` is for ratio and difference", name);
    }
    if check.compare == Compare::RankTau && check.targets.iter().any(|t| t.as_slice().len() != 2) {
        return wrong("rank_tau compares two targets: targets = [[\"a\", \"b\"]]", name);
    }
    let count = check.reduce == Reduce::Count;
    if count == check.conditions.is_empty() {
        return wrong("`reduce = \"count\"` and `where` belong together", name);
    }
    let wordless = words || count || check.compare == Compare::Fraction;
    if !wordless && check.of.metric.is_none() {
        return wrong(format!("{:?} needs a metric", check.compare), name);
    }
    let curve = !matches!(
        check.compare,
        Compare::Value
            | Compare::Ratio
            | Compare::Difference
            | Compare::Fraction
            | Compare::Outcome
    );
    if curve && check.schedules == Schedules::All {
        return wrong("this comparison reads the script as written only", name);
    }
    match check.per.as_deref() {
        None | Some("n") => {}
        Some("ops") if check.schedules == Schedules::Script => {}
        Some("ops") => return wrong("operations are known of the script as written only", name),
        Some(_) => return wrong("`per` is \"n\" or \"ops\"", name),
    }
    match check.vs_reduce {
        None => {}
        Some(Reduce::Min | Reduce::Max) if two && check.vs.is_some() => {}
        Some(_) => return wrong("`vs_reduce` is \"min\" or \"max\", beside `vs`", name),
    }
    check.conditions.iter().try_for_each(|one| condition(one, name, catalog))
}

fn condition(one: &Condition, name: &str, catalog: &Catalog) -> Checked {
    let bounds =
        [one.at_least.is_some(), one.at_most.is_some(), one.equals.is_some(), one.within.is_some()];
    let bounds = bounds.iter().filter(|set| **set).count();
    match (&one.metric, &one.outcome) {
        (Some(metric), None) if bounds == 1 => known_metric(metric, catalog),
        (None, Some(word)) if bounds == 0 && one.over.is_none() => match word.as_str() {
            "occurs" | "absent" | "inexpressible" | "panics" | "hang" => Ok(()),
            _ => wrong(format!("`{word}` is no outcome"), word),
        },
        _ => wrong("a condition has a metric with one bound, or an outcome", name),
    }
}

fn targets(list: &[String], catalog: &Catalog) -> Checked {
    for target in list {
        if !catalog.targets.contains(target) {
            return wrong(unknown("target", target, catalog.targets.iter()), target);
        }
    }
    Ok(())
}

/// That the targets of a check report what it reads.
fn metrics(check: &Check, catalog: &Catalog) -> Checked {
    let (metric, workload) = (check.of.metric.as_ref(), check.of.workload.as_ref());
    let vs = check.vs.iter();
    let vs = vs.map(|vs| (vs.metric.as_ref().or(metric), vs.workload.as_ref().or(workload)));
    let conditions = check.conditions.iter().map(|one| (one.metric.as_ref(), workload));
    for (metric, workload) in std::iter::once((metric, workload)).chain(vs).chain(conditions) {
        for group in &check.targets {
            reported(metric, group.as_slice(), catalog)?;
        }
        let Some(metric) = metric else { continue };
        for id in exact(workload) {
            if let Some(others) = catalog.reports.others(metric, &id) {
                let why = format!("no judge of `{id}` reports `{metric}`; those of {others} do");
                return wrong(why, metric);
            }
        }
    }
    Ok(())
}

/// The words that are ids and no patterns.
fn exact(words: Option<&Words>) -> Vec<String> {
    let all = words.map(|words| words.as_slice().to_vec()).unwrap_or_default();
    all.into_iter().filter(|word| !word.contains(['*', '?']) && word != "none").collect()
}

/// A metric that a target's runner never reports would leave a claim not measured for ever.
fn reported(metric: Option<&String>, targets: &[String], catalog: &Catalog) -> Checked {
    let Some(metric) = metric else { return Ok(()) };
    match targets.iter().find_map(|target| catalog.unreported(metric, target)) {
        Some(why) => wrong(why, metric),
        None => Ok(()),
    }
}

fn known_metric(metric: &str, catalog: &Catalog) -> Checked {
    match catalog.metrics.contains_key(metric) {
        true => Ok(()),
        false => wrong(unknown("metric", metric, catalog.metrics.keys()), metric),
    }
}

fn selector(selector: &Selector, catalog: &Catalog) -> Checked {
    if let Some(metric) = &selector.metric {
        known_metric(metric, catalog)?;
    }
    for id in exact(selector.workload.as_ref()) {
        if !catalog.workloads.contains_key(&id) {
            return wrong(unknown("workload", &id, catalog.workloads.keys()), &id);
        }
    }
    for id in exact(selector.design.as_ref()) {
        if !catalog.designs.contains(&id) {
            return wrong(unknown("design", &id, catalog.designs.iter()), &id);
        }
    }
    let workloads = exact(selector.workload.as_ref());
    let cases: Vec<&String> =
        workloads.iter().flat_map(|id| &catalog.workloads[id].cases).collect();
    for case in exact(selector.case.as_ref()) {
        if !workloads.is_empty() && !cases.contains(&&case) {
            return wrong(unknown("case", &case, cases.into_iter()), &case);
        }
    }
    Ok(())
}

fn check_value(claim: &Claim, key: &str, value: &ValueDef) -> Checked {
    let (name, part) = value.of.split_once('.').unwrap_or((&value.of, "result"));
    let Some(check) = claim.checks.iter().find(|check| check.name == name) else {
        let names: Vec<String> = claim.checks.iter().map(|check| check.name.clone()).collect();
        return wrong(unknown("check", name, names.iter()), &value.of);
    };
    if let Some(format) = value.format.as_ref().filter(|format| !is_known(format)) {
        return wrong(format!("value `{key}`: `{format}` has no hole such as {HOLES}"), format);
    }
    match part {
        "of" | "result" => Ok(()),
        "vs" if check.vs.is_some() => Ok(()),
        _ => wrong(format!("value `{key}`: `{part}` is none of of, vs, result"), &value.of),
    }
}
