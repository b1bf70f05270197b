//! What a page tells of a hazard in words: `reports/hazards.toml`, written by hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// One hazard in words.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Story {
    pub(crate) id: String,
    /// At most as long as a cell of a table.
    pub(crate) name: String,
    /// Two sentences.
    pub(crate) story: String,
    /// What an expert does about it, in one sentence.
    #[serde(default)]
    pub(crate) remedy: String,
    /// The case of the overview, where the suite's headline is not it.
    #[serde(default)]
    pub(crate) headline: String,
    /// The runtime on which our designs stand in the overview, where it is not the first.
    #[serde(default)]
    pub(crate) runtime: String,
    /// Target with the outcomes, where it is not `sim`.
    #[serde(default)]
    pub(crate) target: String,
    /// Names of cases whose id is no name.
    #[serde(default)]
    pub(crate) cases: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    hazard: Vec<Story>,
}

/// All stories in the order of the overview.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stories(Vec<Story>);

/// Ends the id of a case that is the same program without a `shield`.
pub(crate) const UNSHIELDED: &str = "-unshielded";
/// Longest name: that of a cell of an unfolded table.
const NAME: usize = crate::limits::CELL;

impl Stories {
    /// Reads the file; an absent one tells nothing.
    ///
    /// # Errors
    /// When it is malformed or a name does not fit a cell.
    pub(crate) fn read(root: &Path) -> Result<Stories> {
        let path = root.join("reports/hazards.toml");
        if !path.is_file() {
            return Ok(Stories::default());
        }
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let file: File = toml::from_str(&text)
            .with_context(|| format!("{}: not a list of hazards", path.display()))?;
        ensure!(file.format == 1, "{}: format {}, this tool reads 1", path.display(), file.format);
        for story in &file.hazard {
            ensure!(
                story.name.chars().count() <= NAME,
                "{}: the name `{}` of {} is longer than {NAME} characters",
                path.display(),
                story.name,
                story.id
            );
        }
        Ok(Stories(file.hazard))
    }

    /// The story of a workload.
    pub(crate) fn of(&self, workload: &str) -> Option<&Story> {
        self.0.iter().find(|story| story.id == workload)
    }

    /// Place of a workload; unknown ones come last.
    pub(crate) fn place(&self, workload: &str) -> usize {
        self.0.iter().position(|story| story.id == workload).unwrap_or(usize::MAX)
    }

    /// Ids in order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|story| story.id.as_str())
    }

    /// How a case is called where its id is none. The twin without a word of the source has the
    /// name of its case.
    pub(crate) fn case(&self, workload: &str, case: &str) -> String {
        let told = |id: &str| self.of(workload).and_then(|story| story.cases.get(id)).cloned();
        if let Some(name) = told(case) {
            return name;
        }
        match case.strip_suffix(UNSHIELDED) {
            Some(base) => format!("{}, bare", told(base).unwrap_or(base.to_owned())),
            None => case.to_owned(),
        }
    }
}
