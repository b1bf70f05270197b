//! A bare-metal target starts as a copy of the wrapper that exists.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{Skeleton, walk};

/// Where that list ends.
const LIST_END: &str = "<!-- unsafe:end -->";

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

/// Names the board in the list of files that touch registers, which ARCHITECTURE.md keeps.
pub(super) fn name_in_the_map(root: &Path, id: &str) -> Result<PathBuf> {
    let map = root.join("ARCHITECTURE.md");
    let text = fs::read_to_string(&map).with_context(|| map.display().to_string())?;
    let row = format!("- `workloads/targets/{id}/*`: registers, semihosting, the static World.\n");
    let end = text.find(LIST_END).context("ARCHITECTURE.md has lost the end of its list")?;
    let (before, after) = text.split_at(end);
    fs::write(&map, format!("{before}{row}{after}")).with_context(|| map.display().to_string())?;
    Ok(map)
}
