//! The record format: what one `bench` command measured.
//!
//! A record is a folder, immutable once written:
//!
//! ```text
//! reports/data/<target>/<YYYY-MM-DD>-<rev10>/
//!   run.json                  one [`Run`]: how, where and from what it was measured
//!   <design>.jsonl            one [`Line`] per launch of a cell: exact values and outcomes
//!   <design>.samples.jsonl.gz raw timing samples, one [`Line`] per launch of a cell
//! ```
//!
//! Samples are compressed because they are most of a record and the last that is read; `zcat`
//! shows them. In records of line formats 1 and 2 they are not.
//!
//! Runners write lines, the tool adds `run.json`, and [`Record::open`] refuses whatever
//! it does not understand, naming file and line. Nothing here measures or judges.

mod block;
mod cell;
mod line;
mod reader;
mod request;
mod run;
mod runs;
mod samples;
mod schedules;
#[cfg(test)]
mod schema;

pub use block::{Block, Taken};
pub use cell::CellKey;
pub use line::{
    Kind, LINE_FORMAT, LINE_FORMATS, Latency, Line, Outcome, Receipt, Role, Schedule,
    ScheduleResult, Status,
};
pub use reader::{Record, SAMPLES, parse_line};
pub use request::{Mount, Request, SIGN};
pub use run::{Attempt, ClaimAtRun, Cores, FileEntry, Machine, Noise, RUN_FORMAT, Run, Toolchain};
pub use samples::Samples;
