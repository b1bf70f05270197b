//! What the comparison pages show: one JSON of forms, outcomes, costs, claims and sources.
//!
//! It says nothing that the reports do not say; what is judged, counted or estimated is asked
//! of the same functions. The records themselves are not in it.

mod claims;
mod costs;
mod names;
mod outcomes;
mod texts;

use serde_json::{Value, json};
use xtask_judge::axes::{AXES, Axis};

use super::cited::Citations;
use crate::page::{Source, again};
use names::Names;

/// Format of the data, for the scripts that read it.
const FORMAT: u32 = 1;

/// The data of the pinned records.
#[derive(Clone, Debug)]
pub(crate) struct Data(serde_json::Map<String, Value>);

impl Data {
    /// Reads everything from the book.
    pub(crate) fn of(source: Source<'_>) -> Data {
        let mut names = Names::default();
        let hazards = outcomes::hazards(source, &mut names);
        let costs = costs::questions(source, &mut names);
        let texts = texts::texts(source, &names);
        let mut data = serde_json::Map::new();
        let mut put = |key: &str, value: Value| data.insert(key.to_owned(), value);
        put("format", json!(FORMAT));
        put("pinned", json!(!source.book.local));
        put("axes", axes());
        put("targets", targets(source));
        put("hazards", hazards);
        put("costs", costs);
        put("claims", claims::claims(source));
        put("sources", texts);
        put("forms", names.forms());
        put("runtimes", names.runtimes());
        Data(data)
    }

    /// Whether a comparison page has anything to show. Claims are judged by pinned records alone.
    pub(super) fn fills(&self, page: &str) -> bool {
        let is_full = |key: &str, of: fn(&Value) -> &Value| {
            self.0.get(key).and_then(|it| of(it).as_array()).is_some_and(|all| !all.is_empty())
        };
        match page {
            "costs" => is_full("costs", |it| &it["questions"]),
            "claims" => self.0["pinned"] == json!(true),
            _ => is_full("hazards", |it| it),
        }
    }

    /// As JSON, each claim with its citation. `home` has the pages of the records.
    pub(super) fn json(&self, citations: &Citations, home: &str) -> String {
        let mut data = self.0.clone();
        data.insert("home".to_owned(), json!(home));
        for claim in data.get_mut("claims").and_then(Value::as_array_mut).into_iter().flatten() {
            let cited = claim["id"].as_str().and_then(|id| citations.get(id));
            if let Some(cited) = cited {
                claim["marks"] = json!(cited.marks);
                claim["cite"] = json!(cited.text);
            }
        }
        Value::Object(data).to_string()
    }
}

fn axes() -> Value {
    let mut all = Vec::new();
    for Axis { id, question, values } in &AXES {
        all.push(json!({ "id": id, "question": question, "values": values }));
    }
    Value::Array(all)
}

/// The record of each target, and the command that makes it again.
fn targets(source: Source<'_>) -> Value {
    let target = |(id, sheet): (&String, &crate::book::Sheet)| {
        json!({
            "id": id,
            "record": sheet.name,
            "rustc": sheet.run.toolchain.rustc,
            "again": again(&sheet.run, ""),
        })
    };
    source.book.sheets.iter().map(target).collect()
}
