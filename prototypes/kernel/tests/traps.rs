//! The list of soundness traps, computed: each has a test, a model or a program that must not
//! compile whose name begins with its number (`t07_…`), or a reason here why it has none. What the
//! DESIGN.md of a design names as its test exists.
#![cfg(not(any(loom, miri)))]
#![expect(clippy::print_stdout, reason = "it says where the tests of each trap are")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Traps are numbered from one.
const TRAPS: u32 = 27;

/// Traps without a test, and why.
const WITHOUT: [(u32, &str); 3] = [
    (2, "no design lends memory of a pinned value on the strength of `Pin`: share is never anchor"),
    (10, "all designs have one worker, so no loan is given back on another thread"),
    (27, "an open hole that no library can close; stated in completion/DESIGN.md"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Files below a folder, without what is built.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the tree") {
        let path = entry.expect("an entry of it").path();
        if path.is_dir() && !path.ends_with("target") {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Words of a text that begin with the number of a trap.
fn numbered(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
        .filter(|word| trap(word).is_some())
}

/// The trap that a name begins with.
fn trap(name: &str) -> Option<u32> {
    let (number, rest) = name.strip_prefix('t')?.split_at_checked(2)?;
    number.parse().ok().filter(|_| rest.len() > 1 && rest.starts_with('_'))
}

/// Names of tests, models and programs, with where they are.
fn tests() -> BTreeMap<String, BTreeSet<String>> {
    let mut found = Vec::new();
    files(&root().join("prototypes"), &mut found);
    files(&root().join("workloads/conformance"), &mut found);
    let mut tests: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in found.iter().filter(|path| path.extension().is_some_and(|end| end == "rs")) {
        let text = std::fs::read_to_string(path).expect("a source file is text");
        let mut names: Vec<&str> = text
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("fn "))
            .filter_map(|rest| numbered(rest).next().filter(|name| rest.starts_with(name)))
            .collect();
        names.extend(path.file_stem().and_then(|stem| stem.to_str()));
        for name in names.into_iter().filter(|name| trap(name).is_some()) {
            let path = path.strip_prefix(root()).expect("below the root").display().to_string();
            tests.entry(name.to_owned()).or_default().insert(path);
        }
    }
    tests
}

#[test]
fn each_trap_has_a_test_or_a_reason() {
    let tests = tests();
    let mut wrong = Vec::new();
    for number in 1..=TRAPS {
        // A name may begin with the numbers of two: `t03_t04_…`.
        let other = format!("_t{number:02}_");
        let of: Vec<&String> = tests
            .keys()
            .filter(|name| trap(name) == Some(number) || name.contains(&other))
            .collect();
        let reason = WITHOUT.iter().find(|(without, _)| *without == number);
        match (of.as_slice(), reason) {
            ([], None) => wrong.push(format!("T{number} has neither a test nor a reason")),
            ([], Some((_, reason))) => println!("T{number}: no test: {reason}"),
            (some, None) => println!("T{number}: {} tests, {} first", some.len(), some[0]),
            (some, Some(_)) => {
                wrong.push(format!("T{number} has a test ({}) and a reason for none", some[0]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_design_names_as_its_test_exists() {
    let tests = tests();
    let mut found = Vec::new();
    files(&root().join("prototypes"), &mut found);
    let mut named = 0;
    let mut wrong = Vec::new();
    for path in found.iter().filter(|path| path.ends_with("DESIGN.md")) {
        let text = std::fs::read_to_string(path).expect("a page is text");
        for name in numbered(&text) {
            named += 1;
            if !tests.contains_key(name) {
                wrong.push(format!("{}: no test is called {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(named > 40, "the pages name their tests: {named}");
}
