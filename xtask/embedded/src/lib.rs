//! Bare-metal cells: what `bench` does for target `cortex-m4`.
//!
//! ```text
//! available   which toolchain can build for the board, and which QEMU runs it
//! images      one per mount and workload, from the toml files alone
//! generate    the packages of `workloads/targets/cortex-m4/images`, for `tidy`
//! build       cargo with a clean environment; sections of the result
//! run         boots in QEMU, reads frames, answers with lines of a record
//! ```
//!
//! Nothing here is linked with what it measures: frames are read against the layout that
//! `workloads/contract/src/wire.rs` documents, and a test compares the two. Nothing here
//! judges. Read next: [`available`], [`build`], [`run`].

mod boot;
mod build;
#[cfg(test)]
mod faults;
mod frame;
mod generate;
mod images;
mod lines;
mod lock;
mod size;
mod sysroot;
mod way;

pub use boot::{Boot, Ended, boot};
pub use build::{Built, build};
pub use frame::{Frame, Tag, parse as parse_frames};
pub use generate::generate;
pub use images::{Image, Planned, baselines, images};
pub use lines::run;
pub use lock::{lock_is_current, refresh_lock};
pub use size::{Sections, sections};
pub use way::{Missing, Origin, Way, available};

/// Target id in records and toml files.
pub const TARGET: &str = "cortex-m4";
/// The compiler's name of it.
pub const TRIPLE: &str = "thumbv7em-none-eabihf";
/// The machine that QEMU models.
pub const MACHINE: &str = "mps2-an386";
/// One instruction takes 2^7 ns of board time, so that the timer's ticks can be converted
/// into instructions without a rest.
pub const ICOUNT: &str = "shift=7,align=off,sleep=off";
/// What `run.json` says of the clock.
pub const CLOCK: &str = "cmsdk-timer0 icount shift=7";
/// Folder of the bare-metal workspace, relative to the root.
pub const FOLDER: &str = "workloads/targets/cortex-m4";
