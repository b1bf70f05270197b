//! Evidence in text.
//!
//! Prose under `rfc/` quotes judged claims in three ways, all plain Markdown:
//!
//! ```markdown
//! A loop over all of them polls [?](evidence/C047.md#polls-1000-sim) leaves,
//! which is what [?](evidence/C047.md) says.
//! <!-- ev:says C047 supported -->
//!
//! <!-- ev:begin table=claims claims=C047,C048 -->
//! <!-- ev:end -->
//! ```
//!
//! [`fill`] writes the words of the links and the blocks, [`check`] finds text that the
//! evidence does not carry, [`cite`] makes a snippet for a discussion, [`affected`] names the
//! claims that a branch touches and [`export`] joins the chapters. Judging is
//! `xtask-judge`'s, measuring `xtask-bench`'s; nothing here reads a raw sample.
//!
//! Read `doc.rs` for what is seen in a file, then `render.rs`, which both `fill` and `check`
//! go through, then `rules.rs`.

mod affected;
mod anchors;
mod blocks;
mod book;
mod check;
mod cite;
mod command;
mod doc;
mod evidence;
mod export;
mod facts;
mod fill;
mod finding;
mod level;
mod load;
mod local;
mod marker;
mod number;
mod prune;
mod render;
mod repo;
mod rules;
mod spine;
mod stances;
mod table;
#[cfg(test)]
mod tests;
mod walk;

pub use affected::{Affected, affected};
pub use check::{CHECK_FORMAT, CheckOptions, Checked, Gate, Staleness, check};
pub use cite::{Cited, Shown, Style, Venue, cite, shown};
pub use command::{Hooks, RfcArgs, RfcCommand, RunClaim, run};
pub use export::{Exported, export};
pub use fill::{FillOptions, Filled, fill, judge};
pub use finding::{Finding, Rule};
pub use number::{Naked, Units};
pub use prune::{Pruned, prune};
pub use repo::address;
