//! Which test a step stood still in: from the lines of the test runner, and from what was alive.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use xtask_cargo::Alive;

/// Longest command of a process that is shown.
const SHOWN: usize = 160;
/// Most processes and tests that are shown.
const MOST: usize = 12;

/// What a test runner has begun and not ended.
#[derive(Debug, Default)]
pub(super) struct Still {
    /// `tests/ends.rs (target/debug/deps/ends-1f3…)`, as cargo names a test binary.
    binary: Option<String>,
    tests: BTreeSet<String>,
}

impl Still {
    /// A line of the step's output.
    pub(super) fn hear(&mut self, line: &str) {
        let line = plain(line);
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("Running ").filter(|rest| rest.ends_with(')')) {
            *self = Still { binary: Some(rest.to_owned()), tests: BTreeSet::new() };
        } else if line.starts_with("Doc-tests ") {
            *self = Still { binary: Some(line.to_owned()), tests: BTreeSet::new() };
        }
        let Some(test) = line.strip_prefix("test ") else { return };
        if let Some((name, _)) = test.split_once(" has been running for over") {
            self.tests.insert(name.to_owned());
        } else if let Some((name, ended)) = test.split_once(" ...") {
            // With one thread a name stands there before its test has ended.
            match ended.trim() {
                "" => self.tests.insert(name.to_owned()),
                _ => self.tests.remove(name),
            };
        }
    }

    /// The binary, its tests and the processes, a line each.
    pub(super) fn text(&self, alive: &[Alive]) -> String {
        let mut text = String::new();
        if let Some(binary) = &self.binary {
            let _ = writeln!(text, "last test binary: {binary}");
        }
        for test in self.tests.iter().take(MOST) {
            let _ = writeln!(text, "test not ended: {test}");
        }
        for one in alive.iter().take(MOST) {
            let words: String = one.command.join(" ").chars().take(SHOWN).collect();
            let _ = writeln!(text, "was alive: {} {words}", one.pid);
        }
        text
    }

    /// The command that runs the test binary alone: where it ran, with its first test that has
    /// not ended.
    pub(super) fn alone(&self, alive: &[Alive]) -> Option<String> {
        let (_, path) = self.binary.as_ref()?.trim_end_matches(')').rsplit_once('(')?;
        let ran = |one: &&Alive| {
            one.command.first().is_some_and(|program| Path::new(program).ends_with(path))
        };
        let one = alive.iter().find(ran)?;
        let test = self.tests.first().map(|test| format!(" --exact {test}")).unwrap_or_default();
        let dir = one.dir.as_ref()?.display();
        Some(format!("cd {dir} && {}{test} --nocapture", one.command[0]))
    }
}

/// Without the colours of a terminal.
fn plain(line: &str) -> String {
    let mut parts = line.split("\x1b[");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(part.split_once(|c: char| c.is_ascii_alphabetic()).map_or("", |it| it.1));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(lines: &[&str]) -> Still {
        let mut still = Still::default();
        lines.iter().for_each(|line| still.hear(line));
        still
    }

    fn alive(command: &[&str]) -> Alive {
        let command = command.iter().map(|&word| word.to_owned()).collect();
        Alive { pid: 7, command, dir: Some("/tree/one".into()), group: 7 }
    }

    const BINARY: &str = "\x1b[1m\x1b[32m     Running\x1b[0m tests/a.rs (target/debug/deps/a-1)";

    #[test]
    fn a_test_that_was_begun_and_has_not_ended_is_named() {
        let still = heard(&[
            "     Running tests/before.rs (target/debug/deps/before-1)",
            "test lost has been running for over 60 seconds",
            BINARY,
            "test slow has been running for over 60 seconds",
            "test hangs has been running for over 60 seconds",
            "test quick ... ok",
            "test slow ... ok",
        ]);
        let all = [alive(&["cargo", "test"]), alive(&["/tree/target/debug/deps/a-1"])];
        let text = still.text(&all);
        assert!(text.contains("last test binary: tests/a.rs (target/debug/deps/a-1)"), "{text}");
        assert!(text.contains("test not ended: hangs\n"), "{text}");
        assert!(!text.contains("slow") && !text.contains("lost"), "{text}");
        assert!(text.contains("was alive: 7 cargo test"), "{text}");
        let alone = "cd /tree/one && /tree/target/debug/deps/a-1 --exact hangs --nocapture";
        assert_eq!(still.alone(&all).as_deref(), Some(alone));
        assert_eq!(still.alone(&all[..1]), None, "a binary that is not alive stood not still");
    }

    #[test]
    fn a_step_without_tests_names_what_was_alive() {
        let still = heard(&["bench: profile smoke", "Running 12 cells"]);
        assert_eq!(still.text(&[alive(&["qemu"])]), "was alive: 7 qemu\n");
        assert_eq!(still.alone(&[alive(&["qemu"])]), None);
    }
}
