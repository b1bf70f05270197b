//! What is plugged in is named in one place.
//!
//! `[package.metadata] plugged` names a folder of `src`, a trait, and files of the folder. A module
//! of the folder that implements the trait is a plug: nothing outside of it imports from it but
//! those files. So another plug is a module and its lines there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::graph::{Graph, Wrong, short};

/// Files that import from a plug and may not.
pub(super) fn check(root: &Path, manifest: &Path, graph: &Graph) -> Result<Vec<Wrong>> {
    let text = fs::read_to_string(manifest).with_context(|| manifest.display().to_string())?;
    let table: toml::Table = text.parse().with_context(|| manifest.display().to_string())?;
    let listed = (|| table.get("package")?.get("metadata")?.get("plugged")?.as_table())();
    let Some(listed) = listed else { return Ok(Vec::new()) };
    let word = |key: &str| {
        let word = listed.get(key).and_then(toml::Value::as_str);
        word.with_context(|| format!("{}: `plugged` has no `{key}`", manifest.display()))
    };
    let home = manifest.with_file_name("src").join(word("folder")?);
    let by = listed.get("by").and_then(toml::Value::as_array).into_iter().flatten();
    let by: BTreeSet<PathBuf> =
        by.filter_map(toml::Value::as_str).map(|file| home.join(file)).collect();
    let plug = |file: &Path| -> Option<PathBuf> {
        let part = file.strip_prefix(&home).ok()?.iter().next()?;
        Some(home.join(part))
    };
    let mut plugs = BTreeSet::new();
    let reached = graph.values().flat_map(|edges| edges.keys());
    for file in graph.keys().chain(reached).filter(|file| file.starts_with(&home)) {
        if implements(file, word("trait")?)? {
            plugs.extend(plug(file));
        }
    }
    let mut wrong = Vec::new();
    for (from, edges) in graph.iter().filter(|(from, _)| !by.contains(*from)) {
        for (to, names) in edges {
            let Some(of) = plug(to).filter(|of| plugs.contains(of)) else { continue };
            if plug(from).as_ref() == Some(&of) {
                continue;
            }
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let by: Vec<String> = by.iter().map(|file| short(root, file)).collect();
            let what = format!(
                "imports {} from {}, which only {} may name",
                names.join(", "),
                short(root, &of),
                by.join(" and "),
            );
            wrong.push((from.clone(), what));
        }
    }
    Ok(wrong)
}

/// Whether a file has an `impl` of the trait.
fn implements(file: &Path, name: &str) -> Result<bool> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let of = format!(" {name} for ");
    Ok(text.lines().any(|line| line.starts_with("impl") && line.contains(&of)))
}
