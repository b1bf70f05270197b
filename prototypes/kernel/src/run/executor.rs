//! The single-threaded executor.
//!
//! There is one root operation and a run queue, which is a ready list
//! ([`List`](crate::wake::handle::List)): waking the root, or anything below it, puts the root's
//! slot in it. The loop is
//!
//! ```text
//! queue the root
//! loop
//!     take what is queued now, in order of arrival       (a slice)
//!     for each entry: poll it                            (a turn)
//!     if the slice was empty:
//!         wake who waits for an edge that has come, and go on if there is one
//!         park the driver until the next deadline
//!         fire the timers that are due
//!     after 61 slices in which a real driver did not look:
//!         let it look without waiting
//!         fire the timers that are due
//! until the root is ready
//! ```
//!
//! # What is queued
//!
//! An entry of the queue is a slot: the root's, or that of a task beside it (module `spawn`).
//! A slot is queued at most once, however often it is woken before its turn; a wake that comes
//! during the turn queues it again. Children of a scope or group are not the executor's business:
//! they are in lists of their own below the root or below a task, and a wake of one of them goes
//! up those lists until it meets a slot that is queued already, or this queue. So the executor
//! polls the root, the root polls its scope, and the scope polls the child that was woken.
//!
//! A wake may come from this thread, from another one, or from an interrupt handler. The queue is
//! a stack of atomic links; taking it empties it in one exchange, and the links are turned
//! round, so that a slice is in order of arrival.
//!
//! # A slice
//!
//! What is queued when a slice is taken has its turn before anything that is woken by those
//! turns. A task that wakes itself therefore waits for all the others, and two tasks that wake
//! each other cannot keep a third from its turn. Timers and the driver are not looked at within a
//! slice: a slice costs no look at a clock.
//!
//! First in, first out, no priorities, no budget, no slot for the most recent task: the
//! same policy under every design, so that a difference comes from the design. No budget
//! means: a turn is as long as the task makes it. One whose leaves are ready whenever it asks,
//! such as a receive over epoll from a peer that never pauses, keeps its turn, and neither the
//! others nor the driver get one; it has to yield by itself.
//!
//! # When the queue is empty
//!
//! First the input lines: an edge may have been counted after its leaf had looked, and an
//! interrupt wakes one waiter of a line only; all others that wait for that edge are woken here.
//!
//! Then the driver is parked, with the deadline of the earliest timer. A driver that blocks first
//! tells the queue that it will (`Idle::sleep`), which fails if something was woken meanwhile:
//! between the look at the queue and the blocking call no wake is lost. While it blocks, a wake
//! from another thread notifies it through a descriptor. On virtual time nothing blocks: the
//! clock is set to the next event.
//!
//! After a park the timers that are due fire, in order of deadline and tie, and each wakes one
//! leaf. The clock is read only if a timer is armed.
//!
//! # When the queue is never empty
//!
//! A driver of real time would starve then, so after `Busy::SLICES` slices it looks once
//! without waiting. A park that found something woken counts as a slice, because it has looked for
//! nothing. On virtual time this is not needed: the clock stands still while anything runs.
//!
//! # The end
//!
//! The run ends when the root is ready, or has panicked. In this order, also on the way of a
//! panic: the tasks beside the root are dropped, in the order of spawning; their slots and that
//! of the root are freed; the driver is drained, which cancels every operation in flight and
//! waits for its end; then the root's frame may go, whose memory operations may have borrowed.
//! A waker that is called in between belongs to this run: it finds the run's context, and a run
//! that it begins is refused.
//!
//! When nothing can happen any more the driver reports the watchdog, once. What then becomes of
//! the root is the design's: it may be dropped ([`OnWatchdog::Drop`]), or polled on in
//! cancel mode until it is ready ([`OnWatchdog::CancelAndDrain`]). A root that makes no progress
//! in cancel mode either may not be freed, so the driver ends the process or the boot
//! ([`Driver::stuck`]).

use core::ptr::NonNull;
use core::task::{Context, Poll};

use contract::World;

use crate::count::{self, Counter};
use crate::driver::{Driver, Idle, Parked};
use crate::run::context::{self, Runtime};
#[cfg(feature = "tasks")]
use crate::run::spawn::Tasks;
#[cfg(not(feature = "tasks"))]
use crate::wake::handle::List;

/// Runs a root on the driver of this build: the simulated one over `world`, or, with the
/// feature `isr`, the board that is linked in. With the feature `io` it is the one that was
/// selected on this thread (module `driver::select`). What a design's `block_on` calls.
///
/// # Panics
/// As [`run`]. When the selected driver cannot be had here, which `select::probe` tells
/// beforehand.
pub fn run_on_world<T>(
    world: &'static World,
    policy: OnWatchdog,
    root: impl FnMut(&mut Context<'_>) -> Poll<T>,
) -> Option<T> {
    #[cfg(feature = "io")]
    {
        crate::driver::select::with_driver(world, context::edge, |driver| run(driver, policy, root))
    }
    #[cfg(not(feature = "io"))]
    {
        let driver = crate::driver::of_world::of_world(world, context::edge);
        run(&driver, policy, root)
    }
}

/// What a design does with a root that can make no progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnWatchdog {
    /// Return `None`; the caller drops the root.
    Drop,
    /// Poll it in cancel mode until it is ready. If that makes no progress either, the
    /// driver ends the launch: the root may not be freed.
    CancelAndDrain,
    /// The same for a root that is polled in cancel mode from the beginning.
    Drain,
}

/// Polls `root` until it is ready. `None` when the watchdog fired and the policy is
/// [`OnWatchdog::Drop`].
///
/// # Panics
/// When called from inside a run, by a task, a waker or a destructor: waiting there would stop
/// what is to be waited for. When the table of wakers is full. With the panic of a task or a
/// waker, after the driver was drained.
pub fn run<T>(
    driver: &dyn Driver,
    policy: OnWatchdog,
    root: impl FnMut(&mut Context<'_>) -> Poll<T>,
) -> Option<T> {
    assert!(
        !context::is_entered(),
        "block_on inside a run (in a task, a waker or a destructor) would wait for itself"
    );
    let runtime = Runtime::new(driver);
    // Entered as a whole: what a waker does that the driver or a timer calls, it does in this run.
    runtime.enter(|| turns(&runtime, policy, root))
}

/// The loop.
fn turns<T>(
    runtime: &Runtime<'_>,
    policy: OnWatchdog,
    mut root: impl FnMut(&mut Context<'_>) -> Poll<T>,
) -> Option<T> {
    let driver = runtime.driver;
    // A parameter is dropped after all locals, so whatever the root lends is given back before.
    #[cfg(feature = "io")]
    let _drain = Drain(driver);
    #[cfg(feature = "io")]
    let mut busy = Busy::new(driver);
    #[cfg(feature = "tasks")]
    let queue = runtime.tasks.open();
    #[cfg(feature = "tasks")]
    // SAFETY: a local of this function, and so dropped before the runtime.
    let slot = unsafe { runtime.tasks.root() };
    #[cfg(feature = "tasks")]
    let _end = End(runtime);
    #[cfg(not(feature = "tasks"))]
    let queue = &List::new().expect("the waker table has room for one executor");
    #[cfg(not(feature = "tasks"))]
    // SAFETY: declared after the list, and so dropped before it.
    let slot = unsafe { queue.slot(NonNull::dangling()) };
    #[cfg(not(feature = "tasks"))]
    let slot = slot.expect("the waker table has room for the root");
    let waker = slot.waker();
    let mut cx = Context::from_waker(&waker);
    let mut cancelling = policy == OnWatchdog::Drain;
    slot.wake();
    loop {
        queue.collect();
        let mut idle = true;
        while let Some(user) = queue.pop() {
            idle = false;
            count::add(Counter::Turns, 1);
            count::add(Counter::TaskPolls, 1);
            if turn_of_a_task(runtime, user) {
                continue;
            }
            // FOREIGN: the poll of the root. The batch and the timers stand by themselves.
            let polled = context::with_mode(cancelling, || root(&mut cx));
            if let Poll::Ready(output) = polled {
                #[cfg(feature = "io")]
                publish(runtime);
                return Some(output);
            }
        }
        if !idle {
            #[cfg(feature = "io")]
            busy.slice(runtime);
            continue;
        }
        // An edge that came in between, and those beside the one whom its interrupt woke.
        if runtime.lines.look(|line| driver.edges(line)) {
            continue;
        }
        let parked = driver.park(runtime.timers.next_deadline(), Idle::new(queue));
        #[cfg(feature = "io")]
        busy.parked(parked, runtime);
        match parked {
            Parked::Progress | Parked::Woken => {
                if runtime.timers.next_deadline().is_some() {
                    runtime.timers.fire(driver.now());
                }
            }
            Parked::Watchdog if policy == OnWatchdog::Drop => return None,
            Parked::Watchdog => {
                cancelling = true;
                slot.wake();
            }
            Parked::Stuck => driver.stuck(),
        }
    }
}

/// Lets a real driver look now and then while the run queue never becomes empty. Virtual
/// time stands still meanwhile, so the simulated one has nothing to look for.
#[cfg(feature = "io")]
struct Busy {
    slices: u32,
    real: bool,
}

#[cfg(feature = "io")]
impl Busy {
    /// Slices between two looks. A slice is a turn of all that were woken, so that a look
    /// costs the less per turn the more there are. (The number is tokio's, which counts polls of
    /// single tasks.)
    const SLICES: u32 = 61;

    fn new(driver: &dyn Driver) -> Busy {
        Busy { slices: 0, real: driver.is_real() }
    }

    fn parked(&mut self, parked: Parked, runtime: &Runtime<'_>) {
        match parked {
            Parked::Woken => self.slice(runtime),
            _ => self.slices = 0,
        }
    }

    #[inline(always)]
    fn slice(&mut self, runtime: &Runtime<'_>) {
        self.slices += 1;
        if self.real && self.slices >= Busy::SLICES {
            self.slices = 0;
            look(runtime);
        }
    }
}

/// Lets the driver look without waiting.
#[cfg(feature = "io")]
#[cold]
fn look(runtime: &Runtime<'_>) {
    runtime.driver.poll();
    runtime.timers.fire(runtime.driver.now());
}

/// Ends what is in flight before the frames of a root go that panicked.
#[cfg(feature = "io")]
struct Drain<'d>(&'d dyn Driver);

#[cfg(feature = "io")]
impl Drop for Drain<'_> {
    fn drop(&mut self) {
        self.0.drain();
    }
}

/// Tells the world what the run of a real driver counted.
#[cfg(feature = "io")]
pub(crate) fn publish(runtime: &Runtime<'_>) {
    if let Some(world) = runtime.driver.world()
        && runtime.driver.is_real()
    {
        world.metrics().add(contract::Metric::CopiedBytes, runtime.copied());
    }
}

/// Gives a task its turn; false if the turn is the root's.
#[cfg(feature = "tasks")]
fn turn_of_a_task(runtime: &Runtime<'_>, user: NonNull<()>) -> bool {
    let Some(task) = Tasks::task(user) else { return false };
    // SAFETY: a task has a slot in this list from `start` to `release`.
    unsafe { runtime.tasks.turn(task) };
    true
}

#[cfg(not(feature = "tasks"))]
fn turn_of_a_task(_: &Runtime<'_>, _: NonNull<()>) -> bool {
    false
}

/// Ends the tasks of a run, also when the run is left by a panic. Their destructors see the
/// runtime, which takes no further tasks.
#[cfg(feature = "tasks")]
struct End<'a, 'd>(&'a Runtime<'d>);

#[cfg(feature = "tasks")]
impl Drop for End<'_, '_> {
    fn drop(&mut self) {
        self.0.tasks.end();
    }
}
