//! Judging: claims, records, verdicts.
//!
//! ```text
//! prototypes/*/design.toml   design, axes           the designs as points of a space
//! prototypes/runtimes        runtimes                the runtimes of cells
//! rfc/claims/*.toml   claim, load, catalog,        what would be true
//!                     reports, validate, comparison
//! rfc/pins.toml       pins                             which records decide
//! reports/data/...    evidence, select                 the cells that claims read
//!                     query, ask, read, range,          one check, asked
//!                     condition, sampled
//!                     bound, verdict, guard,            the rules, and all claims
//!                     values, eval
//! rfc/history.toml    history                        what earlier records decided
//! rfc/verdicts.json   verdicts                         the answer
//! two records         equal                          whether they say the same
//! ```
//!
//! [`eval`] is a pure function of these files. Every estimate that this project prints is
//! in [`stats`]. Nothing here measures, writes a file or knows a design. Read [`claim`]
//! first.

mod ask;
pub mod axes;
mod beside;
mod bound;
pub mod catalog;
pub mod claim;
mod comparison;
mod condition;
pub mod design;
pub mod equal;
mod eval;
mod evidence;
pub mod findings;
mod format;
mod guard;
pub mod history;
pub mod latency;
pub mod listing;
pub mod load;
mod parse;
pub mod pins;
mod query;
mod range;
mod read;
mod reports;
pub mod runtimes;
mod sampled;
mod select;
mod validate;
mod values;
mod verdict;
pub mod verdicts;
mod wrong;

pub use eval::{eval, eval_record, eval_records, eval_with_history};
pub use load::check_hash;
pub use xtask_stats as stats;

/// An input is wrong: exit code 2, and nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadInput(pub String);

impl std::fmt::Display for BadInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadInput {}
