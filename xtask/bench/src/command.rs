//! Other programs: git, rustc and the like, asked for one text.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Standard output of a command, trimmed.
///
/// # Errors
/// When it cannot be started or fails; the error names the command.
pub(crate) fn output(dir: &Path, argv: &[&str]) -> Result<String> {
    let line = argv.join(" ");
    let (program, args) = argv.split_first().context("an empty command")?;
    let out = Command::new(program)
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("`{line}` could not be started"))?;
    if !out.status.success() {
        let error = String::from_utf8_lossy(&out.stderr);
        bail!("`{line}` failed ({}): {}", out.status, error.trim());
    }
    Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// First line that a version flag prints, if the program is there.
pub(crate) fn version(program: &str) -> Option<String> {
    let text = output(Path::new("."), &[program, "--version"]).ok()?;
    text.lines().next().map(str::to_owned)
}

/// A command as it can be pasted into a shell.
pub(crate) fn quoted(argv: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:@+%".contains(c);
    let word = |word: &String| match !word.is_empty() && word.chars().all(plain) {
        true => word.clone(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    };
    argv.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_pasted() {
        let argv = ["cargo", "xtask", "bench", "--workload", "tcp-*", "--design", "it's"];
        let shown = quoted(&argv.map(str::to_owned));
        assert_eq!(shown, r"cargo xtask bench --workload 'tcp-*' --design 'it'\''s'");
    }
}
