//! Leaves out of the suite what this mount cannot hold: every key of `[unsupported]` in its
//! design's `design.toml`, and, where its manifest says `clock = "real"`, every workload on
//! virtual time. Each becomes a `without` that `suite/lib.rs` looks at.
//!
//! `FORCE_WORKLOAD=<id>` puts one of them back, so that the compiler's error can be seen.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let mount = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let folder = mount.file_name().and_then(|name| name.to_str()).expect("a mount is a folder");
    let manifest = read(&mount.join("Cargo.toml"));
    let metadata = |key: &str| {
        let mount = manifest.get("package")?.get("metadata")?.get("mount")?;
        mount.get(key)?.as_str()
    };
    let design = metadata("design").unwrap_or(folder);
    let design = read(&mount.join("../../../prototypes").join(design).join("design.toml"));
    println!("cargo::rerun-if-env-changed=FORCE_WORKLOAD");
    let forced = env::var("FORCE_WORKLOAD").unwrap_or_default();
    let unsupported = design.get("unsupported").and_then(toml::Value::as_table);
    let unsupported = unsupported.into_iter().flat_map(|table| table.keys().cloned());
    let mut left_out: Vec<String> = unsupported.collect();
    if metadata("clock") == Some("real") {
        left_out.extend(on_virtual_time(&mount.join("../../suite")));
    }
    for workload in left_out.iter().filter(|workload| **workload != forced) {
        println!("cargo::rustc-cfg=without=\"{workload}\"");
    }
}

/// Ids of the workloads that need virtual time.
fn on_virtual_time(suite: &Path) -> Vec<String> {
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
        .filter_map(|table| text(&table, "id"))
        .collect()
}

fn read(path: &Path) -> toml::Table {
    println!("cargo::rerun-if-changed={}", path.display());
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.parse().unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}
