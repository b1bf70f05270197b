//! What the text asks of claims for and against a design, which `rfc/stances.toml` says.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::facts::{Facts, nearest};
use crate::finding::{Finding, Rule};

/// Below the root.
const STANCES: &str = "rfc/stances.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stances {
    #[serde(default)]
    family: Vec<Family>,
    twin: Option<Twin>,
}

/// The design whose claims need an expert's form beside them, and on which workloads.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Twin {
    design: String,
    workloads: Vec<String>,
}

/// A family that needs claims of both stances.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    /// The name of its chapter.
    id: String,
    /// Its prototypes.
    designs: Vec<String>,
}

/// What a tree asks for.
fn read(root: &Path) -> Result<Stances> {
    let text = std::fs::read_to_string(root.join(STANCES)).with_context(|| STANCES.to_owned())?;
    toml::from_str(&text).with_context(|| STANCES.to_owned())
}

/// Claims that hurt a design with an expert's form, on a workload of which it has one, and show
/// none beside it.
///
/// # Errors
/// When the list cannot be read.
pub(crate) fn twins(facts: &Facts, root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let Some(Twin { design, workloads }) = read(root)?.twin else { return Ok(findings) };
    for claim in facts.claims.values() {
        let hurts = claim.stance.get(&design).is_some_and(|stance| stance == "against");
        let concerned = claim.workloads.iter().any(|w| workloads.contains(w));
        let beside = claim.variants.iter().any(|variant| variant == "expert");
        let finding = |rule, what| {
            let repair = "name `twin = \"C0nn\"`, or add a check with variant = \"expert\"";
            Finding::new(&claim.file, 0, rule, what, repair)
        };
        match &claim.twin {
            Some(twin) if !facts.claims.contains_key(twin) => {
                let near = nearest(twin, facts.claims.keys()).join(", ");
                let what = format!("{}: unknown twin {twin}; near: {near}", claim.id);
                findings.push(finding(Rule::UnknownId, what));
            }
            None if hurts && concerned && !beside && claim.stands() => {
                let what = format!("{} speaks against {design} without an expert's form", claim.id);
                findings.push(finding(Rule::NoExpertTwin, what));
            }
            _ => {}
        }
    }
    Ok(findings)
}

/// Claims of each stance that a family needs once it has a chapter.
const STANCE_MINIMUM: usize = 3;

/// How many claims speak for and against each family: a note while it has no chapter under
/// `rfc/designs`, and a finding afterwards if they are too few.
///
/// # Errors
/// When the list of families cannot be read.
pub(crate) fn stances(facts: &Facts, root: &Path) -> Result<(Vec<Finding>, Vec<String>)> {
    let (mut findings, mut notes) = (Vec::new(), Vec::new());
    for Family { id: family, designs } in read(root)?.family {
        let count = |wanted: &str| {
            let counted = facts.claims.values().filter(|claim| claim.counts());
            counted
                .filter(|claim| {
                    let stance = |design: &String| claim.stance.get(design).map(String::as_str);
                    designs.iter().any(|design| stance(design) == Some(wanted))
                })
                .count()
        };
        let (good, bad) = (count("for"), count("against"));
        let what = format!("{family}: {good} claims for, {bad} against");
        let chapter = format!("rfc/designs/{family}.md");
        if !root.join(&chapter).is_file() {
            notes.push(what);
        } else if good.min(bad) < STANCE_MINIMUM {
            let what = format!("{what}; at least {STANCE_MINIMUM} of each are needed");
            let repair = "cargo xtask new claim C0nn";
            findings.push(Finding::new(&chapter, 0, Rule::FewClaims, what, repair));
        }
    }
    Ok((findings, notes))
}
