//! Exact counts of heap use: the process's allocator, counting while [`measure`] runs, or
//! between [`begin`] and [`end`] within it.
//!
//! Counting is per thread and off by default, so that what is timed or traced pays two
//! instructions per call of the allocator (test a thread-local byte, branch) and the same
//! for every design. What other threads allocate is not seen; runtimes with threads of
//! their own are not judged by these counts.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Heap use of one call, on this thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeapUse {
    /// Successful requests: allocations and reallocations.
    pub allocs: u64,
    /// Bytes asked for; a reallocation asks for its new size.
    pub alloc_bytes: u64,
    /// Most bytes that were live at once, above those live at the start.
    pub peak_bytes: u64,
    /// Bytes live at [`end`] above those live at [`begin`]; absent without them.
    pub live_bytes: Option<u64>,
}

struct Tally {
    on: Cell<bool>,
    allocs: Cell<u64>,
    bytes: Cell<u64>,
    /// Live bytes relative to the start; negative after freeing what was there before.
    live: Cell<i64>,
    peak: Cell<i64>,
    /// What was used between [`begin`] and [`end`].
    part: Cell<Option<HeapUse>>,
}

thread_local! {
    // Constant and without a destructor: touching it inside the allocator allocates nothing.
    static TALLY: Tally = const {
        Tally {
            on: Cell::new(false),
            allocs: Cell::new(0),
            bytes: Cell::new(0),
            live: Cell::new(0),
            peak: Cell::new(0),
            part: Cell::new(None),
        }
    };
}

/// Runs `f` and says how much heap it used, or how much the part of it between [`begin`] and
/// [`end`] used where it has one.
///
/// # Panics
/// When called inside itself. A panic of `f` leaves counting on: catch it inside `f`.
pub fn measure<T>(f: impl FnOnce() -> T) -> (T, HeapUse) {
    TALLY.with(|tally| {
        assert!(!tally.on.get(), "heap use is already being measured on this thread");
        tally.clear();
        tally.part.set(None);
        tally.on.set(true);
    });
    let value = f();
    let used = TALLY.with(|tally| {
        tally.on.set(false);
        tally.part.get().unwrap_or_else(|| tally.used())
    });
    (value, used)
}

/// Begins the part of a measured call that counts. Does nothing outside of [`measure`].
pub fn begin() {
    counting(Tally::clear);
}

/// Ends the part of a measured call that counts. Does nothing outside of [`measure`].
pub fn end() {
    counting(|tally| {
        let live = u64::try_from(tally.live.get()).unwrap_or(0);
        tally.part.set(Some(HeapUse { live_bytes: Some(live), ..tally.used() }));
    });
}

impl Tally {
    fn clear(&self) {
        self.allocs.set(0);
        self.bytes.set(0);
        self.live.set(0);
        self.peak.set(0);
    }

    fn used(&self) -> HeapUse {
        HeapUse {
            allocs: self.allocs.get(),
            alloc_bytes: self.bytes.get(),
            peak_bytes: self.peak.get().unsigned_abs(),
            live_bytes: None,
        }
    }

    fn requested(&self, size: usize, released: usize) {
        self.allocs.set(self.allocs.get() + 1);
        self.bytes.set(self.bytes.get() + size as u64);
        self.live.set(self.live.get() + signed(size) - signed(released));
        self.peak.set(self.peak.get().max(self.live.get()));
    }
}

fn signed(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

#[inline(always)]
fn counting(then: impl FnOnce(&Tally)) {
    TALLY.with(|tally| {
        if tally.on.get() {
            then(tally);
        }
    });
}

/// The system's allocator with the counters above.
#[derive(Debug)]
struct Counting;

#[global_allocator]
static GLOBAL: Counting = Counting;

// SAFETY: every call is passed to `System` unchanged, which fulfils the contract of the
// trait; the counters beside it neither allocate nor unwind.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises about `layout` are passed on unchanged.
        let memory = unsafe { System.alloc(layout) };
        if !memory.is_null() {
            counting(|tally| tally.requested(layout.size(), 0));
        }
        memory
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises about `layout` are passed on unchanged.
        let memory = unsafe { System.alloc_zeroed(layout) };
        if !memory.is_null() {
            counting(|tally| tally.requested(layout.size(), 0));
        }
        memory
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: `memory` came from `System` through this allocator, with this layout.
        unsafe { System.dealloc(memory, layout) };
        counting(|tally| tally.live.set(tally.live.get() - signed(layout.size())));
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: `memory` came from `System` through this allocator, with this layout, and
        // the caller's promises about `new_size` are passed on unchanged.
        let moved = unsafe { System.realloc(memory, layout, new_size) };
        if !moved.is_null() {
            counting(|tally| tally.requested(new_size, layout.size()));
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;

    fn used_up(allocs: u64, alloc_bytes: u64, peak_bytes: u64) -> HeapUse {
        HeapUse { allocs, alloc_bytes, peak_bytes, live_bytes: None }
    }

    #[test]
    fn a_part_of_a_call_counts_alone_and_says_what_stays() {
        let ((), used) = measure(|| {
            let before = black_box(Box::new([0_u8; 1000]));
            begin();
            let kept = black_box(Box::new([0_u8; 40]));
            drop(black_box(Box::new([0_u8; 60])));
            end();
            drop((before, kept, black_box(Box::new([0_u8; 500]))));
        });
        assert_eq!(used, HeapUse { live_bytes: Some(40), ..used_up(2, 100, 100) });
        begin();
        end();
        let ((), used) = measure(|| drop(black_box(Box::new([0_u8; 10]))));
        assert_eq!(used, used_up(1, 10, 10));
    }

    #[test]
    fn requests_bytes_and_peak_are_exact() {
        let ((), used) = measure(|| {
            let a = black_box(Box::new([0_u8; 100]));
            drop(a);
            let b = black_box(Box::new([0_u8; 60]));
            let c = black_box(Box::new([0_u8; 30]));
            drop((b, c));
        });
        assert_eq!(used, used_up(3, 190, 100));
    }

    #[test]
    fn a_reallocation_asks_for_its_new_size_and_lives_once() {
        let ((), used) = measure(|| {
            let mut v: Vec<u8> = black_box(Vec::with_capacity(16));
            v.reserve_exact(64);
            black_box(&v);
        });
        assert_eq!(used, used_up(2, 80, 64));
    }

    #[test]
    fn freeing_what_was_there_before_is_no_peak() {
        let before = black_box(Box::new([0_u8; 1000]));
        let ((), used) = measure(|| {
            drop(before);
            drop(black_box(Box::new([0_u8; 10])));
        });
        assert_eq!(used, used_up(1, 10, 0));
    }

    #[test]
    fn zeroed_memory_counts_and_other_threads_do_not() {
        let ((), used) = measure(|| drop(black_box(vec![0_u64; 8])));
        assert_eq!(used, used_up(1, 64, 64));
        let (tell, told) = std::sync::mpsc::sync_channel::<()>(1);
        let other = std::thread::spawn(move || {
            told.recv().expect("the sender lives until it has sent");
            drop(black_box(vec![0_u8; 4096]));
        });
        let (sent, used) = measure(|| tell.send(()).is_ok());
        other.join().expect("the thread only allocates");
        assert!(sent && used.alloc_bytes < 4096, "{used:?}");
    }

    #[test]
    fn resetting_the_world_allocates_nothing() {
        let world: &'static contract::World = Box::leak(Box::new(contract::World::new()));
        world.log(1, 1, 1, 1);
        world.metrics().set(contract::Metric::LostItems, 3);
        let ((), used) = measure(|| world.reset());
        assert_eq!(used, HeapUse::default());
        assert!(world.ledger().is_empty());
    }
}
