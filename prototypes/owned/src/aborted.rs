//! Why a task has no output.

use core::fmt;
use core::task::Poll;

/// Why a task ended without an output: it was aborted, its run ended, or it panicked where
/// the mode catches panics.
pub struct Aborted {
    #[cfg(feature = "std")]
    panic: Option<std::boxed::Box<dyn core::any::Any + Send>>,
}

impl Aborted {
    pub(crate) fn asked() -> Aborted {
        Aborted {
            #[cfg(feature = "std")]
            panic: None,
        }
    }

    #[cfg(feature = "std")]
    pub(crate) fn panicked(payload: std::boxed::Box<dyn core::any::Any + Send>) -> Aborted {
        Aborted { panic: Some(payload) }
    }

    /// For who waits for an output and has no word for its absence: goes on with the panic of
    /// the task, or waits for the end of the run, which has aborted it.
    pub(crate) fn resume_or_wait<T>(self) -> Poll<T> {
        #[cfg(feature = "std")]
        if let Some(payload) = self.panic {
            std::panic::resume_unwind(payload);
        }
        Poll::Pending
    }

    /// Whether the task panicked.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        #[cfg(feature = "std")]
        return self.panic.is_some();
        #[cfg(not(feature = "std"))]
        false
    }

    /// What the task panicked with.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn into_panic(self) -> Option<std::boxed::Box<dyn core::any::Any + Send>> {
        self.panic
    }
}

impl fmt::Debug for Aborted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aborted").field("is_panic", &self.is_panic()).finish()
    }
}

impl fmt::Display for Aborted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_panic() { "the task panicked" } else { "the task was aborted" })
    }
}

impl core::error::Error for Aborted {}
