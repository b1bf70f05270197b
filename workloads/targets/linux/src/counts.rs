//! Counters of the kernel, in the counting build (feature `count`, target `sim`).

use contract::Metric;

/// Sets the counters of this thread to zero.
pub fn reset() {
    #[cfg(feature = "count")]
    kernel::count::reset();
}

/// The counters of this thread; empty in a build that does not count.
#[must_use]
pub fn read() -> Vec<(Metric, u64)> {
    #[cfg(feature = "count")]
    return kernel::count::Counter::ALL
        .iter()
        .filter_map(|&counter| Some((metric(counter), kernel::count::get(counter)?)))
        .collect();
    #[cfg(not(feature = "count"))]
    Vec::new()
}

#[cfg(feature = "count")]
fn metric(counter: kernel::count::Counter) -> Metric {
    use kernel::count::Counter;
    match counter {
        Counter::LeafPolls => Metric::LeafPolls,
        Counter::SpuriousPolls => Metric::SpuriousPolls,
        Counter::TaskPolls => Metric::TaskPolls,
        Counter::Wakes => Metric::Wakes,
        Counter::Turns => Metric::Turns,
        Counter::CopiedBytes => Metric::CopiedBytes,
        Counter::ArcClones => Metric::ArcClones,
    }
}
