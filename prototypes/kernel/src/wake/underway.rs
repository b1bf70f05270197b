//! Wakes that another thread has begun and not ended.
//!
//! A wake is several steps. In between, the node is marked as queued and stands in no list yet, or
//! stands in one whose owner was not told. Another wake of it stops there, because one is on the
//! way. A driver that blocks needs not know: the first wake arrives, and rings. Virtual time would
//! have jumped by then, or ended with the watchdog, although a wake that *has returned* asks for a
//! turn. So while a simulated driver exists, wakes are counted from their begin to their end, and
//! it waits for those under way before it moves time. Other drivers pay for a look at one word.
//!
//! The order, modelled in `tests/loom.rs`: a wake is counted before it marks a node, by an
//! exchange that releases. Who finds the node marked has acquired that, so it sees the count, or
//! the end of the wake and with it all that the wake has queued.

use core::fmt;

use crate::sync::{AtomicUsize, Ordering};

/// How many wakes are under way.
pub struct Underway {
    wakes: AtomicUsize,
}

impl fmt::Debug for Underway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Underway").field("wakes", &self.wakes).finish()
    }
}

impl Default for Underway {
    fn default() -> Self {
        Underway::new()
    }
}

impl Underway {
    /// None.
    #[cfg(not(loom))]
    #[must_use]
    pub const fn new() -> Underway {
        Underway { wakes: AtomicUsize::new(0) }
    }

    /// None.
    #[cfg(loom)]
    #[must_use]
    pub fn new() -> Underway {
        Underway { wakes: AtomicUsize::new(0) }
    }

    /// Counts a wake while it runs, also when a foreign waker at its end panics.
    pub fn during(&self, wake: impl FnOnce()) {
        struct Ended<'a>(&'a Underway);
        impl Drop for Ended<'_> {
            fn drop(&mut self) {
                self.0.wakes.fetch_sub(1, Ordering::Release);
            }
        }
        self.wakes.fetch_add(1, Ordering::Relaxed);
        let _ended = Ended(self);
        wake();
    }

    /// Whether there are any. If not, what they have queued is seen.
    #[must_use]
    pub fn any(&self) -> bool {
        self.wakes.load(Ordering::Acquire) != 0
    }
}

#[cfg(all(feature = "std", not(loom)))]
pub(crate) use here::{Watch, counted, is_watched, settle};

#[cfg(all(feature = "std", not(loom)))]
mod here {
    use super::{AtomicUsize, Ordering, Underway};

    static UNDERWAY: Underway = Underway::new();
    /// Drivers that wait for them.
    static WATCHING: AtomicUsize = AtomicUsize::new(0);

    /// A foreign waker at the end of a wake may wait for what the run holds. The run then goes on
    /// without it, after some seconds, and ends in whatever it would have ended in.
    const LOOKS: u32 = 10_000_000;

    /// Wakes are counted while this exists.
    #[derive(Debug)]
    pub(crate) struct Watch(());

    impl Watch {
        pub(crate) fn new() -> Watch {
            // Who wakes a node of a run that is watched was given its handle by that run, and so
            // sees this.
            WATCHING.fetch_add(1, Ordering::Relaxed);
            Watch(())
        }
    }

    impl Drop for Watch {
        fn drop(&mut self) {
            WATCHING.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Whether wakes are counted.
    #[inline]
    pub(crate) fn is_watched() -> bool {
        WATCHING.load(Ordering::Relaxed) != 0
    }

    /// Wakes, and is counted if anyone watches.
    #[inline]
    pub(crate) fn counted(wake: impl FnOnce()) {
        if is_watched() { watched(wake) } else { wake() }
    }

    #[cold]
    fn watched(wake: impl FnOnce()) {
        UNDERWAY.during(wake);
    }

    /// Waits until no wake is under way.
    pub(crate) fn settle() {
        for _ in 0..LOOKS {
            if !UNDERWAY.any() {
                return;
            }
            std::thread::yield_now();
        }
    }
}

/// Without threads there is none.
#[cfg(not(all(feature = "std", not(loom))))]
#[inline]
pub(crate) fn is_watched() -> bool {
    false
}

/// Without threads there is none.
#[cfg(not(all(feature = "std", not(loom))))]
#[inline]
pub(crate) fn counted(wake: impl FnOnce()) {
    wake();
}
