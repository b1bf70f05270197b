//! Which claims a branch touches.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use crate::facts::{ClaimFacts, Facts};
use crate::load;
use xtask_repo::git;

/// A claim whose measured code or whose own file changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Affected {
    /// The claim.
    pub claim: String,
    /// What it says.
    pub title: String,
    /// The changed files that concern it.
    pub files: Vec<String>,
}

/// Claims that the changes since a revision concern, uncommitted ones included.
///
/// # Errors
/// When the tree is no repository of its own, git does not know the revision, or a claim, a pin
/// or the verdicts cannot be read.
pub fn affected(root: &Path, since: &str) -> Result<Vec<Affected>> {
    // Outside of a repository `git diff` compares files that have nothing to do with it.
    xtask_repo::is_top_level(root)?;
    let mut changed: BTreeSet<String> = BTreeSet::new();
    // The `--` keeps a file of that name from being taken for the revision.
    changed.extend(lines(&git(root, &["diff", "--name-only", "-z", "--relative", since, "--"])?));
    changed.extend(lines(&git(root, &["ls-files", "-z", "--others", "--exclude-standard"])?));
    let facts = load::unjudged(root)?;
    Ok(affected_by(&facts, &changed))
}

fn lines(text: &str) -> Vec<String> {
    text.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

pub(crate) fn affected_by(facts: &Facts, changed: &BTreeSet<String>) -> Vec<Affected> {
    facts
        .claims
        .values()
        .map(|claim| Affected {
            claim: claim.id.clone(),
            title: claim.title.clone(),
            files: changed.iter().filter(|path| concerns(claim, path)).cloned().collect(),
        })
        .filter(|affected| !affected.files.is_empty())
        .collect()
}

/// Whether a changed file can change what the claim's cells measure.
fn concerns(claim: &ClaimFacts, path: &str) -> bool {
    const EVERYTHING: [&str; 4] =
        ["prototypes/kernel/", "workloads/contract/", "Cargo.lock", "rust-toolchain.toml"];
    if EVERYTHING.iter().any(|input| path.starts_with(input)) || path == claim.file {
        return true;
    }
    if let Some(file) = path.strip_prefix("workloads/suite/") {
        let stem = file.split_once('.').map_or(file, |(stem, _)| stem).replace('_', "-");
        return claim.workloads.iter().any(|id| id.contains('*') || *id == stem);
    }
    if let Some(target) = folder(path, "workloads/targets/") {
        // The hosted runner serves both of its clocks.
        let same = |id: &String| id == target || (id == "sim" && target == "linux");
        return claim.judged_targets.iter().any(same);
    }
    claim.designs.iter().any(|id| of_design(id, path, claim))
}

fn of_design(id: &str, path: &str, claim: &ClaimFacts) -> bool {
    let roots = ["prototypes/", "workloads/mounts/", "workloads/peers/"];
    let same =
        |found: &str| id.contains('*') || found == id || found.starts_with(&format!("{id}-"));
    if roots.iter().any(|root| folder(path, root).is_some_and(same)) {
        return true;
    }
    // Another translation's file concerns the claim only if it holds one of its workloads.
    let translated = ["workloads/idiomatic/", "workloads/expert/"];
    translated.iter().any(|root| folder(path, root).is_some_and(same))
        && claim.workloads.iter().any(|workload| path.contains(&workload.replace('-', "_")))
}

fn folder<'a>(path: &'a str, root: &str) -> Option<&'a str> {
    path.strip_prefix(root)?.split('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touched(path: &str) -> bool {
        let claim = ClaimFacts {
            id: "C031".into(),
            file: "rfc/claims/C031-futurelock.toml".into(),
            workloads: vec!["futurelock".into()],
            designs: vec!["poll".into(), "completion".into()],
            judged_targets: vec!["sim".into()],
            ..ClaimFacts::default()
        };
        let facts = Facts { claims: [("C031".to_owned(), claim)].into(), ..Facts::default() };
        !affected_by(&facts, &[path.to_owned()].into()).is_empty()
    }

    #[test]
    fn outside_of_a_repository_no_claim_is_named() {
        let dir = tempfile::tempdir().expect("a folder");
        let refused = affected(dir.path(), "HEAD").expect_err("no repository");
        assert!(refused.to_string().contains("is not a git repository"), "{refused}");
    }

    #[test]
    fn what_a_cell_is_built_from_concerns_its_claims() {
        for path in [
            "workloads/suite/futurelock.rs",
            "workloads/suite/futurelock.toml",
            "prototypes/poll/src/lib.rs",
            "prototypes/completion-macros/src/lib.rs",
            "prototypes/kernel/src/lib.rs",
            "workloads/contract/src/world.rs",
            "workloads/mounts/poll/Cargo.toml",
            "workloads/expert/poll/src/futurelock.rs",
            "workloads/targets/linux/src/main.rs",
            "rfc/claims/C031-futurelock.toml",
            "Cargo.lock",
        ] {
            assert!(touched(path), "{path}");
        }
    }

    #[test]
    fn what_it_is_not_built_from_does_not() {
        for path in [
            "workloads/suite/select_recreate_loss.rs",
            "prototypes/scoped/src/lib.rs",
            "workloads/expert/poll/src/select_recreate_loss.rs",
            "workloads/targets/cortex-m4/src/main.rs",
            "rfc/claims/C032-futurelock.toml",
            "rfc/summary.md",
            "xtask/rfc/src/lib.rs",
        ] {
            assert!(!touched(path), "{path}");
        }
    }
}
