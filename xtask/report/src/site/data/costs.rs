//! What forms cost in the same situation: figures with their ranges, ratios of time with their
//! intervals.

use std::collections::BTreeMap;

use record::{CellKey, Role};
use serde_json::{Map, Value, json};

use super::names::Names;
use crate::book::{Cell, Sheet, Spread};
use crate::page::Source;
use crate::pages::hazards;
use crate::wall::{Compared, Group};

/// What is shown of a cell: metric, head, and whether it is divided by the operations of the run
/// where it has some.
const METRICS: [(&str, &str, bool); 11] = [
    ("instr", "instructions", true),
    ("syscalls", "system calls", true),
    ("allocs", "allocations", true),
    ("copied_bytes", "bytes copied", true),
    ("leaf_polls", "polls of leaves", true),
    ("task_polls", "polls of tasks", true),
    ("future_bytes", "bytes of the future", false),
    ("text_bytes", "bytes of code", false),
    ("stack_bytes", "bytes of stack", false),
    ("peak_bytes", "peak heap bytes", false),
    ("rss_bytes", "resident bytes", false),
];

/// The workloads that cost something, each with the rows of all its situations.
pub(super) fn questions(source: Source<'_>, names: &mut Names) -> Value {
    let told: Vec<&str> = hazards::all(source).iter().map(|hazard| hazard.id).collect();
    let mut questions = Vec::new();
    for (target, sheet) in &source.book.sheets {
        let groups: BTreeMap<(&str, &str, u32), Vec<&Group>> = by_place(sheet.groups());
        let mut workloads: Vec<&str> =
            sheet.cells.keys().map(|key| key.workload.as_str()).collect();
        workloads.dedup();
        for workload in workloads.into_iter().filter(|id| !told.contains(id)) {
            let cells = sheet.of(workload).filter(|(_, cell)| cell.compile.is_none());
            let rows: Vec<Value> =
                cells.filter_map(|(key, cell)| row(sheet, key, cell, &groups, names)).collect();
            if !rows.is_empty() {
                questions.push(question(source, target, workload, rows));
            }
        }
    }
    json!({
        "metrics": METRICS.map(|(id, head, _)| json!({ "id": id, "head": head })),
        "questions": questions,
    })
}

fn question(source: Source<'_>, target: &str, workload: &str, rows: Vec<Value>) -> Value {
    let mut cases: Vec<&str> = rows.iter().filter_map(|row| row["case"].as_str()).collect();
    cases.sort_by_key(|case| source.suite.position(workload, case));
    cases.dedup();
    let case = |id: &&str| {
        let text = source.suite.case(workload, id).map_or("", |it| it.text.as_str());
        json!({ "id": id, "text": text })
    };
    json!({
        "workload": workload,
        "title": source.suite.title(workload),
        "target": target,
        "claims": source.claims.reading(workload),
        "cases": cases.iter().map(case).collect::<Vec<_>>(),
        "rows": rows,
    })
}

fn by_place(groups: &[Group]) -> BTreeMap<(&str, &str, u32), Vec<&Group>> {
    let mut found: BTreeMap<_, Vec<&Group>> = BTreeMap::new();
    for group in groups {
        found.entry((&*group.workload, &*group.case, group.n)).or_default().push(group);
    }
    found
}

/// A cell, if it says anything.
fn row(
    sheet: &Sheet,
    key: &CellKey,
    cell: &Cell,
    groups: &BTreeMap<(&str, &str, u32), Vec<&Group>>,
    names: &mut Names,
) -> Option<Value> {
    let column = sheet.column(key);
    let operations = cell.spread("ops").is_some_and(|ops| ops.mid > 0.0);
    let mut values = Map::new();
    for (metric, _, divided) in METRICS {
        let found =
            if divided && operations { cell.per_operation(metric) } else { cell.spread(metric) };
        if let Some(spread) = found {
            values.insert(metric.to_owned(), spread_of(spread));
        }
    }
    let trouble = cell.trouble.as_ref().map(ToString::to_string);
    if values.is_empty() && trouble.is_none() {
        return None;
    }
    let mut row = json!({
        "case": key.case,
        "n": key.n,
        "form": names.form(sheet, &column),
        "runtime": names.runtime(&column),
        "per": operations,
        "values": values,
        "cell": key.to_string(),
    });
    let mut put = |name: &str, value: Value| row[name] = value;
    if cell.role == Some(Role::Control) {
        put("control", json!(true));
    }
    if sheet.roster.has_threads(&column.runtime, &key.workload) {
        put("threads", json!(true));
    }
    if let Some(why) = trouble {
        put("why", json!(why));
    }
    let place = (&*key.workload, &*key.case, key.n);
    for group in groups.get(&place).into_iter().flatten() {
        if group.reference == column {
            put("time", json!({ "is": "reference" }));
        } else if let Some(rival) = group.rivals.iter().find(|rival| rival.column == column) {
            put("time", time(rival, group));
        }
    }
    Some(row)
}

/// The ratio of time to the reference of the group, or why there is none.
fn time(rival: &Compared, group: &Group) -> Value {
    match &rival.ratio {
        Some(ratio) => json!({
            "to": group.reference.to_string(),
            "ratio": [rounded(ratio.it.mid), rounded(ratio.it.low), rounded(ratio.it.high)],
            "is": rival.word,
            "range": ratio.range_of,
        }),
        None => {
            json!({ "to": group.reference.to_string(), "is": "refused", "why": rival.gate.label() })
        }
    }
}

/// The middle alone where all launches agree.
fn spread_of(spread: Spread) -> Value {
    let [mid, low, high] = [spread.mid, spread.low, spread.high].map(rounded);
    if low == high { mid } else { json!([mid, low, high]) }
}

/// Enough digits for a table and a bar.
fn rounded(value: f64) -> Value {
    let rounded = (value * 1000.0).round() / 1000.0;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
    if rounded.fract() == 0.0 && rounded.abs() < 9e15 {
        json!(rounded as i64)
    } else {
        json!(rounded)
    }
}
