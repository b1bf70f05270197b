//! The environment of a build, and short commands.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

/// Variables that would change what is built. `LD_LIBRARY_PATH` is among them, because
/// `cargo run` puts the host toolchain's libraries there. The last three are read by sources
/// and build scripts of what is measured; who needs one sets it after [`clean`].
const REMOVED: [&str; 19] = [
    "RUSTC",
    "RUSTFLAGS",
    "RUSTC_BOOTSTRAP",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_BUILD_INCREMENTAL",
    "CARGO_TARGET_DIR",
    "CARGO_INCREMENTAL",
    "LD_LIBRARY_PATH",
    "FORCE_WORKLOAD",
    "KERNEL_NODES",
    "OWNED_TASK_BYTES",
];
/// Beginnings of such variables.
const REMOVED_FAMILIES: [&str; 3] = ["CARGO_PROFILE_", "CARGO_TARGET_", "CARGO_UNSTABLE_"];

/// Set to nothing for cargo: that overrules a configuration file, which leaving them out
/// would not.
const EMPTIED: [&str; 3] = ["RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_ENCODED_RUSTFLAGS"];

/// A command without what the caller's environment would add to a build.
#[must_use]
pub fn clean(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(removed) {
            command.env_remove(&name);
        }
    }
    if program == Path::new("cargo") {
        command.envs(EMPTIED.map(|name| (name, "")));
    }
    command.stdin(Stdio::null());
    command
}

fn removed(name: &str) -> bool {
    REMOVED.contains(&name) || REMOVED_FAMILIES.iter().any(|prefix| name.starts_with(prefix))
}

/// The folder under which builds go: `CARGO_TARGET_DIR`, or `target` in the tree.
#[must_use]
pub fn target_base(root: &Path) -> PathBuf {
    let named = std::env::var_os("CARGO_TARGET_DIR").filter(|dir| !dir.is_empty());
    let named = named.and_then(|dir| std::path::absolute(dir).ok());
    named.unwrap_or_else(|| root.join("target"))
}

/// This moment, for the tool's own patience: nothing that is measured reads it.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "no time of a target")]
pub fn now() -> Instant {
    Instant::now()
}

/// Runs a short command to its end; its standard output.
///
/// # Errors
/// When it cannot be started or fails, with its words.
pub fn output(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let out = command.output().with_context(|| format!("`{shown}` could not be started"))?;
    let errors = String::from_utf8_lossy(&out.stderr);
    ensure!(out.status.success(), "`{shown}` failed:\n{}", errors.trim_end());
    Ok(String::from_utf8_lossy(&out.stdout).trim_end().to_owned())
}

/// The command as a person would type it.
#[must_use]
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_change_the_build_is_removed() {
        let mut command = Command::new("sh");
        command.args(["-c", "true"]);
        assert_eq!(shown(&command), "sh -c true");
        for name in [
            "RUSTFLAGS",
            "CARGO_PROFILE_RELEASE_LTO",
            "CARGO_TARGET_DIR",
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
            "CARGO_BUILD_TARGET",
            "CARGO_BUILD_INCREMENTAL",
        ] {
            assert!(removed(name), "{name}");
        }
        assert!(!removed("CARGO_HOME"));
        assert!(!removed("RUSTUP_TOOLCHAIN"));
    }

    /// A variable that a source reads while it is compiled changes the code, and no record
    /// shows it.
    #[test]
    fn what_sources_read_while_they_are_compiled_is_removed() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut open = vec![root.join("prototypes"), root.join("workloads")];
        let mut read = Vec::new();
        while let Some(dir) = open.pop() {
            for entry in std::fs::read_dir(&dir).expect("a folder").map(|entry| entry.expect("one"))
            {
                let path = entry.path();
                let name = entry.file_name().to_string_lossy().into_owned();
                if path.is_dir() && name != "target" {
                    open.push(path);
                } else if name.ends_with(".rs") {
                    let text = std::fs::read_to_string(&path).expect("a source");
                    let calls = ["option_env!(\"", "env::var(\"", "env::var_os(\""];
                    let calls = if name == "build.rs" { &calls[..] } else { &calls[..1] };
                    for call in calls {
                        let names =
                            text.split(call).skip(1).filter_map(|rest| rest.split('"').next());
                        read.extend(names.map(|name| (name.to_owned(), path.clone())));
                    }
                }
            }
        }
        read.retain(|(name, _)| !name.starts_with("CARGO_") && name != "OUT_DIR");
        assert!(read.len() >= 3, "{read:?}");
        read.retain(|(name, _)| !removed(name));
        assert!(read.is_empty(), "the caller's variable decides the code: {read:?}");
    }

    #[test]
    fn a_wrapper_of_a_configuration_file_is_overruled() {
        let cargo = clean(Path::new("cargo"));
        let set = |name: &str| cargo.get_envs().find(|(key, _)| *key == name).map(|(_, v)| v);
        assert_eq!(set("RUSTC_WRAPPER"), Some(Some("".as_ref())));
        assert_eq!(set("CARGO_ENCODED_RUSTFLAGS"), Some(Some("".as_ref())));
        let other = clean(Path::new("qemu-system-arm"));
        assert!(other.get_envs().all(|(_, value)| value.is_none()));
    }
}
