//! Blocks that come from the code: the axes of every mode, and programs that are shown.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::data::AXES;
use crate::book::link_between;
use crate::table::{Place, Sources, head, row};

/// Every mode as a point of the design space, from `[axes.<mode>]` of each `design.toml`.
pub(crate) fn axes(sources: &Sources<'_>, _: &Place<'_>) -> Result<String, String> {
    let mut names = vec!["design/mode"];
    names.extend(AXES);
    let mut text = head(&names);
    let mut any = false;
    for (name, point) in points(sources.root)? {
        any = true;
        let value = |axis: &str| point.get(axis).cloned().unwrap_or_else(|| "–".to_owned());
        let mut fields = vec![format!("`{name}`")];
        fields.extend(AXES.map(value));
        row(&mut text, &fields);
    }
    match any {
        true => Ok(text),
        false => Ok("No design states its axes yet.\n".to_owned()),
    }
}

/// A mode by its name, with the value of each axis.
type Point = (String, BTreeMap<String, String>);

/// All modes, by the order of their designs.
fn points(root: &Path) -> Result<Vec<Point>, String> {
    let dir = root.join("prototypes");
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(&dir) else { return Ok(Vec::new()) };
    for entry in entries.flatten() {
        let path = entry.path().join("design.toml");
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let at = || path.strip_prefix(root).unwrap_or(&path).display().to_string();
        let table: toml::Table = toml::from_str(&text).map_err(|e| format!("{}: {e}", at()))?;
        let word = |key: &str| table.get(key).and_then(toml::Value::as_str).unwrap_or_default();
        let order = table.get("order").and_then(toml::Value::as_integer).unwrap_or(i64::MAX);
        let Some(modes) = table.get("axes").and_then(toml::Value::as_table) else { continue };
        for (mode, values) in modes {
            let name = match mode.as_str() {
                "default" => word("id").to_owned(),
                mode => format!("{}/{mode}", word("id")),
            };
            let values = values.as_table().cloned().unwrap_or_default();
            let text = |value: toml::Value| value.as_str().unwrap_or_default().to_owned();
            let point = values.into_iter().map(|(axis, value)| (axis, text(value))).collect();
            found.push((order, name, point));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, name, point)| (name, point)).collect())
}

/// `table=source file=<path> fn=<name>`: a function as it is compiled and run, with a link.
pub(crate) fn source(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let file = place.asks.get("file").ok_or("the marker names no `file=`")?;
    let name = place.asks.get("fn").ok_or("the marker names no `fn=`")?;
    let text =
        fs::read_to_string(sources.root.join(file)).map_err(|error| format!("{file}: {error}"))?;
    let lines: Vec<&str> = text.lines().collect();
    let starts = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("pub ").unwrap_or(line);
        let line = line.strip_prefix("async ").unwrap_or(line);
        let rest = line.strip_prefix("fn ").and_then(|rest| rest.strip_prefix(name.as_str()));
        rest.is_some_and(|rest| rest.starts_with(['(', '<']))
    };
    let Some(at) = lines.iter().position(|line| starts(line)) else {
        return Err(format!("{file} has no function `{name}`"));
    };
    let attributes = lines[..at].iter().rev();
    let above = attributes.take_while(|line| line.trim_start().starts_with("#[")).count();
    let indent = lines[at].len() - lines[at].trim_start().len();
    let close = format!("{}}}", " ".repeat(indent));
    let Some(end) = lines[at..].iter().position(|line| **line == close) else {
        return Err(format!("{file}: the function `{name}` has no end"));
    };
    let body: Vec<&str> =
        lines[at - above..=at + end].iter().map(|l| l.get(indent..).unwrap_or("")).collect();
    let link = link_between(place.file, file);
    Ok(format!("```rust\n{}\n```\n\nSource: [{file}]({link}).\n", body.join("\n")))
}
