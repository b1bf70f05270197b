//! The design `owned` on tokio: a task is what tokio spawns on this thread, so this is
//! what a user of tokio writes, in the names of the dialect.
//!
//! Channels, locks, races and joins are those of the design; sharing is counted as there. What
//! a scope adds to a bare task says `runtime_tasks`, whose [`facade!`](runtime_tasks::facade)
//! declares the names. [`parallel`] is the design's mode of that name: tasks that may move between
//! threads.

#![forbid(unsafe_code)]

pub mod parallel;
mod task;

pub use task::{Task, Tokio};

runtime_tasks::facade!(runtime_tokio, Tokio);
