//! What a workload sees of the world, and what a judge sees of a workload.
//!
//! A workload runs against a [`World`]: a clock, an append-only [`Ledger`], scripted
//! devices and a [`Script`] that says how long the environment takes. The judge of a
//! [`Case`] reads the ledger and nothing else, so a design cannot vouch for itself.
//!
//! This crate is deliberately small and knows nothing of the rest: it depends on no other crate of
//! the tree, allocates nothing and has no unsafe code. The simulated driver of the
//! kernel depends on it, never the other way round.
//!
//! Read next: [`World`], then [`Case`], then `workloads/suite/select_recreate_loss.rs`.

#![no_std]
#![forbid(unsafe_code)]

mod case;
mod device;
mod drivers;
mod ledger;
mod line;
mod metric;
mod script;
pub mod wire;
mod world;

pub use case::{Case, Judged, Outcome, Params, Role, Workload};
pub use device::{CANCELLED, Lease, MockDev, OpId};
pub use drivers::Drivers;
pub use ledger::{CLOSED, DEVICE, Event, Ledger, OPENED, USED, WATCHDOG};
pub use line::{LINES, Line};
pub use metric::Metric;
pub use script::Script;
pub use world::{Load, Metrics, Region, Serving, WATCHDOG_MS, World};
