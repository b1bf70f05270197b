//! A bare-metal target starts as a copy of the wrapper that exists.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::skeleton::{Skeleton, walk};

pub(super) fn skeleton(root: &Path, id: &str) -> Result<Skeleton> {
    let from = root.join("workloads/targets/cortex-m4");
    let mut files = Vec::new();
    for part in ["board", "baselines"] {
        for path in walk(&from.join(part))? {
            let relative = path.strip_prefix(&from).context("below")?;
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            files.push((root.join("workloads/targets").join(id).join(relative), text));
        }
    }
    let manifest = fs::read_to_string(from.join("Cargo.toml"))?;
    files.push((root.join("workloads/targets").join(id).join("Cargo.toml"), manifest));
    Ok(files)
}

/// The row of ARCHITECTURE.md that lets the board touch registers.
pub(super) fn unsafe_row(id: &str) -> String {
    format!("- `workloads/targets/{id}/*`: registers, semihosting, the static World.\n")
}
