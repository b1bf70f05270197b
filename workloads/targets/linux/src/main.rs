//! The hosted runner: one process that holds all rivals.
//!
//! It runs cells and writes down what it saw, and that is all: it plans nothing, filters
//! nothing and judges no claim. `cargo xtask bench` starts it; by hand:
//!
//! ```text
//! runner-linux describe        what can be run, one `record::Mount` per line
//! runner-linux run             requests (`record::Request`) from standard input until it
//!                              ends, answers (`record::Line`) on standard output, each
//!                              flushed at once
//! runner-linux one <cell>      two warm-ups, then one call through the symbol `awb_entry`
//! runner-linux rss <cell>      one call in this fresh process; by how much it grew, in bytes
//! runner-linux cpu <cell>      many calls in this fresh process; CPU time of a measured part in
//!                              all threads, in nanoseconds
//! runner-linux load --port P --connections N [--idle]
//!                              connections to a loopback port from a process of their own
//! runner-linux probe           which of our own drivers this machine has
//! ```
//!
//! # What a caller may rely on
//!
//! - Every request is answered by one line per cell, in the order asked for; `time` adds
//!   one with `samples.aa = 1`, the twin of the first cell that could be timed. Standard
//!   output carries nothing else.
//! - A cell whose driver this machine refuses is answered with `unsupported` and the reason,
//!   and the cells on other runtimes run.
//! - A cell this runner does not have is answered with `failed` and the nearest one.
//! - Every run starts on a world that was just reset; resetting allocates nothing.
//! - `exact` runs the script as written twice and counts the second time; two different
//!   receipts fail. `outcome` runs schedule 0 (the script) and the schedules asked for,
//!   whose seeds are functions of the request's seed and their number.
//! - Outcomes: the judge's `occurs` or `absent`; `panics`; `hang` when the watchdog of
//!   virtual time ended the run and the judge did not take that for its hazard. All are
//!   results, status `ok`. On a control anything but `absent` fails the cell
//!   (`failed: control fired`, `control hung`, `control panicked: …`), and so does
//!   `failed: ledger overflow` everywhere.
//! - A cancelled root that does not drain ends the process with code 3, after a line with
//!   status `hang: a cancelled root did not drain` for the cell it was working on. Start
//!   the runner again for the rest.
//! - A time line holds all rounds, unclean ones too. One operation is `World::reset` and
//!   one call of the case ([`runner_linux::sampler`] says why).
//! - `allocs`, `alloc_bytes` and `peak_bytes` are of the thread that ran the case, between
//!   its call and its return. `leaf_polls` and its like need the feature `count`.
//! - Exit codes: 0 done, 1 the cell cannot be run, 2 the input is wrong, 3 a cell is stuck.
//!
//! Read next: `src/lib.rs`. What is mounted: `src/mounts.rs`, generated.

#![recursion_limit = "1024"]

mod mounts;

fn main() -> std::process::ExitCode {
    runner_linux::cli::main(mounts::MOUNTS)
}
