//! Which steps of the gate were green, at which revision, and how long they took.
//!
//! A deep gate takes hours, so one that was stopped can go on: a file below `target/gate` for each
//! revision has a line for each green step, with its whole command. What was not committed has no
//! revision, so nothing is taken over there.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The green steps of one revision.
pub(crate) struct Passed {
    /// None where the tree is not what its revision says.
    file: Option<PathBuf>,
    lines: Vec<(String, u64)>,
}

impl Passed {
    /// Those of the tree as it is.
    pub(crate) fn at(root: &Path) -> Passed {
        let revision = xtask_repo::revision(root).ok().filter(|revision| !revision.dirty);
        let file = revision.map(|revision| root.join("target/gate").join(revision.full));
        let text = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
        let lines = text.unwrap_or_default().lines().filter_map(parse).collect();
        Passed { file, lines }
    }

    /// Whether anything is kept for the next time.
    pub(crate) fn is_kept(&self) -> bool {
        self.file.is_some()
    }

    /// Seconds that a step took when it was green.
    pub(crate) fn seconds(&self, step: &str) -> Option<u64> {
        self.lines.iter().find(|(passed, _)| passed == step).map(|(_, seconds)| *seconds)
    }

    /// A step was green. Kept at once, so that the next one may be interrupted.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn add(&mut self, step: &str, seconds: u64) -> Result<()> {
        self.lines.retain(|(passed, _)| passed != step);
        self.lines.push((step.to_owned(), seconds));
        let Some(file) = &self.file else { return Ok(()) };
        let mut text = String::new();
        for (step, seconds) in &self.lines {
            writeln!(text, "{seconds} {step}")?;
        }
        let folder = file.parent().expect("it was joined");
        let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(file, text));
        written.with_context(|| format!("cannot write {}", file.display()))
    }
}

fn parse(line: &str) -> Option<(String, u64)> {
    let (seconds, step) = line.split_once(' ')?;
    Some((step.to_owned(), seconds.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_green_step_is_known_at_its_revision_and_nowhere_else() {
        let tree = tempfile::tempdir().expect("a folder");
        std::fs::write(tree.path().join(".gitignore"), "target\n").expect("written");
        xtask_repo::commit_all(tree.path());
        let mut passed = Passed::at(tree.path());
        assert!(passed.is_kept());
        passed.add("loom: kernel (cargo test)", 12).expect("written");
        passed.add("Miri", 3).expect("written");
        passed.add("Miri", 4).expect("written");
        let again = Passed::at(tree.path());
        assert_eq!(again.seconds("loom: kernel (cargo test)"), Some(12));
        assert_eq!(again.seconds("Miri"), Some(4));
        assert_eq!(again.seconds("loom"), None);
        // What is not committed has been seen by no step.
        std::fs::write(tree.path().join("new"), "").expect("written");
        let dirty = Passed::at(tree.path());
        assert!(!dirty.is_kept());
        assert_eq!(dirty.seconds("Miri"), None);
    }
}
