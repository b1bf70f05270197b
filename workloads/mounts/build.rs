//! Leaves out of the suite what the design cannot express: every key of `[unsupported]` in
//! its `design.toml` becomes a `without` that `suite/lib.rs` looks at.
//!
//! `FORCE_WORKLOAD=<id>` puts one of them back, so that the compiler's error can be seen.

use std::{env, fs, path::PathBuf};

fn main() {
    let mount = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let design = mount.file_name().expect("a mount is a folder named after its design");
    let path = mount.join("../../../prototypes").join(design).join("design.toml");
    println!("cargo::rerun-if-changed={}", path.display());
    println!("cargo::rerun-if-env-changed=FORCE_WORKLOAD");
    let forced = env::var("FORCE_WORKLOAD").unwrap_or_default();
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let design: toml::Table = text.parse().unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let unsupported = design.get("unsupported").and_then(toml::Value::as_table);
    for workload in unsupported.into_iter().flat_map(|table| table.keys()) {
        if *workload != forced {
            println!("cargo::rustc-cfg=without=\"{workload}\"");
        }
    }
}
