//! Titles and texts of the workloads, read from `workloads/suite/*.toml` as prose.
//!
//! Only wording and order come from here. What was measured, and the role of a case, come
//! from the record, so a page of an old record stays readable when a workload is gone.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

/// What a page says about a workload.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Workload {
    id: String,
    #[serde(default)]
    pub(crate) title: String,
    #[serde(default, rename = "case")]
    pub(crate) cases: Vec<Case>,
}

/// What a page says about a case. Unknown keys belong to other readers of the file.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) text: String,
    #[serde(default)]
    headline: bool,
}

/// All workloads by id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Suite(BTreeMap<String, Workload>);

impl Suite {
    /// Reads every description of the suite; an absent folder is an empty suite.
    ///
    /// # Errors
    /// When a file cannot be read or is not a workload, with its path.
    pub(crate) fn read(root: &Path) -> Result<Suite> {
        let mut suite = BTreeMap::new();
        let dir = root.join("workloads/suite");
        if !dir.is_dir() {
            return Ok(Suite(suite));
        }
        for entry in fs::read_dir(&dir).with_context(|| dir.display().to_string())? {
            let path = entry?.path();
            let manifest = path.file_name().is_some_and(|name| name == "Cargo.toml");
            if manifest || path.extension().is_none_or(|ext| ext != "toml") {
                continue;
            }
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let workload: Workload = toml::from_str(&text)
                .with_context(|| format!("{}: not a workload description", path.display()))?;
            suite.insert(workload.id.clone(), workload);
        }
        Ok(Suite(suite))
    }

    /// A workload's title, or its id.
    pub(crate) fn title<'a>(&'a self, id: &'a str) -> &'a str {
        match self.0.get(id) {
            Some(workload) if !workload.title.is_empty() => &workload.title,
            _ => id,
        }
    }

    /// The cases that stand for a workload, the most telling first: the last of those that the
    /// suite marks.
    pub(crate) fn headlines(&self, id: &str) -> impl Iterator<Item = &str> {
        let cases = self.0.get(id).into_iter().flat_map(|it| it.cases.iter().rev());
        cases.filter(|case| case.headline).map(|case| case.id.as_str())
    }

    /// A case, if the suite still has it.
    pub(crate) fn case(&self, workload: &str, case: &str) -> Option<&Case> {
        self.0.get(workload)?.cases.iter().find(|known| known.id == case)
    }

    /// Position of a case in its workload; unknown ones come last, in order of name.
    pub(crate) fn position<'a>(&self, workload: &str, case: &'a str) -> (usize, &'a str) {
        let at = self
            .0
            .get(workload)
            .and_then(|known| known.cases.iter().position(|known| known.id == case));
        (at.unwrap_or(usize::MAX), case)
    }
}
