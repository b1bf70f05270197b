//! The source of every form of every workload, each file once.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::names::Names;
use crate::page::Source;
use crate::pages::hazards;

/// `files` by path, and `of`: which form of a hazard is in which file.
pub(super) fn texts(source: Source<'_>, names: &Names) -> Value {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut of = Map::new();
    for hazard in hazards::all(source) {
        let mut places = Map::new();
        for (at, column) in names.columns() {
            let Some(place) = source.sources.place(column, hazard.id) else { continue };
            let Some(text) = source.sources.text(&place) else { continue };
            files.entry(place.clone()).or_insert(text);
            places.insert(at.to_string(), json!(place));
        }
        of.insert(hazard.id.to_owned(), Value::Object(places));
    }
    json!({ "files": files, "of": of })
}
