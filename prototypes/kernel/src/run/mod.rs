//! What drives: the ambient context, orphans, tasks, scopes' storage and order, the executor.

pub mod children;
pub mod context;
pub mod drive;
pub mod executor;
#[cfg(feature = "io")]
pub mod island;
#[cfg(feature = "tasks")]
pub mod spawn;
