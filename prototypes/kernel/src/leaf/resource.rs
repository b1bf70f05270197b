//! A resource that a simulated device opened, and what becomes of one that nothing waits for.

use crate::run::context;

/// What is done with an operation that is dropped while a driver works on it. Designs whose
/// operations must complete take it in their calls, as the others do, and never come to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orphan {
    /// Nothing. What the operation opens stays open.
    Ignore,
    /// The driver is asked for an early end; what was opened before it heard stays open.
    Cancel,
    /// As [`Orphan::Cancel`], and what was opened is closed.
    Reclaim,
}

/// A resource that a simulated device opened. Dropping it closes it, which the environment
/// logs ([`contract::CLOSED`]).
#[derive(Debug, PartialEq, Eq)]
pub struct Resource {
    number: i32,
}

impl Resource {
    /// Takes over what an opening was ready with.
    #[must_use]
    pub fn new(number: i32) -> Resource {
        Resource { number }
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> i32 {
        self.number
    }
}

impl Drop for Resource {
    fn drop(&mut self) {
        if !context::is_entered() {
            return;
        }
        context::with(|runtime| {
            if let Some(world) = runtime.driver.world() {
                world.close(self.number);
            }
        });
    }
}
