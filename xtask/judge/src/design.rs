//! `prototypes/<design>/design.toml`: what a design says of itself.
//!
//! The one reader of these files. A field or value that it does not know is refused with
//! file and line, because a misspelt one would otherwise change nothing and say nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::BadInput;
use crate::axes::Axes;
use crate::listing::folders;
use crate::parse::{line_of, parse};

/// Where designs lie, below the root.
pub const PROTOTYPES: &str = "prototypes";
/// The name under which a design without modes states its axes.
pub const DEFAULT: &str = "default";

/// A workload that the design cannot express.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unsupported {
    /// Why, for a reader.
    pub reason: String,
    /// The compiler's error code, checked on target `host`.
    pub error: Option<String>,
}

/// A design file.
#[derive(Clone, Debug)]
pub struct Design {
    /// Id, equal to the folder's name.
    pub id: String,
    /// Name for headings.
    pub name: String,
    /// One sentence.
    pub summary: String,
    /// Modes, when it has several semantics behind one dialect; the first is the default.
    pub modes: Vec<String>,
    /// What it can do, as workloads name it in `needs`.
    pub capabilities: Vec<String>,
    /// The function by which a profile knows that this design ran.
    pub marker: String,
    /// Workloads that it cannot express.
    pub unsupported: BTreeMap<String, Unsupported>,
    /// Designs of one family have one colour on pages. It is named after the design that founds it.
    pub family: Option<String>,
    /// Rows and columns of pages sort by it.
    pub order: Option<u32>,
    /// Its place in the design space: by mode, or by [`DEFAULT`] where there are no modes.
    pub axes: BTreeMap<String, Axes>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    modes: Vec<String>,
    #[serde(default)]
    capabilities: Vec<String>,
    #[serde(default)]
    marker: String,
    #[serde(default)]
    unsupported: BTreeMap<String, Unsupported>,
    #[serde(default)]
    family: Option<String>,
    #[serde(default)]
    order: Option<u32>,
    #[serde(default)]
    axes: BTreeMap<String, BTreeMap<String, String>>,
}

impl Design {
    /// Reads `prototypes/<id>/design.toml` below a root.
    ///
    /// # Errors
    /// A [`BadInput`] naming file and line.
    pub fn read(root: &Path, id: &str) -> Result<Design> {
        let path = format!("{PROTOTYPES}/{id}/design.toml");
        let text = fs::read_to_string(root.join(&path)).with_context(|| path.clone())?;
        let design = Design::parse(&text, &path)?;
        if design.id != id {
            let text = format!("{path}: id `{}` differs from the folder's name", design.id);
            return Err(BadInput(text).into());
        }
        Ok(design)
    }

    /// Reads the text of a file; `path` is for messages.
    ///
    /// # Errors
    /// A [`BadInput`] naming file and line.
    pub fn parse(text: &str, path: &str) -> Result<Design, BadInput> {
        let file: File = parse(text, Path::new(path))?;
        let expected: Vec<&str> = match file.modes.as_slice() {
            [] => vec![DEFAULT],
            modes => modes.iter().map(String::as_str).collect(),
        };
        if let Some(mode) = expected.iter().find(|mode| !file.axes.contains_key(**mode)) {
            let what =
                if *mode == DEFAULT { "the design".into() } else { format!("mode `{mode}`") };
            let words = format!(
                "{path}:1: {what} states no axes; add the table [axes.{mode}] with drop, drive, \
                 cancel, buffer, wake, share, workers (values: GLOSSARY.md)"
            );
            return Err(BadInput(words));
        }
        let mut axes = BTreeMap::new();
        for (mode, fields) in &file.axes {
            let refused = |near: &str, words: String| {
                BadInput(format!("{path}:{}: {words}", line_in(text, mode, near)))
            };
            if !expected.contains(&mode.as_str()) {
                let words =
                    format!("[axes.{mode}]: no such mode; expected {}", expected.join(", "));
                return Err(refused("", words));
            }
            let known = Axes::of(fields)
                .map_err(|(near, words)| refused(&near, format!("[axes.{mode}]: {words}")))?;
            axes.insert(mode.clone(), known);
        }
        let File {
            id, name, summary, modes, capabilities, marker, unsupported, family, order, ..
        } = file;
        Ok(Design {
            id,
            name,
            summary,
            modes,
            capabilities,
            marker,
            unsupported,
            family,
            order,
            axes,
        })
    }

    /// Its points in the design space, named as in cell keys: `poll`, `scoped/local`.
    pub fn points(&self) -> impl Iterator<Item = (String, Axes)> + '_ {
        self.axes.iter().map(|(mode, axes)| match self.modes.is_empty() {
            true => (self.id.clone(), *axes),
            false => (format!("{}/{mode}", self.id), *axes),
        })
    }
}

/// All designs of a tree, by id.
///
/// # Errors
/// A [`BadInput`] naming file and line.
pub fn designs(root: &Path) -> Result<BTreeMap<String, Design>> {
    let mut designs = BTreeMap::new();
    for id in folders(&root.join(PROTOTYPES))? {
        if root.join(PROTOTYPES).join(&id).join("design.toml").is_file() {
            let design = Design::read(root, &id)?;
            designs.insert(id, design);
        }
    }
    Ok(designs)
}

/// The points of all designs, by name.
#[must_use]
pub fn points(designs: &BTreeMap<String, Design>) -> BTreeMap<String, Axes> {
    designs.values().flat_map(Design::points).collect()
}

/// The line of a field in the table of a mode, or of the table's head.
fn line_in(text: &str, mode: &str, field: &str) -> usize {
    let head = format!("[axes.{mode}]");
    let Some(start) = text.find(&head) else { return 1 };
    let after = start + head.len();
    let table = text[after..].split("\n[").next().unwrap_or_default();
    let mut at = after;
    for line in table.split_inclusive('\n') {
        let name = line.split('=').next().unwrap_or_default().trim();
        if !field.is_empty() && name == field {
            return line_of(text, at);
        }
        at += line.len();
    }
    line_of(text, start)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "id = \"x\"\nmodes = [\"a\"]\n\n[axes.a]\ndrop = \"may\"\ndrive = \"scope\"\n\
                        cancel = \"drop\"\nbuffer = \"copied\"\nwake = \"root\"\nshare = \"borrow\"\n\
                        workers = \"one\"\n\n[unsupported]\n";

    #[test]
    fn a_mode_is_a_point() {
        let design = Design::parse(GOOD, "d.toml").expect("a design");
        let points: Vec<String> =
            design.points().map(|(name, axes)| format!("{name} {axes}")).collect();
        let expected = "x/a drop=may drive=scope cancel=drop buffer=copied wake=root share=borrow \
                        workers=one";
        assert_eq!(points, [expected]);
    }

    #[test]
    fn what_is_wrong_is_refused_with_file_and_line() {
        for (old, new, line, part) in [
            (
                "drive = \"scope\"",
                "drive = \"unknown\"",
                6,
                "expected `awaited`, `loop`, `scope`, `task`",
            ),
            ("wake = \"root\"", "wakes = \"root\"", 9, "unknown axis `wakes`"),
            ("share = \"borrow\"\n", "", 4, "`share` is missing; expected share = `borrow`"),
            ("[axes.a]", "[axes.b]", 1, "mode `a` states no axes; add the table [axes.a]"),
            ("modes = [\"a\"]\n", "", 1, "the design states no axes; add the table [axes.default]"),
            ("modes = [\"a\"]", "mode = [\"a\"]", 2, "unknown field `mode`"),
            ("[unsupported]", "[axes.b]\ndrop = \"may\"", 13, "no such mode; expected a"),
            ("[unsupported]", "[unsupported]\nw = { why = \"\" }", 14, "unknown field `why`"),
        ] {
            let text = GOOD.replace(old, new);
            assert_ne!(text, GOOD, "{old}");
            let BadInput(words) = Design::parse(&text, "d.toml").expect_err(new);
            assert!(words.starts_with(&format!("d.toml:{line}: ")), "{new}: {words}");
            assert!(words.contains(part), "{new}: {words}");
        }
    }
}
