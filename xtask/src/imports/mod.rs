//! Which file imports from which, and three rules about it: no circle of files imports from each
//! other, no file imports from a floor above its own, and what is plugged in is named in one place.
//!
//! The graph is read from the sources: a `use` or a path (`crate::a::B`, `super::C`, `d::e`) leads
//! to the file that *defines* the name. A re-export alone is no import, what is compiled for tests
//! only is not looked at, and macros count where their text stands.

mod graph;
mod names;
mod plugged;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub(crate) use self::graph::Wrong;
use self::graph::{Graph, short};

/// Areas whose packages are read.
const AREAS: [&str; 3] = ["prototypes", "workloads", "xtask"];

/// Circles of files, files that import from a floor above their own, and files that name a plug.
///
/// # Errors
/// When a source cannot be read or split into tokens.
pub(crate) fn check(root: &Path, files: &[PathBuf]) -> Result<Vec<Wrong>> {
    let graph = graph(root, files)?;
    let mut wrong = circles(root, &graph);
    for manifest in manifests(root, files) {
        wrong.extend(floors(root, &manifest, &graph)?);
        wrong.extend(plugged::check(root, &manifest, &graph)?);
    }
    Ok(wrong)
}

/// The imports of all packages.
fn graph(root: &Path, files: &[PathBuf]) -> Result<Graph> {
    let mut graph = Graph::new();
    for file in roots(root, files) {
        let tree = source::Crate::read(&file)?;
        for (from, to, name) in names::imports(&tree) {
            if from != to {
                graph.entry(from).or_default().entry(to).or_default().insert(name);
            }
        }
    }
    Ok(graph)
}

fn manifests(root: &Path, files: &[PathBuf]) -> Vec<PathBuf> {
    let here = |file: &&PathBuf| AREAS.iter().any(|area| file.starts_with(root.join(area)));
    files.iter().filter(here).filter(|file| file.ends_with("Cargo.toml")).cloned().collect()
}

/// The files that a crate begins with: libraries, programs, tests, benches and examples.
fn roots(root: &Path, files: &[PathBuf]) -> BTreeSet<PathBuf> {
    let mut roots = BTreeSet::new();
    for manifest in manifests(root, files) {
        let dir = manifest.parent().unwrap_or(root);
        for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "rs")) {
            let Ok(name) = file.strip_prefix(dir) else { continue };
            let parts: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
            let begins = matches!(
                parts.iter().map(AsRef::as_ref).collect::<Vec<_>>()[..],
                ["src", "lib.rs" | "main.rs"]
                    | ["build.rs"]
                    | ["tests" | "benches" | "examples", _]
                    | ["src", "bin", _]
                    | ["tests" | "benches" | "examples", _, "main.rs"]
            );
            if begins {
                roots.insert(file.clone());
            }
        }
    }
    // The suite is the library of its mounts.
    roots
        .extend(files.iter().filter(|file| **file == root.join("workloads/suite/lib.rs")).cloned());
    roots
}

/// One finding for each set of files that reach each other by imports.
fn circles(root: &Path, graph: &Graph) -> Vec<Wrong> {
    let reach: BTreeMap<&PathBuf, BTreeSet<&PathBuf>> =
        graph.keys().map(|file| (file, reached(graph, file))).collect();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for (file, others) in &reach {
        if !others.contains(file) || seen.contains(file) {
            continue;
        }
        let back = |other: &&&PathBuf| reach.get(**other).is_some_and(|r| r.contains(file));
        let circle: BTreeSet<&PathBuf> = others.iter().filter(back).copied().collect();
        seen.extend(circle.iter().copied());
        let mut what = String::from("is in a circle of imports; move what one of them takes:");
        for from in &circle {
            for (to, names) in graph[*from].iter().filter(|(to, _)| circle.contains(to)) {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let (from, to) = (short(root, from), short(root, to));
                what.push_str(&format!("\n    {from} -> {to}: {}", names.join(", ")));
            }
        }
        wrong.push(((*file).clone(), what));
    }
    wrong
}

/// The files that are reached from one in at least one step.
fn reached<'g>(graph: &'g Graph, from: &PathBuf) -> BTreeSet<&'g PathBuf> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&PathBuf> = graph.get(from).into_iter().flat_map(BTreeMap::keys).collect();
    while let Some(file) = open.pop() {
        if found.insert(file) {
            open.extend(graph.get(file).into_iter().flat_map(BTreeMap::keys));
        }
    }
    found
}

/// Files of a package that import from above. `[package.metadata] floors` names folders of `src`
/// from the lowest to the highest; what lies in none of them is the ground.
fn floors(root: &Path, manifest: &Path, graph: &Graph) -> Result<Vec<Wrong>> {
    let text = fs::read_to_string(manifest).with_context(|| manifest.display().to_string())?;
    let table: toml::Table = text.parse().with_context(|| manifest.display().to_string())?;
    let listed = (|| table.get("package")?.get("metadata")?.get("floors")?.as_array())();
    let listed = listed.into_iter().flatten().filter_map(toml::Value::as_str);
    let floors: Vec<&str> = listed.collect();
    if floors.is_empty() {
        return Ok(Vec::new());
    }
    let src = manifest.with_file_name("src");
    let floor = |file: &Path| {
        let name = file.strip_prefix(&src).ok()?;
        let folder = name.iter().next()?.to_string_lossy();
        Some(floors.iter().position(|floor| *floor == folder).map_or(0, |index| index + 1))
    };
    let called = |index: usize| index.checked_sub(1).map_or("ground", |index| floors[index]);
    let mut wrong = Vec::new();
    for (from, edges) in graph {
        let Some(own) = floor(from) else { continue };
        for (to, names) in edges {
            let Some(other) = floor(to).filter(|other| *other > own) else { continue };
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let what = format!(
                "on floor `{}` imports {} from {} on floor `{}` above it",
                called(own),
                names.join(", "),
                short(root, to),
                called(other),
            );
            wrong.push((from.clone(), what));
        }
    }
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A package of these files, and what is wrong with it.
    fn wrong(files: &[(&str, &str)]) -> Vec<String> {
        let dir = tempfile::tempdir().expect("a folder");
        let home = dir.path().join("prototypes/one");
        let mut all = Vec::new();
        for (name, text) in files {
            let path = home.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(&path, text).expect("written");
            all.push(path);
        }
        let found = check(dir.path(), &all).expect("read");
        found.into_iter().map(|(file, what)| format!("{}: {what}", short(&home, &file))).collect()
    }

    const PLAIN: (&str, &str) = ("Cargo.toml", "[package]\nname = \"one\"\n");

    #[test]
    fn two_files_that_import_from_each_other_are_a_circle() {
        let found = wrong(&[
            PLAIN,
            ("src/lib.rs", "mod a;\nmod b;\n"),
            ("src/a.rs", "use crate::b::B;\npub struct A(B);\n"),
            ("src/b.rs", "pub struct B;\nfn f() { super::a::g(); }\n"),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("a.rs -> prototypes/one/src/b.rs: B"), "{}", found[0]);
        assert!(found[0].contains("b.rs -> prototypes/one/src/a.rs: g"), "{}", found[0]);
    }

    #[test]
    fn a_re_export_leads_to_where_the_name_is_defined() {
        let found = wrong(&[
            PLAIN,
            ("src/lib.rs", "mod a;\nmod b;\npub use a::A;\npub use b::*;\n"),
            ("src/a.rs", "use crate::B;\npub struct A(B);\n"),
            ("src/b.rs", "use crate::A;\npub struct B;\nfn f(_: A) {}\n"),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(!found[0].contains("lib.rs"), "{}", found[0]);
    }

    #[test]
    fn a_name_that_another_crate_may_have_given_leads_nowhere() {
        let found = wrong(&[
            PLAIN,
            ("src/lib.rs", "mod a;\nuse other::*;\npub struct B(a::A, Scope);\n"),
            ("src/a.rs", "use crate::Scope;\npub struct A(Scope);\n"),
        ]);
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn comments_strings_and_tests_import_nothing() {
        let found = wrong(&[
            PLAIN,
            ("src/lib.rs", "mod a;\nmod b;\n"),
            ("src/a.rs", "use crate::b::B;\npub struct A(B);\n"),
            (
                "src/b.rs",
                "//! [`crate::a::A`]\npub struct B;\nconst C: &str = \"crate::a::A\";\n\
                 #[cfg(test)]\nmod tests {\n    use crate::a::A;\n}\n",
            ),
        ]);
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn an_import_from_the_floor_above_is_found_and_one_from_below_is_not() {
        let found = wrong(&[
            ("Cargo.toml", "[package]\nname = \"one\"\nmetadata.floors = [\"low\", \"high\"]\n"),
            ("src/lib.rs", "pub mod ground;\npub mod low;\npub mod high;\n"),
            ("src/ground.rs", "pub struct G(crate::low::L);\n"),
            ("src/low/mod.rs", "pub struct L;\n"),
            ("src/high/mod.rs", "use crate::low::L;\npub struct H(L);\n"),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("src/ground.rs: on floor `ground` imports L"), "{found:?}");
    }

    #[test]
    fn what_is_plugged_in_is_named_by_its_table_alone() {
        let plug = "use super::Driver;\npub struct A;\nimpl Driver for A {}\n";
        let found = wrong(&[
            (
                "Cargo.toml",
                "[package]\nname = \"one\"\nmetadata.plugged = { folder = \"driver\", trait = \
                 \"Driver\", by = [\"kind.rs\"] }\n",
            ),
            ("src/lib.rs", "pub mod driver;\nmod leaf;\n"),
            ("src/driver/mod.rs", "pub mod a;\npub mod clock;\nmod kind;\npub trait Driver {}\n"),
            ("src/driver/a/mod.rs", "mod part;\npub use part::A;\n"),
            ("src/driver/a/part.rs", &plug.replace("super::", "crate::driver::")),
            ("src/driver/clock.rs", "pub struct Clock;\n"),
            ("src/driver/kind.rs", "fn f() { crate::driver::a::A; }\n"),
            (
                "src/leaf.rs",
                "use crate::driver::a::A;\nuse crate::driver::clock::Clock;\n\
                 fn f(_: A, _: Clock) {}\n",
            ),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("src/leaf.rs: imports A from"), "{found:?}");
    }
}
