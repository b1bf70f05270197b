//! Plans, builds, runs and records: the library behind `cargo xtask bench`, `list`, `doctor`.
//!
//! The way of a number: [`tree`] finds what there is, [`plan`] says what to measure,
//! [`runner`] measures it, the cell log keeps it, and a record holds it in the end. Nothing
//! here judges a number or renders one, and nothing that is measured is linked: runners are
//! programs that answer in lines. Start reading at [`bench`].

mod before;
mod bench;
mod claims;
mod command;
mod doctor;
mod error;
mod glob;
mod inputs;
mod list;
mod lock;
mod log;
mod machine;
mod moment;
mod noise;
mod options;
mod pinnable;
pub mod plan;
mod progress;
mod receipts;
mod reworded;
pub mod runner;
mod stale;
mod summary;
mod target;
pub mod tree;
mod write;

pub use before::on_signal;
pub use bench::{Hooks, LARGEST, bench, bench_in};
pub use doctor::{More, Requirement, doctor, install, install_package, requirements};
pub use error::{Exit, InputError, exit_code};
pub use glob::Glob;
pub use inputs::Inputs;
pub use list::list;
pub use log::{CellLog, Header};
pub use options::{BenchArgs, DoctorArgs, ListArgs, Profile, Shard, Subject};
pub use pinnable::NEW_PIN;
pub use stale::Staleness;
pub use summary::After;
pub use tree::Tree;
pub use write::{Cells, Written};
pub use xtask_judge::check_hash;
