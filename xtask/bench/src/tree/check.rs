//! What a description may say, judged with the whole tree in view.
//!
//! A file that parses can still name a target that does not exist, or a case that no source
//! has: its cells would be missing without a word. Each such slip is refused with file, line
//! and what was expected, all of them at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Design;
use super::design::CAPABILITIES;
use super::model::{Tree, source};
use super::workload::{Case, CaseRole, Sizes, Workload};
use crate::InputError;
use crate::error::nearest;

/// The forms in which a workload is written.
const VARIANTS: [&str; 3] = ["portable", "idiomatic", "expert"];

/// One file while it is judged: its text gives the lines of findings.
struct File {
    path: PathBuf,
    text: String,
}

impl File {
    fn of(path: PathBuf) -> File {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        File { path, text }
    }

    /// A finding at the first line after the `from`th that holds `word`.
    fn finding(&self, root: &Path, from: usize, word: &str, what: &str) -> String {
        let path = self.path.strip_prefix(root).unwrap_or(&self.path).display();
        let mut lines = self.text.lines().enumerate().skip(from);
        let line = lines.find(|(_, text)| text.contains(word)).map_or(from, |(at, _)| at) + 1;
        format!("{path}:{line}: {what}")
    }

    /// How many lines stand before the `nth` case.
    fn case_at(&self, nth: usize) -> usize {
        let mut starts =
            self.text.lines().enumerate().filter(|(_, text)| text.starts_with("[[case]]"));
        starts.nth(nth).map_or(0, |(at, _)| at)
    }
}

/// Judges every description of a tree.
///
/// # Errors
/// An [`InputError`] with a line for each finding.
pub(super) fn check(tree: &Tree) -> Result<(), InputError> {
    let mut findings = Vec::new();
    for workload in tree.workloads.values() {
        findings.extend(workload_findings(tree, workload));
    }
    findings.extend(design_findings(tree));
    findings.extend(twice(tree));
    if findings.is_empty() { Ok(()) } else { Err(InputError::new(findings.join("\n"))) }
}

fn workload_findings(tree: &Tree, workload: &Workload) -> Vec<String> {
    let module = workload.module();
    let file = File::of(tree.root.join("workloads/suite").join(format!("{module}.toml")));
    let mut findings = Vec::new();
    let mut at = |from: usize, word: &str, what: &str| {
        findings.push(file.finding(&tree.root, from, word, what));
    };
    let runtimes = tree.runtimes();
    let words = |list: &[String], known: &BTreeSet<&str>, what: &str| -> Vec<(String, String)> {
        let unknown = list.iter().filter(|word| !known.contains(word.as_str()));
        unknown.map(|word| (word.clone(), unknown_word(what, word, known))).collect()
    };
    let targets: BTreeSet<&str> = tree.targets.iter().map(String::as_str).collect();
    let capabilities: BTreeSet<&str> = CAPABILITIES.iter().map(|(word, _)| *word).collect();
    let known_params: Vec<String> = workload.params.keys().cloned().collect();
    for (list, known, what) in [
        (&workload.targets, &targets, "target"),
        (workload.outcomes.as_ref().unwrap_or(&Vec::new()), &targets, "target"),
        (&known_params, &targets, "target"),
        (&workload.runtimes, &runtimes, "runtime"),
        (&workload.needs, &capabilities, "capability"),
    ] {
        words(list, known, what).iter().for_each(|(word, text)| at(0, word, text));
    }
    for (target, _) in workload.params.iter().filter(|(_, params)| params.n.is_empty()) {
        at(
            0,
            &format!("[params.{target}]"),
            "`n` is empty; give at least one size, as in `n = [10]`",
        );
    }
    if workload.targets.is_empty() {
        at(0, "targets", "names no target, so it has no cell");
    }
    if !workload.cases.iter().any(|case| case.role == CaseRole::Control) {
        at(
            0,
            "[[case]]",
            "has no case with `role = \"control\"`; a hazard needs a case in which \
            it must not fire",
        );
    }
    let mut owners = tree.owners();
    let modes: Vec<String> = tree.designs.values().flat_map(modes_of).collect();
    owners.extend(modes.iter().map(String::as_str));
    let variants = BTreeSet::from(VARIANTS);
    let mut seen = BTreeSet::new();
    for (nth, case) in workload.cases.iter().enumerate() {
        let from = file.case_at(nth);
        if !seen.insert(case.id.as_str()) {
            at(from, "id", &format!("the case `{}` stands twice; ids are unique", case.id));
        }
        let none = Vec::new();
        for (list, known, what) in [
            (case.targets.as_ref(), &targets, "target"),
            (case.runtimes.as_ref(), &runtimes, "runtime"),
            (case.holder.as_ref(), &owners, "design or peer"),
            (case.variants.as_ref(), &variants, "variant"),
        ] {
            let list = list.unwrap_or(&none);
            words(list, known, what).iter().for_each(|(word, text)| at(from, word, text));
        }
        if let Some(sizes) = &case.n {
            for (word, text) in size_findings(sizes, &targets) {
                at(from, &word, &text);
            }
        }
    }
    findings.extend(sources(tree, workload, &file));
    findings
}

fn size_findings(sizes: &Sizes, targets: &BTreeSet<&str>) -> Vec<(String, String)> {
    let empty = || "`n` is empty; give at least one size, as in `n = [10]`".to_owned();
    match sizes {
        Sizes::All(list) if list.is_empty() => vec![("n =".to_owned(), empty())],
        Sizes::All(_) => Vec::new(),
        Sizes::ByTarget(map) => map
            .iter()
            .filter_map(|(target, list)| {
                let known = targets.contains(target.as_str());
                let unknown = || (target.clone(), unknown_word("target", target, targets));
                let none = list.is_empty().then(|| (target.clone(), empty()));
                if known { none } else { Some(unknown()) }
            })
            .collect(),
    }
}

/// The modes of a design as a holder of a case names them.
fn modes_of(design: &Design) -> impl Iterator<Item = String> {
    design.modes.iter().map(|mode| format!("{}/{mode}", design.id))
}

/// The cases of the description are those of the sources, and the other way round.
fn sources(tree: &Tree, workload: &Workload, file: &File) -> Vec<String> {
    let suite =
        File::of(tree.root.join("workloads/suite").join(format!("{}.rs", workload.module())));
    let in_suite = case_ids(&suite.text);
    let described: BTreeSet<&str> = workload.cases.iter().map(|case| case.id.as_str()).collect();
    let mut findings = Vec::new();
    for (nth, case) in workload.cases.iter().enumerate() {
        if is_portable(case) && !in_suite.iter().any(|(id, _)| *id == case.id) {
            let what = format!(
                "the case `{}` is not in `CASES` of {}; add it there, or name who has it with \
                 `holder`",
                case.id,
                suite.path.strip_prefix(&tree.root).unwrap_or(&suite.path).display()
            );
            let word = format!("\"{}\"", case.id);
            findings.push(file.finding(&tree.root, file.case_at(nth), &word, &what));
        }
    }
    let held = tree.holdings.iter().map(|holding| tree.root.join(&holding.dir));
    let others = held.filter_map(|dir| source(&dir, workload)).map(File::of);
    let all: BTreeMap<PathBuf, File> =
        others.chain([suite]).map(|one| (one.path.clone(), one)).collect();
    for one in all.values() {
        for (id, line) in case_ids(&one.text) {
            if !described.contains(id) {
                let what = format!(
                    "the case `{id}` is not described in {}; its cells would not be planned",
                    file.path.strip_prefix(&tree.root).unwrap_or(&file.path).display()
                );
                findings.push(one.finding(&tree.root, line, id, &what));
            }
        }
    }
    findings
}

/// Whether the suite's own source must have the case.
fn is_portable(case: &Case) -> bool {
    let variants = case.variants.as_ref();
    case.holder.is_none() && variants.is_none_or(|list| list.iter().any(|one| one == "portable"))
}

/// The ids in `Case { id: "…"`, each with the number of lines before it.
fn case_ids(text: &str) -> Vec<(&str, usize)> {
    let mut ids = Vec::new();
    for (start, found) in text.match_indices("Case {") {
        let rest = text[start + found.len()..].trim_start();
        let id = rest.strip_prefix("id: \"").and_then(|rest| rest.split_once('"'));
        if let Some((id, _)) = id {
            ids.push((id, text[..start].matches('\n').count()));
        }
    }
    ids
}

fn design_findings(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    let capabilities: BTreeSet<&str> = CAPABILITIES.iter().map(|(word, _)| *word).collect();
    let workloads: BTreeSet<&str> = tree.workloads.keys().map(String::as_str).collect();
    for design in tree.designs.values() {
        let file = File::of(tree.root.join("prototypes").join(&design.id).join("design.toml"));
        let mut at = |word: &str, what: &str| {
            findings.push(file.finding(&tree.root, 0, word, what));
        };
        for word in design.capabilities.iter().filter(|w| !capabilities.contains(w.as_str())) {
            at(word, &unknown_word("capability", word, &capabilities));
        }
        if design.marker.is_empty() {
            at(
                "id",
                "has no `marker`; name the function by which a profile knows the design, as in \
                `marker = \"awb_marker_poll\"`",
            );
        }
        for (workload, unsupported) in &design.unsupported {
            if !workloads.contains(workload.as_str()) {
                at(workload, &unknown_word("workload", workload, &workloads));
            }
            let code = unsupported.error.as_deref().unwrap_or_default();
            let digits = code.strip_prefix('E').unwrap_or_default();
            if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                at(
                    workload,
                    &format!(
                        "`{workload}` needs `error = \"E0nnn\"`, the compiler's code, which target host \
                     compares"
                    ),
                );
            }
        }
    }
    for holding in &tree.holdings {
        let Some(design) = tree.designs.get(&holding.owner) else { continue };
        let Some(mode) = &holding.mode else { continue };
        if !design.modes.contains(mode) {
            let file = File::of(tree.root.join(&holding.dir).join("Cargo.toml"));
            let known = design.modes.iter().map(String::as_str).collect();
            findings.push(file.finding(&tree.root, 0, mode, &unknown_word("mode", mode, &known)));
        }
    }
    findings
}

/// Two packages whose cells would have one key.
fn twice(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (nth, one) in tree.holdings.iter().enumerate() {
        for other in &tree.holdings[nth + 1..] {
            let same = (&one.owner, &one.mode, &one.variant)
                == (&other.owner, &other.mode, &other.variant);
            let shared = one.runtimes.iter().find(|runtime| other.runtimes.contains(runtime));
            let workload = one.workloads.intersection(&other.workloads).next();
            let targets = one.only.is_none() || other.only.is_none() || one.only == other.only;
            if let (true, Some(runtime), Some(workload)) = (same && targets, shared, workload) {
                findings.push(format!(
                    "{}/Cargo.toml:1: the cells of `{workload}` have the same key as those of {}: \
                     both are `{}` on `{runtime}`; give one another `design`, `mode` or `runtimes` \
                     in [package.metadata.mount]",
                    other.dir.display(),
                    one.dir.display(),
                    one.owner,
                ));
            }
        }
    }
    findings
}

fn unknown_word(what: &str, word: &str, known: &BTreeSet<&str>) -> String {
    let near = nearest(word, known.iter().copied());
    let all = known.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ");
    let hint = match near.as_slice() {
        [] => format!("expected one of {all}"),
        near => format!("did you mean {}?", near.join(" or ")),
    };
    format!("no {what} is called `{word}`; {hint}")
}
