//! Who there is: designs, crates, baselines and runtimes, read from the tree's own files.
//!
//! Family and order of a design come from its `design.toml`, those of a crate from its
//! `peer.toml`, the order of runtimes from `prototypes/runtimes/runtimes.toml`; a baseline is
//! a folder. Nothing here knows an id, so what is new appears without a change of the tool.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use record::CellKey;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use xtask_judge::axes::{Axes, Axis};
use xtask_judge::design::{self, Design};
use xtask_judge::listing::paths;
use xtask_judge::runtimes::{Runtime, runtimes};

use crate::column::{Column, Kind};
pub(crate) use crate::family::Family;

#[derive(Clone, Debug, Deserialize)]
struct PeerFile {
    id: String,
    order: u32,
}

/// A mode of a design as a point of the design space.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    pub(crate) design: String,
    pub(crate) mode: Option<String>,
    pub(crate) axes: Axes,
}

impl Point {
    /// `poll`, `scoped/local`.
    pub(crate) fn name(&self) -> String {
        let mode = self.mode.as_ref().map_or(String::new(), |mode| format!("/{mode}"));
        format!("{}{mode}", self.design)
    }
}

/// Everything that can stand behind the `@` of a cell key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roster {
    designs: BTreeMap<String, (Design, Family)>,
    peers: BTreeMap<String, u32>,
    baselines: Vec<String>,
    runtimes: Vec<Runtime>,
}

/// Stands behind everything that says its place.
const LAST: u32 = u32::MAX;

impl Roster {
    /// Reads a tree; what is not there is an empty list.
    ///
    /// # Errors
    /// When a file cannot be parsed or its id is not its folder's name, with its path.
    pub(crate) fn read(root: &Path) -> Result<Roster> {
        let mut roster = Roster::default();
        if root.join(design::PROTOTYPES).is_dir() {
            let designs = design::designs(root)?;
            let families = families(&designs);
            for (id, design) in &designs {
                let family = family(design, &families)?;
                roster.designs.insert(id.clone(), (design.clone(), family));
            }
        }
        for dir in paths(&root.join("workloads/peers"))? {
            let peer = parsed::<PeerFile>(&dir.join("peer.toml"))?;
            let peer = peer.unwrap_or(PeerFile { id: name_of(&dir), order: LAST });
            named(&dir, &peer.id)?;
            roster.peers.insert(peer.id, peer.order);
        }
        for target in paths(&root.join("workloads/targets"))? {
            let baselines = paths(&target.join("baselines"))?;
            roster.baselines.extend(baselines.iter().map(|dir| name_of(dir)));
        }
        roster.runtimes = runtimes(root)?;
        Ok(roster)
    }

    /// The column of a cell.
    pub(crate) fn column(&self, key: &CellKey) -> Column {
        let id = key.design.as_str();
        let design = self.designs.get(id);
        let (kind, family, order) = match (design, self.peers.get(id)) {
            (Some((design, family)), _) => (Kind::Design, *family, design.order.unwrap_or(LAST)),
            (None, Some(order)) => (Kind::Peer, Family::Crate, *order),
            (None, None) if self.is_baseline(id) => (Kind::Baseline, Family::Hand, LAST),
            (None, None) => (Kind::Design, Family::Other, LAST),
        };
        let at = |list: &[String], id: &str| list.iter().position(|known| known == id);
        let modes = design.map_or(&[][..], |(design, _)| &design.modes);
        let mode = key.mode.as_deref().map(|mode| at(modes, mode).unwrap_or(modes.len()));
        let runtime = self.runtimes.iter().position(|known| known.id == key.runtime);
        let known = runtime.map(|at| &self.runtimes[at]);
        Column {
            design: key.design.clone(),
            mode: key.mode.clone(),
            variant: key.variant.clone(),
            runtime: key.runtime.clone(),
            kind,
            family,
            order,
            mode_at: mode.unwrap_or(0),
            modes: modes.len(),
            runtime_at: runtime.unwrap_or(self.runtimes.len()),
            plain: runtime == Some(0),
            ours: known.is_some_and(|it| it.ours),
            note: known.map_or(String::new(), |it| it.note.clone()),
        }
    }

    /// Whether a runtime starts threads of its own in a workload.
    pub(crate) fn has_threads(&self, runtime: &str, workload: &str) -> bool {
        let known = self.runtimes.iter().find(|known| known.id == runtime);
        known.is_some_and(|it| it.threads.iter().any(|word| word == "*" || word == workload))
    }

    /// The runtime whose plain program a form on a runtime is held against.
    pub(crate) fn program<'a>(&'a self, runtime: &'a str) -> &'a str {
        let known = self.runtimes.iter().find(|known| known.id == runtime);
        known.map_or(runtime, |it| if it.program.is_empty() { runtime } else { &it.program })
    }

    /// The design that others are compared with: the first in order.
    pub(crate) fn reference(&self) -> Option<&str> {
        let ours = self.designs.values().filter(|(design, _)| design.order.is_some());
        ours.min_by_key(|(design, _)| design.order).map(|(design, _)| design.id.as_str())
    }

    /// The value of an axis in a mode of a design, if its `design.toml` states it.
    pub(crate) fn axis(&self, column: &Column, axis: &str) -> Option<&str> {
        let (design, _) = self.designs.get(&column.design)?;
        let axes = design.axes.get(column.mode.as_deref().unwrap_or(design::DEFAULT))?;
        Some(axes.value(Axis::named(axis)?))
    }

    /// The points of the design space in the order of tables, one for each place: modes that
    /// differ in no axis are its first.
    pub(crate) fn points(&self) -> Vec<Point> {
        let mut designs: Vec<&Design> = self.designs.values().map(|(design, _)| design).collect();
        designs.sort_by_key(|design| (design.order.unwrap_or(LAST), design.id.as_str()));
        let mut points: Vec<Point> = Vec::new();
        for design in designs {
            let modes: Vec<Option<&String>> = match design.modes.as_slice() {
                [] => vec![None],
                modes => modes.iter().map(Some).collect(),
            };
            for mode in modes {
                let table = mode.map_or(design::DEFAULT, String::as_str);
                let Some(axes) = design.axes.get(table) else { continue };
                if points.iter().all(|known| known.axes != *axes) {
                    let (design, mode) = (design.id.clone(), mode.cloned());
                    points.push(Point { design, mode, axes: *axes });
                }
            }
        }
        points
    }

    fn is_baseline(&self, id: &str) -> bool {
        self.baselines.iter().any(|known| known == id)
    }
}

/// The families of a tree, in their order. A family is named after the design that founds it.
fn families(designs: &BTreeMap<String, Design>) -> Vec<&str> {
    let founds = |design: &&Design| design.family.as_ref() == Some(&design.id);
    let mut founders: Vec<&Design> = designs.values().filter(founds).collect();
    founders.sort_by_key(|design| (design.order.unwrap_or(LAST), design.id.as_str()));
    founders.iter().map(|design| design.id.as_str()).collect()
}

/// The family that a design names.
fn family(design: &Design, families: &[&str]) -> Result<Family> {
    let Some(word) = &design.family else { return Ok(Family::Other) };
    let at = families.iter().position(|known| known == word);
    at.map(Family::Of).with_context(|| {
        format!(
            "prototypes/{}/design.toml: family `{word}`: no design of this id has it as its own \
             family; families are {}",
            design.id,
            families.join(", ")
        )
    })
}

fn parsed<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    if !path.is_file() {
        return Ok(None);
    }
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    toml::from_str(&text).map(Some).with_context(|| path.display().to_string())
}

fn named(dir: &Path, id: &str) -> Result<()> {
    let name = name_of(dir);
    ensure!(id == name, "{}: id `{id}` differs from the folder's name", dir.display());
    Ok(())
}

fn name_of(dir: &Path) -> String {
    dir.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests;
