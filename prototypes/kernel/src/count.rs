//! Counters of the counting build. Without the feature `count` every call is empty.

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Counter {
    /// A leaf operation was polled.
    LeafPolls,
    /// A leaf was polled and nothing had changed since the poll before.
    SpuriousPolls,
    /// A child or a root was polled because its own entry was taken from a ready list.
    TaskPolls,
    /// A waker made something runnable that was not.
    Wakes,
    /// The executor took an entry from its run queue.
    Turns,
    /// Bytes copied between buffers by a design or a driver.
    CopiedBytes,
    /// Shared ownership was cloned.
    ArcClones,
}

impl Counter {
    /// All counters.
    pub const ALL: [Counter; 7] = [
        Counter::LeafPolls,
        Counter::SpuriousPolls,
        Counter::TaskPolls,
        Counter::Wakes,
        Counter::Turns,
        Counter::CopiedBytes,
        Counter::ArcClones,
    ];
}

#[cfg(feature = "count")]
std::thread_local! {
    static COUNTS: [core::cell::Cell<u64>; Counter::ALL.len()] =
        const { [const { core::cell::Cell::new(0) }; Counter::ALL.len()] };
}

/// Adds to a counter of this thread.
#[inline(always)]
pub fn add(counter: Counter, amount: u64) {
    #[cfg(feature = "count")]
    COUNTS.with(|counts| {
        let cell = &counts[counter as usize];
        cell.set(cell.get() + amount);
    });
    #[cfg(not(feature = "count"))]
    let _ = (counter, amount);
}

/// The value of a counter of this thread; `None` in a build that does not count.
#[must_use]
pub fn get(counter: Counter) -> Option<u64> {
    #[cfg(feature = "count")]
    return Some(COUNTS.with(|counts| counts[counter as usize].get()));
    #[cfg(not(feature = "count"))]
    {
        let _ = counter;
        None
    }
}

/// Sets every counter of this thread to zero.
pub fn reset() {
    #[cfg(feature = "count")]
    COUNTS.with(|counts| counts.iter().for_each(|cell| cell.set(0)));
}
