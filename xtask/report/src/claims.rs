//! Claims and their verdicts, as pages name them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use xtask_judge::claim::Claim;
use xtask_judge::verdicts::{ClaimVerdict, Verdicts};

/// All claims of a tree with what they came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims {
    pub(crate) claims: BTreeMap<String, Claim>,
    /// Nothing before the first `rfc eval`.
    pub(crate) verdicts: Option<Verdicts>,
}

impl Claims {
    /// Reads `rfc/claims` and `rfc/verdicts.json`; what is absent is empty.
    ///
    /// # Errors
    /// When a file is malformed, with its path.
    pub(crate) fn read(root: &Path) -> Result<Claims> {
        Ok(Claims { claims: claims(root)?, verdicts: Verdicts::read(root)? })
    }

    /// How a claim was judged.
    pub(crate) fn verdict(&self, id: &str) -> Option<&ClaimVerdict> {
        self.verdicts.as_ref()?.claims.get(id)
    }

    /// Ids of the claims that read a workload.
    pub(crate) fn reading(&self, workload: &str) -> Vec<&str> {
        let reads = |claim: &&Claim| workloads(claim).contains(workload);
        self.claims.values().filter(reads).map(|claim| claim.id.as_str()).collect()
    }

    /// Links to the claims that read a workload, each with its verdict.
    pub(crate) fn links(&self, workload: &str) -> Vec<String> {
        let reads = |claim: &&Claim| workloads(claim).contains(workload);
        let link = |claim: &Claim| {
            let verdict = self.verdict(&claim.id);
            let word = verdict.map_or("not judged".to_owned(), |it| it.verdict.to_string());
            format!("[{}](root:rfc/evidence/{}.md) {word}", claim.id, claim.id)
        };
        self.claims.values().filter(reads).map(link).collect()
    }
}

fn workloads(claim: &Claim) -> BTreeSet<&str> {
    let selectors = claim.checks.iter().flat_map(|check| [Some(&check.of), check.vs.as_ref()]);
    let words = selectors.flatten().filter_map(|selector| selector.workload.as_ref());
    words.flat_map(|words| words.as_slice()).map(String::as_str).collect()
}

fn claims(root: &Path) -> Result<BTreeMap<String, Claim>> {
    let mut claims = BTreeMap::new();
    let Ok(entries) = fs::read_dir(root.join("rfc/claims")) else { return Ok(claims) };
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|ext| ext == "toml") {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let claim: Claim = toml::from_str(&text)
                .with_context(|| format!("{}: not a claim", path.display()))?;
            claims.insert(claim.id.clone(), claim);
        }
    }
    Ok(claims)
}
