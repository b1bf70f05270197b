//! What a workload promises, apart from how a design or a peer writes it.
//!
//! A public crate is measured on the same contract as a design, but not on the same text:
//! it cannot use the dialect. What must not differ between the two is here, once: how much
//! is done, what is logged, and the judge. One module per workload.
//!
//! All of these are logged by the root of a run, in a fixed order, at its end: on a real
//! clock the order in which sockets become ready is not part of the receipt.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(any(feature = "std", test))]
extern crate std;

#[cfg(feature = "std")]
pub mod echo_run;
#[cfg(feature = "std")]
pub mod echo_workers;
pub mod file_read;
pub mod io_trait_shapes;
#[cfg(feature = "std")]
pub mod late_redis;
pub mod ping_pong;
pub mod published_bugs;
pub mod scope_laws;
pub mod socket_buffer_cancel;
pub mod socket_op_leak;
pub mod spawn_join;
pub mod tcp_echo;
pub mod timers;

use contract::{Judged, Ledger, Metrics, Params, World};

/// The root of a run.
pub const ROOT: u16 = 1;
/// How much was done; `item` is the count, `value` what went wrong (0: nothing).
pub const DONE: u16 = 1;
/// Something that the run needs could not be had; `value` is the error.
pub const FAILED: u16 = 2;

/// Logs the end of a run.
pub fn done(world: &World, count: u32, wrong: u32) {
    world.log(ROOT, DONE, count, i32::try_from(wrong).unwrap_or(i32::MAX));
}

/// Logs that the run could not be made; the judge takes it for a failure.
pub fn failed(world: &World, error: i32) {
    world.log(ROOT, FAILED, 0, error);
}

/// Absent when all of `wanted` was done and nothing went wrong; else how much is missing.
fn complete(ledger: &Ledger, wanted: u32) -> Judged {
    let done = ledger.of_kind(DONE).fold(0_u32, |sum, event| sum.saturating_add(event.item));
    let wrong = ledger
        .of_kind(DONE)
        .fold(0_u32, |sum, event| sum.saturating_add(event.value.unsigned_abs()));
    let missing = wanted.abs_diff(done);
    Judged::from_severity(missing.saturating_add(wrong).saturating_add(ledger.count(FAILED)))
}

/// The judge's type, for tables of cases.
pub type Judge = fn(&Ledger, &Params, &Metrics) -> Judged;
