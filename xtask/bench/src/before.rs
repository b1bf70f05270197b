//! What is settled before anything is measured: may it run here, under which revision, with
//! which log.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use xtask_repo::Revision;

use crate::command;
use crate::error::InputError;
use crate::lock::Lock;
use crate::log::{CellLog, Header};
use crate::moment;
use crate::options::BenchArgs;
use crate::plan::{self, Plan};
use crate::progress::say;
use crate::runner::Stop;
use crate::tree::Tree;

/// Revision and compiler (`rustc -vV`), if the run may begin.
///
/// # Errors
/// An [`InputError`] at a dirty tree or another compiler for a record, and at a configuration
/// of cargo that would change what is built.
pub(crate) fn allowed(tree: &Tree, args: &BenchArgs) -> Result<(Revision, String)> {
    if let Some(refusal) = xtask_cargo::config::refusal(&tree.root, &tree.root) {
        return Err(InputError::new(refusal).into());
    }
    let revision =
        xtask_repo::revision(&tree.root).context("a record names the revision that it measured")?;
    if args.record && revision.dirty {
        let text = "the tree differs from its revision; commit first, or measure without --record";
        return Err(InputError::new(text).into());
    }
    let toolchain = command::output(&tree.root, &["rustc", "-vV"])?;
    if let Some(pinned) = pinned_compiler(&tree.root)
        && args.record
        && !toolchain.starts_with(&format!("rustc {pinned} "))
    {
        let is = toolchain.lines().next().unwrap_or_default();
        let text = format!(
            "rust-toolchain.toml names {pinned} and the compiler here is `{is}`; unset \
             RUSTUP_TOOLCHAIN, or measure without --record"
        );
        return Err(InputError::new(text).into());
    }
    Ok((revision, toolchain))
}

fn pinned_compiler(root: &Path) -> Option<String> {
    let text = std::fs::read_to_string(root.join("rust-toolchain.toml")).ok()?;
    let table: toml::Table = toml::from_str(&text).ok()?;
    Some(table.get("toolchain")?.get("channel")?.as_str()?.to_owned())
}

/// One run at a time in a checkout.
pub(crate) fn lock(tree: &Tree, args: &BenchArgs) -> Result<Lock> {
    Lock::take(&tree.root, &command::quoted(&args.argv()))
}

/// The log of this plan into this folder, new or gone on with.
///
/// # Errors
/// An [`InputError`] when there is nothing to go on with, or when it is of another revision.
pub(crate) fn open_log(
    tree: &Tree,
    args: &BenchArgs,
    plan: &Plan,
    revision: &Revision,
) -> Result<CellLog> {
    let base = base(tree, args);
    let key = blake3::hash(format!("{} {}", plan.hash(), base.display()).as_bytes()).to_hex();
    let path = tree.root.join("target/bench").join(&key[..16]).join("cells.jsonl");
    if args.resume {
        let log = CellLog::resume(&path)?;
        same_revision(log.header(), revision)?;
        return Ok(log);
    }
    let started = moment::now();
    let stamp = started.replace([':', '-'], "");
    let run_id = format!("{stamp}-{}", &plan.hash()[..8]);
    let folder = free_folder(args, &base, plan, &started, revision)?;
    let Revision { full, dirty } = revision.clone();
    CellLog::create(&path, Header { run_id, started, revision: full, dirty, folder })
}

/// A record names one revision: none of its cells may be of another.
fn same_revision(header: &Header, now: &Revision) -> Result<()> {
    if header.revision == now.full && header.dirty == now.dirty {
        return Ok(());
    }
    let words = |revision: &str, dirty: bool| {
        let short = revision.get(..10).unwrap_or(revision).to_owned();
        if dirty { format!("{short} with changes") } else { short }
    };
    let revision = &now.full;
    let (then, now) = (words(&header.revision, header.dirty), words(revision, now.dirty));
    let back = match (header.revision == *revision, header.dirty) {
        (false, _) => format!("`git checkout {}`", header.revision.get(..10).unwrap_or_default()),
        (true, false) => "`git stash`".to_owned(),
        (true, true) => "`git stash pop`, if that is where they are".to_owned(),
    };
    let text = format!(
        "the interrupted run is of {then} and the tree is at {now}; {back}, or run the command \
         without --resume"
    );
    Err(InputError::new(text).into())
}

/// Where the folders of runs or, for a record, of targets lie.
pub(crate) fn base(tree: &Tree, args: &BenchArgs) -> PathBuf {
    match (&args.out, args.record) {
        (Some(out), _) => out.clone(),
        (None, true) => tree.root.join("reports/data"),
        (None, false) => tree.root.join("reports/local"),
    }
}

/// Where the record of a target lies: a local run has one folder for all of it.
pub(crate) fn folder_of(args: &BenchArgs, base: &Path, folder: &str, target: &str) -> PathBuf {
    if args.record { base.join(target).join(folder) } else { base.join(folder).join(target) }
}

/// The first free `<date>-<rev10>[-n]`, with the date on which the run begins.
fn free_folder(
    args: &BenchArgs,
    base: &Path,
    plan: &Plan,
    started: &str,
    revision: &Revision,
) -> Result<String> {
    let date = started.split('T').next().unwrap_or_default();
    let revision = revision.full.get(..10).unwrap_or(&revision.full);
    let folder = first_free(&format!("{date}-{revision}"), |folder| match args.record {
        true => plan.targets().iter().any(|t| folder_of(args, base, folder, t).exists()),
        false => base.join(folder).exists(),
    });
    if !args.record {
        // Taken from now on, also while nothing is in it.
        let dir = base.join(&folder);
        std::fs::create_dir_all(&dir).with_context(|| dir.display().to_string())?;
    }
    Ok(folder)
}

/// Where the folder of a run lies that was to be committed and may not be.
pub(crate) fn free_local(tree: &Tree, folder: &str) -> PathBuf {
    let local = tree.root.join("reports/local");
    let free = first_free(folder, |folder| local.join(folder).exists());
    local.join(free)
}

/// `wanted`, `wanted-2` and so on.
fn first_free(wanted: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut free = wanted.to_owned();
    let mut number = 1_u32;
    while taken(&free) {
        number += 1;
        free = format!("{wanted}-{number}");
    }
    free
}

/// What is going to happen, at once.
pub(crate) fn announce(args: &BenchArgs, plan: &Plan) {
    let mut targets: Vec<(String, usize)> = Vec::new();
    for target in plan.targets() {
        let jobs = plan::jobs(plan, &target).len();
        targets.push((target, jobs));
    }
    let shown: Vec<String> =
        targets.iter().map(|(target, jobs)| format!("{target} {jobs}")).collect();
    let implied = match args.profile {
        Some(_) => "",
        None if args.record => " (taken for a record; --profile names another)",
        None if !args.claim.is_empty() => " (taken for claims; --profile names another)",
        None => " (--profile standard measures everything)",
    };
    let profile = plan.profile.word();
    say(&format!("bench: profile {profile}{implied}; jobs: {}", shown.join(", ")));
}

/// The first signal ends the run in order, the second at once.
///
/// # Errors
/// When signals cannot be handled.
pub fn on_signal(stop: &Stop) -> Result<()> {
    let stop = stop.clone();
    let set = ctrlc::set_handler(move || {
        if stop.stopped() {
            std::process::exit(130);
        }
        stop.stop();
    });
    match set {
        // Something else in this process listens already; then that one decides.
        Ok(()) | Err(ctrlc::Error::MultipleHandlers) => Ok(()),
        Err(error) => Err(error).context("signals cannot be handled"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_brings_the_tree_back_is_said() {
        let refused = |dirty: bool, full: &str, now_dirty: bool| {
            let header = Header {
                run_id: String::new(),
                started: String::new(),
                revision: "0123456789ab".to_owned(),
                dirty,
                folder: String::new(),
            };
            let now = Revision { full: full.to_owned(), dirty: now_dirty };
            same_revision(&header, &now).err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert_eq!(refused(true, "0123456789ab", true), "");
        assert!(refused(false, "fedcba987654", false).contains("`git checkout 0123456789`"));
        let changed = refused(false, "0123456789ab", true);
        assert!(changed.contains("0123456789 with changes; `git stash`"), "{changed}");
        assert!(refused(true, "0123456789ab", false).contains("`git stash pop`"));
    }
}
