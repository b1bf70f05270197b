//! Which column of the differences in `suite.rs` a design belongs to.

/// Which column of the differences a design belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(dead_code, reason = "each mount names one of them")]
pub(crate) enum Family {
    /// Undriven unless awaited; cancelled by drop.
    Poll,
    /// As `Poll`, and a window moves while the body of its loop waits.
    Progress,
    /// Undriven unless awaited; cancelled by value, and drained.
    Completion,
    /// Children are always driven; cancelled by drop.
    Scoped,
    /// Children are always driven; cancelled by value, and drained.
    Structured,
    /// Children are tasks of the executor, which own what they use; aborted at their next turn.
    Owned,
    /// The same, and a task ends by itself only: it may look at a token, and no text here does.
    Told,
}
