//! Reading claim files, and refusing what cannot be meant.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::BadInput;
use crate::catalog::Catalog;
use crate::claim::{Claim, Words};
use crate::parse::{line_with, parse};

/// Where the claims lie, below the root.
pub const CLAIMS: &str = "rfc/claims";

/// A claim and where it came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The claim.
    pub claim: Claim,
    /// Repository-relative path.
    pub file: String,
    /// [`check_hash`] of the file.
    pub hash: String,
}

/// All claims of a tree in order of id, checked against the ids that exist.
///
/// # Errors
/// A [`BadInput`] naming file and line.
pub fn claims(root: &Path) -> Result<Vec<Loaded>> {
    claims_with(root, &Catalog::read(root)?)
}

pub(crate) fn claims_with(root: &Path, catalog: &Catalog) -> Result<Vec<Loaded>> {
    let dir = root.join(CLAIMS);
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(&dir).with_context(|| CLAIMS.to_owned())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".toml") {
            names.push(name);
        }
    }
    names.sort();
    let mut loaded: Vec<Loaded> = Vec::new();
    for name in names {
        let file = format!("{CLAIMS}/{name}");
        let text = fs::read_to_string(dir.join(&name)).with_context(|| file.clone())?;
        let one = read(&text, &file, catalog)?;
        if let Some(other) = loaded.iter().find(|other| other.claim.id == one.claim.id) {
            let id = &one.claim.id;
            let words =
                format!("{file}: {id} exists already in {}; ids are never reused", other.file);
            return Err(BadInput(words).into());
        }
        loaded.push(one);
    }
    loaded.sort_by(|a, b| a.claim.id.cmp(&b.claim.id));
    superseding(&loaded)?;
    Ok(loaded)
}

/// A claim that is superseded names one that exists and stands.
fn superseding(loaded: &[Loaded]) -> Result<(), BadInput> {
    for old in loaded {
        let new = old.claim.superseded_by.as_ref().map(Words::as_slice).unwrap_or_default();
        let stands = |id: &String| {
            let mut others = loaded.iter().map(|other| &other.claim);
            others.any(|other| other.id == *id && other.superseded_by.is_none())
        };
        if let Some(id) = new.iter().find(|id| !stands(id)) {
            let text = format!(
                "{}:1: superseded_by names `{id}`; expected a claim that exists and is not itself \
                 superseded (`cargo xtask list claims`)",
                old.file
            );
            return Err(BadInput(text));
        }
    }
    Ok(())
}

/// Reads and checks one claim; `file` is for messages.
///
/// # Errors
/// A [`BadInput`] naming file and line.
pub fn read(text: &str, file: &str, catalog: &Catalog) -> Result<Loaded> {
    let claim: Claim = parse(text, Path::new(file))?;
    let value: toml::Table = parse(text, Path::new(file))?;
    if let Some(fault) = crate::validate::fault(&claim, file, catalog) {
        let line = fault.near.as_deref().map_or(1, |word| line_with(text, word));
        return Err(BadInput(format!("{file}:{line}: {}", fault.text)).into());
    }
    let hash = check_hash(&toml::Value::Table(value));
    Ok(Loaded { claim, file: file.to_owned(), hash })
}

/// Keys of a check that say how to read it and change nothing of what is measured, or of the
/// bound.
const UNHASHED: [&str; 3] = ["axis", "pair", "compound"];

/// BLAKE3 of the `[[check]]` tables of a claim file in a canonical form: keys sorted, no
/// layout, and without the keys that only say how to read a check. A record stores it, so
/// that a bound that changed after measuring is seen.
#[must_use]
pub fn check_hash(claim: &toml::Value) -> String {
    let mut text = String::new();
    let mut checks = match claim.get("check") {
        Some(toml::Value::Array(checks)) => checks.clone(),
        _ => Vec::new(),
    };
    for check in checks.iter_mut().filter_map(toml::Value::as_table_mut) {
        for key in UNHASHED {
            check.remove(key);
        }
    }
    canonical(&toml::Value::Array(checks), &mut text);
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

fn canonical(value: &toml::Value, out: &mut String) {
    match value {
        toml::Value::Table(table) => {
            let mut keys: Vec<&String> = table.keys().collect();
            keys.sort();
            out.push('{');
            for key in keys {
                out.push_str(&format!("{key:?}:"));
                canonical(&table[key], out);
                out.push(',');
            }
            out.push('}');
        }
        toml::Value::Array(items) => {
            out.push('[');
            for item in items {
                canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        toml::Value::String(text) => out.push_str(&format!("{text:?}")),
        toml::Value::Float(number) => out.push_str(&format!("{number:?}")),
        other => out.push_str(&other.to_string()),
    }
}
