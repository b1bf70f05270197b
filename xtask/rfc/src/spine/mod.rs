//! The data behind the spine of the document: problems, goals, what was asked for, and where
//! upstream stands. All of it is hand-written TOML; what is derived from it (whether a claim
//! still says what a problem was written for, how many verdicts of a goal are reached, which
//! bullet is covered by what) is computed here and never typed.
//!
//! A problem that cannot be read is a finding like any other, so that `check` lists all that
//! is wrong at once; `fill` writes nothing while there is one.

mod age;
mod chapters;
mod data;
mod holes;
mod links;
mod lists;
mod objection;
mod problem;
mod read;
mod rules;
mod source;
mod story;
mod tables;
#[cfg(test)]
mod tests;
mod topic;

pub(crate) use age::note;
pub(crate) use chapters::{cite, missing_pages};
pub(crate) use data::Spine;
pub(crate) use objection::{Dispute, Replication};
pub(crate) use read::read;
#[cfg(test)]
pub(crate) use read::upstream_of;
pub(crate) use rules::check;
pub(crate) use tables::TABLES;
