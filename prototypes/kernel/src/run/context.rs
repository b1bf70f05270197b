//! The ambient context: which runtime polls the current task.
//!
//! A compiler-made coroutine passes nothing but `core::task::Context` on, so a leaf finds
//! its runtime through one cell, set for the time of a poll: per thread with `std`, one
//! static cell without (a board has one executor and polls only in thread mode). This
//! survives foreign combinators, which replace the waker but not the thread.
//!
//! The context also carries what designs need beyond polling: whether the current poll happens
//! under a request to cancel ([`cancelling`]), and, for those that drop, the answer to it
//! ([`request`]).

use core::cell::Cell;
use core::ptr;

use crate::Instant;
use crate::driver::Driver;
use crate::run::timers::Timers;
use crate::wake::lines::Lines;

/// What a leaf can reach: the driver and the timers.
///
/// Armed timers and waiting leaves point into it. So only the executor and an island make one,
/// each where it stays until it ends, and all others get a shared reference: it can be neither
/// moved, swapped nor forgotten under what points at it.
pub struct Runtime<'d> {
    /// Source of time and events.
    pub driver: &'d dyn Driver,
    /// All timers of this runtime.
    pub(crate) timers: Timers,
    /// Who waits for edges of input lines.
    pub(crate) lines: Lines,
    /// Tasks beside the root.
    #[cfg(feature = "tasks")]
    pub tasks: crate::run::spawn::Tasks,
    sequence: Cell<u32>,
    cancelling: Cell<bool>,
    /// The poll under the request left a clean-up that is not over.
    cleaning: Cell<bool>,
    #[cfg(feature = "io")]
    copied: Cell<u64>,
    #[cfg(feature = "io")]
    alive: crate::run::alive::Alive,
}

impl core::fmt::Debug for Runtime<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Runtime").field("timers", &self.timers).finish_non_exhaustive()
    }
}

impl<'d> Runtime<'d> {
    /// A runtime over a driver, without timers. It is not moved, and not forgotten, once it was
    /// entered.
    ///
    /// # Panics
    /// With the feature `tasks`, when the waker table is full.
    pub(crate) fn new(driver: &'d dyn Driver) -> Runtime<'d> {
        Runtime {
            driver,
            timers: Timers::new(),
            lines: Lines::new(),
            #[cfg(feature = "tasks")]
            tasks: crate::run::spawn::Tasks::new(),
            sequence: Cell::new(0),
            cancelling: Cell::new(false),
            cleaning: Cell::new(false),
            #[cfg(feature = "io")]
            copied: Cell::new(0),
            #[cfg(feature = "io")]
            alive: crate::run::alive::Alive::new(),
        }
    }

    /// The runtime-owned operations of its leaves, made at the first one.
    #[cfg(feature = "io")]
    pub fn op_slots(&self) -> &std::rc::Rc<crate::run::orphans::OpSlots> {
        self.alive.op_slots(self.driver)
    }

    /// Counts bytes that a leaf copied between buffers, because its model cannot lend the
    /// one that the caller has. Counted in every build; published at the end of a run.
    #[cfg(feature = "io")]
    pub fn count_copied(&self, bytes: usize) {
        self.copied.set(self.copied.get() + bytes as u64);
    }

    /// Bytes copied so far.
    #[cfg(feature = "io")]
    #[must_use]
    pub fn copied(&self) -> u64 {
        self.copied.get()
    }

    /// Order among timers of one deadline.
    pub(crate) fn tie(&self, deadline: Instant) -> u32 {
        let sequence = self.sequence.get();
        self.sequence.set(sequence.wrapping_add(1));
        self.driver.tie(deadline, sequence)
    }

    /// Runs `f` with this runtime as the current one; restores the former one afterwards,
    /// also when `f` panics.
    pub fn enter<R>(&self, f: impl FnOnce() -> R) -> R {
        #[cfg(feature = "io")]
        self.alive.enter(self.driver);
        let former = current().replace(ptr::from_ref(self).cast());
        let _restore = Restore(former);
        f()
    }
}

struct Restore(*const ());

impl Drop for Restore {
    fn drop(&mut self) {
        current().set(self.0);
    }
}

#[cfg(feature = "std")]
fn current() -> &'static Cell<*const ()> {
    std::thread_local! {
        static CURRENT: Cell<*const ()> = const { Cell::new(ptr::null()) };
    }
    // SAFETY: the cell is const-initialised and needs no destructor, so its storage lives
    // as long as the thread. The reference is not `Send` (`Cell` is not `Sync`), and no
    // caller in this module keeps it.
    unsafe { &*CURRENT.with(ptr::from_ref) }
}

#[cfg(not(feature = "std"))]
fn current() -> &'static Cell<*const ()> {
    struct OneExecutor(Cell<*const ()>);
    // SAFETY: without `std` there is one executor, which polls in thread mode only;
    // interrupt handlers do not poll and never come here (module docs).
    unsafe impl Sync for OneExecutor {}
    static CURRENT: OneExecutor = OneExecutor(Cell::new(ptr::null()));
    &CURRENT.0
}

/// Whether a runtime of ours runs on this thread. It does from the begin of a run to its end:
/// while a task is polled, and while the driver, or a timer, calls a waker.
#[must_use]
pub fn is_entered() -> bool {
    !current().get().is_null()
}

/// Bytes that the runtime that polls here has copied so far ([`Runtime::copied`]); `None`
/// without one of ours.
#[cfg(feature = "io")]
#[must_use]
pub fn copied() -> Option<u64> {
    is_entered().then(|| with(|runtime| runtime.copied()))
}

/// Calls `f` with the current runtime.
///
/// # Panics
/// Outside [`Runtime::enter`]: a leaf was polled by something that is not our executor.
pub fn with<R>(f: impl FnOnce(&Runtime<'_>) -> R) -> R {
    let runtime = current().get().cast::<Runtime<'_>>();
    assert!(!runtime.is_null(), "no runtime is polling here; use the design's block_on");
    // SAFETY: set by `enter`, which borrows the runtime for longer than the pointer stays,
    // and only shared references to it exist.
    f(unsafe { &*runtime })
}

/// A line has seen this many edges now: wakes who waits for it on the current runtime.
pub fn edge(line: usize, edges: u32) {
    if is_entered() {
        with(|runtime| runtime.lines.wake(line, edges));
    }
}

/// Whether the current poll happens under a request to cancel. False without a runtime.
#[must_use]
pub fn cancelling() -> bool {
    is_entered() && with(|runtime| runtime.cancelling.get())
}

/// Runs `f` with the mode set; restores the former mode afterwards, also when `f` panics.
pub fn with_mode<R>(cancelling: bool, f: impl FnOnce() -> R) -> R {
    struct Mode(bool);
    impl Drop for Mode {
        fn drop(&mut self) {
            with(|runtime| runtime.cancelling.set(self.0));
        }
    }
    let _restore = Mode(with(|runtime| runtime.cancelling.replace(cancelling)));
    f()
}

/// Runs `f` under a request to cancel: what it returns, and whether a clean-up below it goes on,
/// which [`goes_on`] says. Modes and answers of the surroundings are as before afterwards, also
/// when `f` panics.
pub fn request<R>(f: impl FnOnce() -> R) -> (R, bool) {
    struct Former(bool);
    impl Drop for Former {
        fn drop(&mut self) {
            with(|runtime| runtime.cleaning.set(self.0));
        }
    }
    let _restore = Former(with(|runtime| runtime.cleaning.replace(false)));
    let result = with_mode(true, f);
    (result, with(|runtime| runtime.cleaning.get()))
}

/// Says to who has asked this poll to cancel ([`request`]) that a clean-up is not over: it is to
/// be polled again before anything is dropped.
pub fn goes_on() {
    with(|runtime| runtime.cleaning.set(true));
}
