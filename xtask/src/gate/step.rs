//! A step: a command with a name, a place and a limit.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// Minutes that a step may take; with `--deep`, those that it adds.
const LIMIT: u64 = 30;
/// A step of the gate: a name, and a command.
pub(super) struct Step {
    pub(super) name: &'static str,
    /// Target it belongs to; none for the common steps.
    pub(super) target: Option<&'static str>,
    pub(super) dir: PathBuf,
    pub(super) argv: Vec<String>,
    pub(super) envs: Vec<(&'static str, String)>,
    pub(super) limit: Duration,
}

impl Step {
    pub(super) fn cargo(root: &Path, name: &'static str, args: &[&str]) -> Step {
        let argv = std::iter::once("cargo").chain(args.iter().copied());
        Step {
            name,
            target: None,
            dir: root.to_owned(),
            argv: argv.map(str::to_owned).collect(),
            envs: Vec::new(),
            limit: Duration::from_secs(60 * LIMIT),
        }
    }

    /// Its name and its whole command, which is what it is known by.
    pub(super) fn title(&self) -> String {
        let argv = self.argv.join(" ");
        match self.envs.iter().find(|(key, _)| *key == "MIRIFLAGS") {
            Some((key, flags)) => format!("{} ({key}={flags:?} {argv})", self.name),
            None => format!("{} ({argv})", self.name),
        }
    }

    pub(super) fn on(mut self, target: &'static str) -> Step {
        self.target = Some(target);
        self
    }

    pub(super) fn minutes(mut self, most: u64) -> Step {
        self.limit = Duration::from_secs(60 * most);
        self
    }

    pub(super) fn within(mut self, dir: &str) -> Step {
        self.dir = self.dir.join(dir);
        self
    }

    pub(super) fn env(mut self, key: &'static str, value: &str) -> Step {
        self.envs.push((key, value.to_owned()));
        self
    }
}
