//! The generated blocks: what `<!-- ev:begin table=… -->` can ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use record::CellKey;

use crate::book::link_between;
use crate::facts::ClaimFacts;
use crate::level;
use crate::spine;
use crate::table::{Place, Sources, Table, escape, head, prose, row};

/// Every block there is.
const TABLES: &[(&str, Table)] = &[
    ("cells", cells),
    ("checks", checks),
    ("claims", claims),
    ("counts", counts),
    ("drawbacks", drawbacks),
    ("levels", level::table),
    ("open", open),
    ("pages", pages),
    ("records", records),
    ("stance-list", stance_list),
    ("stances", stances),
    ("uncited", uncited),
    ("values", values),
];

/// The Markdown of the block that a marker asks for.
pub(crate) fn block(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let name = place.asks.get("table").ok_or("the marker names no `table=`")?;
    let all = || TABLES.iter().chain(spine::TABLES);
    let known = || all().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    match all().find(|(table, _)| table == name) {
        Some((_, table)) => table(sources, place),
        None => Err(format!("no table `{name}`; there are {}", known())),
    }
}

fn claims(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut text = head(&["claim", "sentence", "verdict"]);
    for claim in place.claims(sources.facts)? {
        let verdict = claim.verdict_words();
        row(&mut text, &[place.id(claim), prose(&claim.sentence), verdict]);
    }
    Ok(text)
}

fn checks(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut text = head(&["claim", "check", "target", "bound", "measured", "verdict"]);
    for claim in place.claims(sources.facts)? {
        for check in &claim.checks {
            row(
                &mut text,
                &[
                    place.id(claim),
                    escape(&check.name),
                    check.target.clone(),
                    escape(&check.bound),
                    escape(&check.measured),
                    check.verdict.clone(),
                ],
            );
        }
    }
    Ok(text)
}

fn values(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut text = head(&["claim", "value", "measured"]);
    for claim in place.claims(sources.facts)? {
        for (key, shown) in &claim.values {
            let link = format!("[{}]({})", escape(shown), place.evidence(&claim.id, Some(key)));
            row(&mut text, &[place.id(claim), format!("`{key}`"), link]);
        }
    }
    Ok(text)
}

/// Raw cells of the listed claims, sizes as columns.
fn cells(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut rows: BTreeMap<[String; 4], BTreeMap<u32, String>> = BTreeMap::new();
    for claim in place.claims(sources.facts)? {
        for check in &claim.checks {
            let wanted = place.asks.get("check").is_none_or(|name| *name == check.name);
            for (cell, metric, value) in check.cells.iter().filter(|_| wanted) {
                let Ok(key) = cell.parse::<CellKey>() else { continue };
                let what = format!("{}/{}", key.workload, key.case);
                let who = who(&key);
                let row = rows.entry([what, who, check.target.clone(), metric.clone()]);
                row.or_default().insert(key.n, value.clone());
            }
        }
    }
    if rows.is_empty() {
        return Ok("No cell is in the pinned records.\n".to_owned());
    }
    let sizes: BTreeSet<u32> = rows.values().flat_map(BTreeMap::keys).copied().collect();
    let columns: Vec<String> = sizes.iter().map(|n| format!("n = {n}")).collect();
    let mut names = vec!["workload/case", "design", "target", "metric"];
    names.extend(columns.iter().map(String::as_str));
    let mut text = head(&names);
    for (labels, by_size) in &rows {
        let mut fields: Vec<String> = labels.iter().map(|label| escape(label)).collect();
        let blank = || "–".to_owned();
        fields.extend(sizes.iter().map(|n| by_size.get(n).cloned().unwrap_or_else(blank)));
        row(&mut text, &fields);
    }
    Ok(text)
}

/// `completion/c1+idiomatic`, without the runtime that no reader asked for.
fn who(key: &CellKey) -> String {
    let full = key.to_string();
    let who = full.split_once('@').map_or("", |(_, who)| who);
    who.strip_suffix(":own").unwrap_or(who).to_owned()
}

/// How many claims came to what: by what was known before they were measured, then by
/// chapter. Claims that others took the place of are not counted.
fn counts(sources: &Sources<'_>, _: &Place<'_>) -> Result<String, String> {
    let verdicts = crate::marker::VERDICTS;
    let mut rows: BTreeMap<(u8, &str), BTreeMap<&str, usize>> = BTreeMap::new();
    for claim in sources.facts.claims.values().filter(|claim| claim.stands()) {
        let known = match (claim.by_definition, claim.regression) {
            (true, _) => (2, "by definition"),
            (_, true) => (1, "result known before"),
            _ => (0, "open before it was measured"),
        };
        for row in [known, (3, claim.chapter.as_str()), (4, "all")] {
            *rows.entry(row).or_default().entry(&claim.verdict).or_default() += 1;
        }
    }
    let mut names = vec!["claims"];
    names.extend(verdicts);
    let mut text = head(&names);
    for ((_, name), counts) in &rows {
        let count = |v: &&str| counts.get(*v).copied().unwrap_or(0).to_string();
        let mut fields = vec![(*name).to_owned()];
        fields.extend(verdicts.iter().map(count));
        row(&mut text, &fields);
    }
    Ok(text)
}

/// For each design: how many claims speak for and against it, and how they ended.
fn stances(sources: &Sources<'_>, _: &Place<'_>) -> Result<String, String> {
    let mut rows: BTreeMap<(&str, &str), BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    let counted = sources.facts.claims.values().filter(|claim| claim.counts());
    for claim in counted {
        for (design, stance) in &claim.stance {
            let by_verdict = rows.entry((design, stance)).or_default();
            by_verdict.entry(&claim.verdict).or_default().push(&claim.id);
        }
    }
    let mut names = vec!["design", "stance"];
    names.extend(crate::marker::VERDICTS);
    let mut text = head(&names);
    for ((design, stance), by_verdict) in &rows {
        let mut fields = vec![(*design).to_owned(), (*stance).to_owned()];
        let ids = |v: &&str| by_verdict.get(*v).map_or("–".to_owned(), |ids| ids.join(", "));
        fields.extend(crate::marker::VERDICTS.iter().map(ids));
        row(&mut text, &fields);
    }
    Ok(text)
}

/// The claims that help or hurt one `design=`, and what they came to; those about other
/// things that its prose quotes stand in the chapters.
fn stance_list(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let design = place.asks.get("design").ok_or("the marker names no `design=`")?;
    let mut text = String::new();
    for wanted in ["for", "against"] {
        let of = |claim: &&ClaimFacts| {
            claim.stands() && claim.stance.get(design).is_some_and(|stance| stance == wanted)
        };
        let claims: Vec<&ClaimFacts> = sources.facts.claims.values().filter(of).collect();
        let none = if claims.is_empty() { ": none yet." } else { ":\n" };
        let _ = writeln!(text, "Claims {wanted} it{none}");
        for claim in claims {
            let _ = writeln!(text, "- {}: {}.", place.chip(claim), prose(&claim.title));
        }
        text.push('\n');
    }
    Ok(text)
}

fn drawbacks(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut by_design: BTreeMap<&str, Vec<(&ClaimFacts, &str)>> = BTreeMap::new();
    for claim in sources.facts.claims.values() {
        for (design, why) in claim.drawback_of() {
            by_design.entry(design).or_default().push((claim, why));
        }
    }
    if by_design.is_empty() {
        return Ok("No claim against a design is supported by the pinned records, and none in \
                   favour of one is contradicted.\n"
            .to_owned());
    }
    let mut text = String::new();
    for (design, drawbacks) in by_design {
        let _ = writeln!(text, "**{design}**\n");
        for (claim, why) in drawbacks {
            let sentence = prose(&claim.sentence);
            let _ = writeln!(text, "- {}: {sentence} ({why})", place.chip(claim));
        }
        text.push('\n');
    }
    Ok(text)
}

fn open(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut text = String::new();
    for claim in sources.facts.claims.values() {
        let open = ["not measured", "inconclusive", "invalid"].contains(&claim.verdict.as_str());
        if !open || !claim.stands() {
            continue;
        }
        let _ = write!(text, "- {}: {}", place.chip(claim), prose(&claim.title));
        for (target, (_, reason)) in &claim.targets {
            if let Some(reason) = reason {
                let _ = write!(text, "; {target}: {}", escape(reason));
            }
        }
        let _ = writeln!(text, "; settled by `cargo xtask bench --claim {}`", claim.id);
    }
    if text.is_empty() {
        text.push_str("Every claim is supported or contradicted by the pinned records.\n");
    }
    Ok(text)
}

fn uncited(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut text = String::new();
    for claim in sources.facts.claims.values() {
        if !sources.cited.contains_key(&claim.id) && claim.stands() {
            let _ = writeln!(text, "- {}: {}", place.chip(claim), prose(&claim.title));
        }
    }
    if text.is_empty() {
        text.push_str("Every claim is cited by a chapter.\n");
    }
    Ok(text)
}

fn records(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    if sources.facts.records.is_empty() {
        return Ok("No record is pinned yet, so every verdict is `not measured`.\n".to_owned());
    }
    let mut text = head(&["target", "record", "toolchain", "tools", "machine"]);
    for (target, record) in &sources.facts.records {
        let tools: Vec<String> =
            record.tools.iter().map(|(name, version)| format!("{name} {version}")).collect();
        let link = format!("[{}]({})", record.name, link_between(place.file, &record.path));
        let machine = sources.facts.machines.get(&record.name).map_or("", String::as_str);
        let fields = [escape(&record.toolchain()), escape(&tools.join(", ")), escape(machine)];
        row(&mut text, &[vec![target.clone(), link], fields.to_vec()].concat());
    }
    Ok(text)
}

/// The evidence pages as a list for the table of contents.
fn pages(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut text = String::new();
    for claim in sources.facts.claims.values() {
        let page = place.evidence(&claim.id, None);
        let _ = writeln!(text, "- [{}: {}]({page})", claim.id, prose(&claim.title));
    }
    Ok(text)
}
