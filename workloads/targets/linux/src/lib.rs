//! The machinery of the hosted runner, without anything to run.
//!
//! What is here: the requests of the tool answered one by one ([`serve`]), each by one of
//! the ways to run a cell ([`exact`], [`outcome`], [`time`], [`latency`]); memory of a fresh
//! process ([`resident`]); CPU time of all threads ([`process_cpu`]); load from outside for cases
//! that serve ([`load`]); the block sampler ([`sampler`]); heap counters ([`alloc`]); the symbols
//! that callgrind looks for ([`entry`]);
//! the measured part of a run ([`region`]); the driver under a cell ([`backend`]).
//! What is deliberately not here: designs, suites and statistics. A binary brings its
//! mounts (`src/mounts.rs` for the real one, `tests/bin/toys.rs` for the tests); the
//! figures are judged by `xtask/judge` from what is written down here, unfiltered.
//!
//! The protocol is documented in `src/main.rs`. Read next: [`once`], then [`sampler`].

#![recursion_limit = "1024"]

pub mod alive;
pub mod alloc;
pub mod backend;
pub mod cli;
pub mod clock;
mod connect;
pub mod counts;
pub mod entry;
pub mod exact;
pub mod latency;
pub mod load;
pub mod once;
pub mod open_loop;
pub mod outcome;
pub mod process_cpu;
pub mod region;
pub mod registry;
pub mod resident;
pub mod sampler;
pub mod seed;
pub mod serve;
pub mod stuck;
pub mod time;
pub mod turns;
