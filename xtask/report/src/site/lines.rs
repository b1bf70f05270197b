//! The lines of the pinned records that claims were judged by, as they stand there, without their
//! samples. Of results by schedule the outcome and how bad it was stay: receipts are most of a
//! record, and random.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use serde_json::Value;

use crate::page::Source;

/// Where a line stands, and the line.
type Place = (String, String);
/// Lines by target and cell.
pub(crate) type Lines = BTreeMap<String, BTreeMap<String, Vec<Place>>>;

const DATA: &str = "reports/data";
/// Samples of time, which only statistics are shown of.
const SAMPLES: &str = "samples";
/// What stays of results by schedule.
const BY_SCHEDULE: [&str; 3] = ["schedule", "outcome", "severity"];

/// Reads the lines of every cell that a claim names.
///
/// # Errors
/// When a file of a record cannot be read.
pub(crate) fn cited(root: &Path, source: Source<'_>) -> Result<Lines> {
    let mut cells: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for id in source.claims.claims.keys() {
        let Some(judged) = source.claims.verdict(id) else { continue };
        let used = judged.checks.iter().flat_map(|check| &check.cells);
        for used in used.chain(judged.beside.iter().map(|beside| &beside.cell)) {
            cells.entry(&used.target).or_default().insert(&used.cell);
        }
    }
    let mut lines = Lines::new();
    for (target, sheet) in &source.book.sheets {
        let Some(wanted) = cells.get(target.as_str()) else { continue };
        let dir = root.join(DATA).join(&sheet.name);
        let of = lines.entry(target.clone()).or_default();
        record(&dir, &format!("{DATA}/{}", sheet.name), wanted, of)?;
    }
    Ok(lines)
}

fn record(
    dir: &Path,
    shown: &str,
    wanted: &BTreeSet<&str>,
    into: &mut BTreeMap<String, Vec<Place>>,
) -> Result<()> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .with_context(|| dir.display().to_string())?
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<std::io::Result<_>>()?;
    // Files of samples are compressed: `.jsonl.gz`.
    files.retain(|name| name.contains(".jsonl"));
    files.sort();
    for name in files {
        let path = dir.join(&name);
        let text = text(&path).with_context(|| path.display().to_string())?;
        for (at, line) in text.lines().enumerate() {
            if let Some(cell) = cell(line).filter(|cell| wanted.contains(cell)) {
                let place = format!("{shown}/{name}:{}", at + 1);
                let place = (place.clone(), short(line).with_context(|| place)?);
                into.entry(cell.to_owned()).or_default().push(place);
            }
        }
    }
    Ok(())
}

/// What a file of a record says, unpacked.
fn text(path: &Path) -> std::io::Result<String> {
    if path.extension().is_none_or(|end| end != "gz") {
        return fs::read_to_string(path);
    }
    let mut text = String::new();
    GzDecoder::new(fs::File::open(path)?).read_to_string(&mut text)?;
    Ok(text)
}

/// The cell of a line. Keys have no character that JSON escapes.
fn cell(line: &str) -> Option<&str> {
    line.split_once("\"cell\":\"")?.1.split_once('"').map(|(cell, _)| cell)
}

/// The line without what only a reader of the whole record asks for.
fn short(line: &str) -> Result<String> {
    let mut line: Value = serde_json::from_str(line)?;
    match line.get_mut("schedules") {
        Some(Value::Array(rows)) => rows.iter_mut().for_each(cut),
        Some(columns) => cut(columns),
        None => {}
    }
    if let Some(fields) = line.as_object_mut() {
        fields.shift_remove(SAMPLES);
    }
    Ok(line.to_string())
}

fn cut(of: &mut Value) {
    if let Some(fields) = of.as_object_mut() {
        fields.retain(|name, _| BY_SCHEDULE.contains(&name.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn lines_of_wanted_cells_are_kept_with_their_place_and_without_samples() {
        let dir = tempfile::tempdir().expect("a folder");
        let put = |name: &str, text: &str| {
            crate::write::write(&dir.path().join(name), text).expect("written");
        };
        let (one, two) = (r#"{"kind":"exact","cell":"a,n=1@p"}"#, r#"{"cell":"b,n=1@p"}"#);
        put("p.jsonl", &format!("{two}\n{one}\n"));
        let sampled = format!("{}\n", one.replace('}', r#","samples":{"ops":[1]}}"#));
        let file = fs::File::create(dir.path().join("p.samples.jsonl.gz")).expect("created");
        let mut packed = GzEncoder::new(file, Compression::best());
        packed.write_all(sampled.as_bytes()).and_then(|()| packed.try_finish()).expect("packed");
        put("run.json", one);
        let mut found = BTreeMap::new();
        record(dir.path(), "data/x", &BTreeSet::from(["a,n=1@p"]), &mut found).expect("reads");
        let places = ["data/x/p.jsonl:2", "data/x/p.samples.jsonl.gz:1"];
        let expected = places.map(|place| (place.to_owned(), one.to_owned())).to_vec();
        assert_eq!(found, BTreeMap::from([("a,n=1@p".to_owned(), expected)]));
    }

    #[test]
    fn of_results_by_schedule_outcomes_stay_in_both_forms() {
        let rows = r#"{"cell":"a","schedules":[{"schedule":0,"outcome":"absent","receipt":"0f"}]}"#;
        let columns = r#"{"cell":"a","schedules":{"outcome":[["absent",2]],"receipt":"0f1e"}}"#;
        let short = |line| short(line).expect("JSON");
        let row = r#"{"cell":"a","schedules":[{"schedule":0,"outcome":"absent"}]}"#;
        assert_eq!(short(rows), row);
        let column = r#"{"cell":"a","schedules":{"outcome":[["absent",2]]}}"#;
        assert_eq!(short(columns), column);
    }
}
