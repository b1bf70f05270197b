//! Judging: claims, records, verdicts.
//!
//! `rfc/claims/*.toml` says what would be true, `rfc/pins.toml` which records decide, and
//! [`eval`] makes `rfc/verdicts.json` of them: a pure function of these files. Read
//! [`claim`] for the questions, [`query`] for how they are asked of a record, [`verdict`]
//! for the rules, [`stats`] for every estimate that this project prints.
//!
//! Nothing here measures, writes a file or knows a design.

pub mod claim;
pub mod load;
pub mod pins;
pub mod verdicts;

/// An input is wrong: exit code 2, and nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadInput(pub String);

impl std::fmt::Display for BadInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadInput {}
