//! Leaves out of the suite what this mount cannot hold: every key of `[unsupported]` in its
//! design's `design.toml`, and, where its manifest says `clock = "real"`, every workload on
//! virtual time that does not name one of its runtimes. Each becomes a `without` that
//! `suite/lib.rs` looks at.
//!
//! `FORCE_WORKLOAD=<id>` puts one of them back, with those that it takes parts from, so that
//! the compiler's error can be seen.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let mount = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let folder = mount.file_name().and_then(|name| name.to_str()).expect("a mount is a folder");
    let manifest = read(&mount.join("Cargo.toml"));
    let mount_table = || manifest.get("package")?.get("metadata")?.get("mount");
    let metadata = |key: &str| mount_table()?.get(key)?.as_str();
    let design = metadata("design").unwrap_or(folder);
    let design = read(&mount.join("../../../prototypes").join(design).join("design.toml"));
    println!("cargo::rerun-if-env-changed=FORCE_WORKLOAD");
    let suite = mount.join("../../suite");
    let forced = with_its_parts(&suite, env::var("FORCE_WORKLOAD").unwrap_or_default());
    let unsupported = design.get("unsupported").and_then(toml::Value::as_table);
    let unsupported = unsupported.into_iter().flat_map(|table| table.keys().cloned());
    let mut left_out: Vec<String> = unsupported.collect();
    if metadata("clock") == Some("real") {
        let runtimes = words(mount_table().and_then(|table| table.get("runtimes")));
        left_out.extend(on_virtual_time(&suite, &runtimes));
    }
    for workload in left_out.iter().filter(|workload| !forced.contains(workload)) {
        println!("cargo::rustc-cfg=without=\"{workload}\"");
    }
}

/// A workload and those whose modules it names. Alone it would miss them, and the compiler
/// would say that instead of what it thinks of the workload.
fn with_its_parts(suite: &Path, id: String) -> Vec<String> {
    let source = suite.join(id.replace('-', "_")).with_extension("rs");
    let text = if id.is_empty() { String::new() } else { read_text(&source) };
    let parts = text.split("use crate::").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest[..end].replace('_', "-")
    });
    parts.chain([id]).collect()
}

/// Ids of the workloads that need virtual time: those that name none of the runtimes.
fn on_virtual_time(suite: &Path, runtimes: &[String]) -> Vec<String> {
    println!("cargo::rerun-if-changed={}", suite.display());
    let entries = fs::read_dir(suite).unwrap_or_else(|e| panic!("{}: {e}", suite.display()));
    let paths = entries.map(|entry| entry.expect("a folder that can be read").path());
    let described = paths.filter(|path| path.extension().is_some_and(|e| e == "toml"));
    let workloads = described.map(|path| read(&path));
    let text = |table: &toml::Table, key: &str| {
        table.get(key).and_then(toml::Value::as_str).map(str::to_owned)
    };
    workloads
        .filter(|table| text(table, "clock").as_deref() == Some("virtual"))
        .filter(|table| !words(table.get("runtimes")).iter().any(|id| runtimes.contains(id)))
        .filter_map(|table| text(&table, "id"))
        .collect()
}

/// A list of words, or none.
fn words(list: Option<&toml::Value>) -> Vec<String> {
    let list = list.and_then(toml::Value::as_array).into_iter().flatten();
    list.filter_map(|word| word.as_str().map(str::to_owned)).collect()
}

fn read(path: &Path) -> toml::Table {
    read_text(path).parse().unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn read_text(path: &Path) -> String {
    println!("cargo::rerun-if-changed={}", path.display());
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}
