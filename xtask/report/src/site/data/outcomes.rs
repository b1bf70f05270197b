//! What happened to each hazard in each form, on every target that judges it.

use std::collections::BTreeMap;

use record::{CellKey, Role};
use serde_json::{Value, json};

use super::names::Names;
use crate::book::{Cell, Sheet};
use crate::column::Column;
use crate::counts::Counts;
use crate::outcome::Shown;
use crate::page::Source;
use crate::pages::hazards::{Hazard, all, price, sign};

/// The hazards in the order of the overview, each with its cases and outcomes.
pub(super) fn hazards(source: Source<'_>, names: &mut Names) -> Value {
    all(source).iter().map(|hazard| one(source, hazard, names)).collect()
}

fn one(source: Source<'_>, hazard: &Hazard<'_>, names: &mut Names) -> Value {
    let mut cases: Vec<(String, Role)> = Vec::new();
    let mut outcomes = Vec::new();
    for (target, sheet) in &source.book.sheets {
        let here = Hazard { sheet, ..*hazard };
        let decides = std::ptr::eq(sheet, hazard.sheet);
        for role in [Role::Hazard, Role::Control] {
            let preferred = preferred(&here, role, hazard.story.map_or("", |it| &it.runtime));
            for (key, cell) in here.cells(role).filter(|(_, cell)| cell.role == Some(role)) {
                let judged = decides || !cell.schedules.is_empty() || cell.compile.is_some();
                let column = sheet.column(key);
                if !judged || column.is_baseline() {
                    continue;
                }
                let case = cases.iter().position(|(known, _)| *known == key.case);
                let case = case.unwrap_or_else(|| {
                    cases.push((key.case.clone(), role));
                    cases.len() - 1
                });
                let mut entry = entry(source, &here, key, cell, &column);
                entry["case"] = json!(case);
                entry["target"] = json!(target);
                entry["form"] = json!(names.form(sheet, &column));
                entry["runtime"] = json!(names.runtime(&column));
                entry["pref"] = json!(preferred.contains(&key));
                outcomes.push(entry);
            }
        }
    }
    let case = |(id, role): &(String, Role)| {
        let text = source.suite.case(hazard.id, id).map_or("", |it| it.text.as_str());
        json!({
            "id": id,
            "name": source.stories.case(hazard.id, id),
            "text": text,
            "control": *role == Role::Control,
        })
    };
    let story = hazard.story;
    json!({
        "id": hazard.id,
        "name": hazard.name(source),
        "story": story.map_or("", |it| it.story.trim()),
        "remedy": story.map_or("", |it| it.remedy.trim()),
        "headline": hazard.headline(source),
        "target": hazard.sheet.run.target,
        "claims": source.claims.reading(hazard.id),
        "cases": cases.iter().map(case).collect::<Vec<_>>(),
        "outcomes": outcomes,
    })
}

/// Of the runtimes of a form the one that stands in the overview.
fn preferred<'a>(hazard: &Hazard<'a>, role: Role, runtime: &str) -> Vec<&'a CellKey> {
    // A cell, and how far its runtime is from the one that is asked for.
    type Ranked<'c> = (&'c CellKey, (bool, usize));
    let mut found: BTreeMap<(String, String), Ranked<'_>> = BTreeMap::new();
    for (key, _) in hazard.cells(role) {
        let column = hazard.sheet.column(key);
        let elsewhere = !column.is_peer() && column.runtime != runtime && !runtime.is_empty();
        let rank = (elsewhere, column.runtime_at);
        let place = found.entry((key.case.clone(), column.who())).or_insert((key, rank));
        if rank < place.1 {
            *place = (key, rank);
        }
    }
    found.into_values().map(|(key, _)| key).collect()
}

fn entry(
    source: Source<'_>,
    hazard: &Hazard<'_>,
    key: &CellKey,
    cell: &Cell,
    column: &Column,
) -> Value {
    if let (Some(code), true) = (&cell.compile, cell.schedules.is_empty()) {
        return compiled(source, hazard.sheet, key, code);
    }
    let shown = hazard.outcome(source, key);
    let counts = Counts::of_script(cell);
    let (fired, schedules) = cell.fired();
    let mut entry = json!({
        "n": key.n,
        "is": word(&shown),
        "text": sign(&shown, cell, key.n),
        "cell": key.to_string(),
    });
    let mut put = |name: &str, value: Value| entry[name] = value;
    if shown.fires() {
        put("how", json!(counts.words(key.n)));
    } else if shown.is_known() && price(cell) != "–" {
        put("price", json!(price(cell)));
    }
    if schedules > 0 {
        put("schedules", json!([fired, schedules]));
    }
    if let Some(why) = shown.reason() {
        put("why", json!(why));
    }
    if hazard.is_shielded_in(source, &key.case, column) {
        put("shield", json!(true));
    }
    entry
}

/// What a compiler said, where nothing was run.
fn compiled(_source: Source<'_>, _sheet: &Sheet, key: &CellKey, code: &str) -> Value {
    let (is, text) = match code {
        "ok" => ("compiles", "compiles".to_owned()),
        code => ("refused", format!("✗ {code}")),
    };
    json!({ "n": key.n, "is": is, "text": text, "cell": key.to_string() })
}

fn word(shown: &Shown) -> &'static str {
    match shown {
        Shown::Occurs | Shown::Panics | Shown::Hang => "fires",
        Shown::Absent => "absent",
        Shown::Converted(_) => "price",
        Shown::Inexpressible(..) => "refused",
        Shown::Trouble(..) => "trouble",
        Shown::Missing => "missing",
    }
}
