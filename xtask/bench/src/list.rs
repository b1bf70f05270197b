//! `cargo xtask list`: what there is.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use clap::ValueEnum;
use record::Record;
use serde_json::{Value, json};
use xtask_judge::axes::{AXES, Axis};

use crate::claims;
use crate::doctor;
use crate::error::Exit;
use crate::options::{ListArgs, Subject};
use crate::tree::Tree;

/// Format of the `--json` answer.
const FORMAT: &str = "async-eval.list/1";

/// Lists one kind of thing.
///
/// # Errors
/// An [`InputError`](crate::InputError) at a damaged file, and errors of the writer.
pub fn list(args: &ListArgs, out: &mut dyn Write) -> Result<Exit> {
    let tree = Tree::here()?;
    let Some(subject) = args.subject else {
        return print_subjects(args.json, out);
    };
    let (name, items) = match subject {
        Subject::Designs => ("designs", designs(&tree)),
        Subject::Workloads => ("workloads", workloads(&tree)),
        Subject::Targets => ("targets", targets(&tree)),
        Subject::Runtimes => ("runtimes", ids(tree.runtimes())),
        Subject::Peers => ("peers", ids(tree.peers())),
        Subject::Claims => ("claims", claims(&tree)?),
        Subject::Records => ("records", records(&tree)?),
    };
    if args.json {
        let answer = json!({ "format": FORMAT, name: items });
        writeln!(out, "{}", serde_json::to_string_pretty(&answer)?)?;
        return Ok(Exit::Done);
    }
    print(&items, out)?;
    Ok(Exit::Done)
}

/// What can be asked for, in the words of `--help`.
fn print_subjects(as_json: bool, out: &mut dyn Write) -> Result<Exit> {
    let one = |subject: &Subject| {
        let value = subject.to_possible_value()?;
        let text = value.get_help().map(ToString::to_string).unwrap_or_default();
        Some(json!({ "id": value.get_name(), "text": text }))
    };
    let items: Vec<Value> = Subject::value_variants().iter().filter_map(one).collect();
    if as_json {
        let answer = json!({ "format": FORMAT, "subjects": items });
        writeln!(out, "{}", serde_json::to_string_pretty(&answer)?)?;
    } else {
        print(&items, out)?;
        writeln!(out, "\n`cargo xtask list designs` and so on; --json for a script")?;
    }
    Ok(Exit::Done)
}

fn print(items: &[Value], out: &mut dyn Write) -> Result<()> {
    let ids = items.iter().filter_map(|item| item["id"].as_str());
    let width = ids.map(str::len).max().unwrap_or(0);
    for item in items {
        let (id, text) = (item["id"].as_str().unwrap_or(""), item["text"].as_str().unwrap_or(""));
        writeln!(out, "{}", format!("{id:<width$}  {text}").trim_end())?;
        for (mode, axes) in item["axes"].as_object().into_iter().flatten() {
            let word = |axis: &Axis| axes[axis.id].as_str().unwrap_or("").to_owned();
            let words: Vec<String> =
                AXES.iter().map(|axis| format!("{}={}", axis.id, word(axis))).collect();
            writeln!(out, "{:width$}  {mode}: {}", "", words.join(" "))?;
        }
    }
    Ok(())
}

fn ids<'a>(ids: impl IntoIterator<Item = &'a str>) -> Vec<Value> {
    ids.into_iter().map(|id| json!({ "id": id, "text": "" })).collect()
}

fn designs(tree: &Tree) -> Vec<Value> {
    let one = |design: &crate::tree::Design| {
        let unsupported: Vec<&String> = design.unsupported.keys().collect();
        let axes: BTreeMap<&String, BTreeMap<&str, &str>> = design
            .axes
            .iter()
            .map(|(mode, axes)| (mode, axes.pairs().map(|(axis, word)| (axis.id, word)).collect()))
            .collect();
        json!({
            "id": design.id, "text": design.summary, "name": design.name, "modes": design.modes,
            "capabilities": design.capabilities, "unsupported": unsupported, "axes": axes,
        })
    };
    tree.designs.values().map(one).collect()
}

fn workloads(tree: &Tree) -> Vec<Value> {
    let one = |workload: &crate::tree::Workload| {
        let cases: Vec<&str> = workload.cases.iter().map(|case| case.id.as_str()).collect();
        json!({
            "id": workload.id, "text": workload.title, "targets": workload.targets,
            "cases": cases, "seed": workload.seed, "needs": workload.needs,
        })
    };
    tree.workloads.values().map(one).collect()
}

fn targets(tree: &Tree) -> Vec<Value> {
    let one = |(target, needs): (String, Vec<doctor::Requirement>)| {
        let missing: Vec<String> = needs
            .iter()
            .filter(|need| need.found.is_none())
            .map(|need| need.name.clone())
            .collect();
        let text = match missing.as_slice() {
            [] => "ready".to_owned(),
            missing => format!("lacks {}; `cargo xtask doctor`", missing.join(", ")),
        };
        json!({ "id": target, "text": text, "missing": missing })
    };
    let mut needs = doctor::requirements(tree);
    tree.targets.iter().filter_map(|target| needs.remove_entry(target)).map(one).collect()
}

fn claims(tree: &Tree) -> Result<Vec<Value>> {
    let mut items = Vec::new();
    for (id, path) in &tree.claims {
        let claim = claims::read(path)?;
        let title = claim.get("title").and_then(toml::Value::as_str).unwrap_or_default();
        items.push(json!({ "id": id, "text": title, "file": tree.relative(path) }));
    }
    Ok(items)
}

fn records(tree: &Tree) -> Result<Vec<Value>> {
    let mut items = Vec::new();
    for dir in tree.records()? {
        let record = match Record::open(&dir) {
            Ok(record) => record,
            Err(error) => {
                // One that is damaged is a row with its reason; the others are listed.
                let text = format!("cannot be read: {error:#}");
                items.push(json!({ "id": tree.relative(&dir), "text": text }));
                continue;
            }
        };
        let run = &record.run;
        let text = format!("{} {} {}", run.profile, run.machine.fingerprint, run.toolchain.rustc);
        items.push(json!({
            "id": tree.relative(&dir), "text": text, "target": run.target,
            "revision": run.revision, "dirty": run.dirty, "run_id": run.run_id,
        }));
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn without_a_subject_the_subjects_are_listed() {
        let mut text = Vec::new();
        print_subjects(false, &mut text).expect("printed");
        let text = String::from_utf8(text).expect("text");
        for word in ["designs", "workloads", "records    Records, committed and local"] {
            assert!(text.contains(word), "{text}");
        }
    }

    #[test]
    fn designs_are_listed_with_the_axes_of_each_mode() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let items = designs(&Tree::at(&root).expect("a tree"));
        let completion = items.iter().find(|item| item["id"] == "completion").expect("a design");
        assert_eq!(completion["axes"]["c1"]["drop"], "must-complete");
        let mut text = Vec::new();
        print(&items, &mut text).expect("printed");
        let text = String::from_utf8(text).expect("text");
        let line = "default: drop=may drive=awaited cancel=drop buffer=copied wake=root \
                    share=borrow workers=one\n";
        assert!(text.contains(line), "{text}");
    }
}
