//! A static that only thread mode touches.

/// Shares a value that is not `Sync` with no other thread: the core has one thread of execution
/// besides interrupt handlers, and handlers of this crate reach only atomics.
pub(crate) struct MainOnly<T>(T);

// SAFETY: one core. The only other contexts are the handlers in `lines`, `fault` and
// `vectors`; the first touch atomics only, and the others never return to thread mode.
unsafe impl<T> Sync for MainOnly<T> {}

impl<T> MainOnly<T> {
    pub(crate) const fn new(value: T) -> MainOnly<T> {
        MainOnly(value)
    }

    /// The value. Not to be called from an interrupt handler that returns.
    pub(crate) fn get(&self) -> &T {
        &self.0
    }
}
