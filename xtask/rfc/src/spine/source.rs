//! Blocks that come from the code: the axes of every mode, and programs that are shown.

use std::fs;

use xtask_judge::axes::AXES;

use crate::book::link_between;
use crate::facts::nearest;
use crate::table::{Place, Sources, head, row};

/// Every mode as a point of the design space, from `[axes.<mode>]` of each `design.toml`, or
/// those of one `design=`.
pub(crate) fn axes(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut names = vec!["design/mode"];
    names.extend(AXES.iter().map(|axis| axis.id));
    let mut text = head(&names);
    let asked = place.asks.get("design");
    let of = |point: &str| {
        let design = point.split('/').next().unwrap_or_default();
        asked.is_none_or(|asked| asked == design)
    };
    let points: Vec<_> = sources.facts.points.iter().filter(|(point, _)| of(point)).collect();
    if let (Some(asked), true) = (asked, points.is_empty()) {
        let known = sources.facts.points.iter().map(|(point, _)| point);
        return Err(format!("no design `{asked}`; near: {}", nearest(asked, known).join(", ")));
    }
    for (point, axes) in points {
        let values = axes.pairs().map(|(_, value)| value.to_owned());
        let fields: Vec<String> = [format!("`{point}`")].into_iter().chain(values).collect();
        row(&mut text, &fields);
    }
    match sources.facts.points.is_empty() {
        false => Ok(text),
        true => Ok("No design states its axes yet.\n".to_owned()),
    }
}

/// What each axis asks, and what its values mean.
pub(crate) fn axis_values(_: &Sources<'_>, _: &Place<'_>) -> Result<String, String> {
    let mut text = head(&["axis", "question", "values"]);
    for axis in &AXES {
        let values = axis.values.iter().map(|(value, means)| format!("`{value}`: {means}"));
        let values: Vec<String> = values.collect();
        let question = format!("{}?", axis.question);
        row(&mut text, &[format!("`{}`", axis.id), question, values.join("; ")]);
    }
    Ok(text)
}

/// Pairs of modes that differ in one axis: what a comparison can be held to.
pub(crate) fn neighbours(sources: &Sources<'_>, _: &Place<'_>) -> Result<String, String> {
    let mut text = head(&["axis", "pair"]);
    let points = sources.facts.points.iter().cloned().collect();
    for pair in xtask_judge::axes::neighbours(&points) {
        let both = format!("`{}` and `{}`", pair.first, pair.second);
        row(&mut text, &[format!("`{}`", pair.axis.id), both]);
    }
    Ok(text)
}

/// `table=source file=<path> fn=<name>`: a function as it is compiled and run, with a link;
/// `fn=Type::name` is looked for from `impl Type` on.
pub(crate) fn source(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let file = place.asks.get("file").ok_or("the marker names no `file=`")?;
    let name = place.asks.get("fn").ok_or("the marker names no `fn=`")?;
    let text =
        fs::read_to_string(sources.root.join(file)).map_err(|error| format!("{file}: {error}"))?;
    let lines: Vec<&str> = text.lines().collect();
    let (owner, name) = name.rsplit_once("::").unwrap_or(("", name));
    let block = format!("impl {owner}");
    let from = match owner.is_empty() {
        true => Some(0),
        false => lines.iter().position(|line| line.starts_with(&block)),
    };
    let from = from.ok_or_else(|| format!("{file} has no `{block}`"))?;
    let starts = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("pub ").unwrap_or(line);
        let line = line.strip_prefix("async ").unwrap_or(line);
        let rest = line.strip_prefix("fn ").and_then(|rest| rest.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with(['(', '<']))
    };
    let Some(at) = (from..lines.len()).find(|&at| starts(lines[at])) else {
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
