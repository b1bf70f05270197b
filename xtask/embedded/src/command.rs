//! Starting cargo and rustc without what the caller's environment would add.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Variables that would change what is built. `LD_LIBRARY_PATH` is among them, because
/// `cargo run` puts the host toolchain's libraries there.
const REMOVED: [&str; 14] = [
    "RUSTC",
    "RUSTFLAGS",
    "RUSTC_BOOTSTRAP",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_TARGET_DIR",
    "CARGO_INCREMENTAL",
    "LD_LIBRARY_PATH",
];
/// Beginnings of such variables.
const REMOVED_FAMILIES: [&str; 3] = ["CARGO_PROFILE_", "CARGO_TARGET_", "CARGO_UNSTABLE_"];

/// A command with a clean environment.
pub(crate) fn clean(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        let family = REMOVED_FAMILIES.iter().any(|prefix| text.starts_with(prefix));
        if family || REMOVED.contains(&text) {
            command.env_remove(&name);
        }
    }
    command.stdin(Stdio::null());
    command
}

/// Runs a command to its end; its standard output.
///
/// # Errors
/// When it cannot be started or fails, with its words.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let out = command.output().with_context(|| format!("`{shown}` could not be started"))?;
    let errors = String::from_utf8_lossy(&out.stderr);
    ensure!(out.status.success(), "`{shown}` failed:\n{}", errors.trim_end());
    Ok(String::from_utf8_lossy(&out.stdout).trim_end().to_owned())
}

/// The command as a person would type it.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_change_the_build_is_removed() {
        // Cargo sets this for every test.
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        let mut command = Command::new("sh");
        command.args(["-c", "true"]);
        assert_eq!(shown(&command), "sh -c true");
        let removed = |name: &str| {
            REMOVED.contains(&name) || REMOVED_FAMILIES.iter().any(|f| name.starts_with(f))
        };
        for name in ["RUSTFLAGS", "CARGO_PROFILE_RELEASE_LTO", "CARGO_TARGET_DIR"] {
            assert!(removed(name), "{name}");
        }
        assert!(!removed("CARGO_HOME"));
        assert!(!removed("RUSTUP_TOOLCHAIN"));
    }
}
