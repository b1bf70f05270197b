//! What drives: the ambient context, orphans, tasks, scopes' storage and order, the executor.

#[cfg(feature = "io")]
pub(crate) mod alive;
pub mod children;
pub mod context;
pub mod drive;
pub mod executor;
#[cfg(feature = "io")]
pub mod island;
#[cfg(feature = "io")]
pub(crate) mod kept;
#[cfg(feature = "io")]
pub(crate) mod orphans;
#[cfg(feature = "tasks")]
pub mod spawn;
pub(crate) mod timers;
