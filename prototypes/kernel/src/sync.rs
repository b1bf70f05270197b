//! The one module through which atomics are reached: `core`, a software fallback for cores
//! without compare-and-swap, or loom's models.

#[cfg(loom)]
pub use loom::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

#[cfg(all(not(loom), target_has_atomic = "ptr"))]
pub use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// The words of a ring that is shared with the system; nothing for loom to see.
#[cfg(feature = "io")]
pub use core::sync::atomic::{AtomicU16, AtomicU32};

#[cfg(all(not(loom), not(target_has_atomic = "ptr")))]
pub use portable_atomic::{AtomicPtr, AtomicUsize, Ordering};
