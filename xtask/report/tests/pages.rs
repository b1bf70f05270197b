//! Pages as a reader finds them, from records as the tool writes them.

mod fixture;

use std::fs;
use std::path::{Path, PathBuf};

fn tree(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&root);
    fs::create_dir_all(root.join("reports")).expect("a folder");
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports/predictions.toml");
    fs::copy(here, root.join("reports/predictions.toml")).expect("predictions");
    root
}

#[test]
fn a_local_run_has_pages_of_its_own() {
    let root = tree("local");
    let records = root.join("reports/local");
    let dirs: Vec<PathBuf> = [fixture::sim(), fixture::linux(), fixture::board()]
        .into_iter()
        .map(|builder| builder.write(&records))
        .collect();
    let out = root.join("reports/local/pages");
    xtask_report::render_local(&root, &dirs, &out).expect("renders");
    let hazards = fs::read_to_string(out.join("hazards.md")).expect("a page");
    assert!(hazards.contains("occurs"));
}
