//! Counters of the kernel, in the counting build (feature `count`, target `sim`).

use contract::World;

/// Sets the counters of this thread to zero.
pub fn reset() {
    #[cfg(feature = "count")]
    kernel::count::reset();
}

/// Puts the counters of this thread into the world's metrics, where judges look for them.
/// Does nothing in a build that does not count. Allocates nothing.
pub fn publish(world: &World) {
    #[cfg(feature = "count")]
    for counter in kernel::count::Counter::ALL {
        if let Some(value) = kernel::count::get(counter) {
            world.metrics().set(metric(counter), value);
        }
    }
    #[cfg(not(feature = "count"))]
    let _ = world;
}

#[cfg(feature = "count")]
fn metric(counter: kernel::count::Counter) -> contract::Metric {
    use contract::Metric;
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
