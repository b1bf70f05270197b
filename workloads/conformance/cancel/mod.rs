//! Giving up at every suspension point of every operation, written once in the dialect.
//!
//! A *point* is a place at which an operation waits: after so many steps of its peer, so many
//! further turns of the executor, and with or without a step that comes in the very instant of
//! giving up. A *way* is how the owner gives up: as the loser of a race, by a limit, as a child
//! that is cancelled, as a kept operation whose keeper is dropped, because a sibling panics, or
//! because the whole run ends. Each way tries each point of each operation, until the operation
//! ends by itself. Afterwards
//!
//! - no descriptor is left, and no operation that nothing waits for;
//! - memory that was lent is not written, and memory that is sent is not read any more;
//! - what the peer sent is there, in order, up to what the design says that it loses: nothing
//!   on epoll and where operations must complete, and otherwise what the runtime has counted;
//! - the next operation on the same connection, listener or file works.
//!
//! The peers are ordinary sockets of the standard library, outside of the driver under test.
//!
//! Mounted by a test of each design on our own executor, which also gives `root`: it polls an
//! operation as the root of a run, a number of times, and lets the run go.

mod check;
mod faults;
mod full;
mod operation;
mod peer;
mod points;
mod rig;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use contract::World;
use design as d;
use kernel::driver::select::{self, Backend};

use self::check::check;
use self::operation::{BACKENDS, BOUND_MS, Operation};
use self::peer::Kept;
use self::points::{End, Point, Way, given_up};
use self::rig::{descriptors, rig};
use super::{DETACHES, root, select_ring};

/// Descriptors belong to the process, so one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A world is `'static` by its type. Its address is kept, so that a leak checker tells what is
/// kept on purpose from what is not.
fn kept_world() -> &'static World {
    static KEPT: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let world: &'static World = Box::leak(Box::new(World::new()));
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).push(core::ptr::from_ref(world).addr());
    world
}

/// Runs one operation, which must end by itself.
fn run(backend: Backend, op: impl d::Op<Output = ()>) {
    select::select(backend);
    d::block_on(world(), bounded(op));
    select::select(Backend::Sim);
}

/// One a thread: these tests look at nothing in it.
fn world() -> &'static World {
    std::thread_local! {
        static WORLD: &'static World = kept_world();
    }
    WORLD.with(|world| {
        world.reset();
        *world
    })
}

#[d::task_fn]
async fn bounded(op: impl d::Op<Output = ()>) {
    let ended = d::timeout(BOUND_MS, op).await;
    assert_eq!(ended, Ok(()), "nothing may wait for ever");
}

/// What a run leaves: its peers still talk to it, and then nothing is open that was not before.
fn left(before: &[String], kept: &Kept, leaks: usize, what: &str) {
    for peer in kept.borrow().iter() {
        peer.afterwards();
    }
    kept.borrow_mut().clear();
    let after = descriptors();
    let more: Vec<_> = after.iter().filter(|open| !before.contains(open)).collect();
    assert!(more.len() <= leaks, "{what} leaves {more:?}");
}

/// Notifiers are pooled and never closed, so the first run opens one. A machine without io_uring
/// fails here, and says why.
fn settle() {
    select_ring();
    for backend in BACKENDS {
        run(backend, points::pause(1));
    }
}

/// Gives up at every point in the way, on both drivers; how many points that were.
fn every_point(way: Way) -> usize {
    let _alone = alone();
    settle();
    let mut tried = 0;
    for backend in BACKENDS {
        for operation in Operation::all(backend) {
            for point in Point::all(operation, way) {
                let what = format!("{backend} {operation:?} {way:?} {point:?}");
                let before = descriptors();
                let kept = Kept::default();
                let leaks = Cell::new(0);
                let tries = attempt(&kept, operation, way, point, &leaks);
                let ended = catch_unwind(AssertUnwindSafe(|| run(backend, tries)));
                select::select(Backend::Sim);
                match ended {
                    Ok(()) => assert!(way != Way::Panic, "{what}: the sibling did not panic"),
                    Err(panic) if panic.is::<points::GivenUp>() => {}
                    Err(panic) => panic!("{what}: {}", points::message(&*panic)),
                }
                // The run cannot say what a panic's drain was given.
                let unsaid = usize::from(way == Way::Panic && operation.may_leak());
                left(&before, &kept, leaks.get() + unsaid, &what);
                tried += 1;
            }
        }
    }
    tried
}

/// One point: sets up, gives up, checks. `leaks` is how many descriptors it must leave.
#[d::task_fn]
async fn attempt(kept: &Kept, operation: Operation, way: Way, point: Point, leaks: &Cell<usize>) {
    let mut patience = 1;
    loop {
        let rig = rig(kept, operation).await.expect("nothing cancels it");
        let before = descriptors();
        let (rig, end) = given_up(rig, operation, way, point, patience).await;
        if point.is_last() {
            assert_eq!(end, End::Ready, "the operation ends by itself after its last step");
        } else {
            assert_ne!(end, End::Ready, "it waits at this point");
        }
        if DETACHES && way == Way::Hold && end != End::Ready {
            // It goes on by itself, and is dropped with the run.
            return;
        }
        check(rig, operation, &before, leaks).await;
        if end != End::Early {
            return;
        }
        // A limit that came before its point has tried another one; the bound of the run ends this.
        patience *= 2;
        kept.borrow_mut().clear();
    }
}

#[test]
fn the_loser_of_a_race() {
    assert_eq!(every_point(Way::Race), Point::count(Way::Race));
}

#[test]
fn a_limit_that_is_reached() {
    assert_eq!(every_point(Way::Limit), Point::count(Way::Limit));
}

#[test]
fn a_child_that_is_cancelled() {
    assert_eq!(every_point(Way::Child), Point::count(Way::Child));
}

#[test]
fn a_kept_operation_whose_keeper_goes() {
    assert_eq!(every_point(Way::Hold), Point::count(Way::Hold));
}

#[test]
fn a_sibling_that_panics() {
    assert_eq!(every_point(Way::Panic), Point::count(Way::Panic));
}

/// Everything that the operation needs is there when it begins; who gives up counts turns of
/// the executor. Over a ring nothing is handed over before something parks or looks, so this is
/// where requests to cancel meet operations in the same system call.
#[test]
fn after_every_turn_although_all_is_there() {
    let _alone = alone();
    settle();
    for backend in BACKENDS {
        for operation in Operation::all(backend).filter(|operation| operation.ends()) {
            for way in [Way::Race, Way::Child] {
                let before = descriptors();
                let (kept, leaks, points) = (Kept::default(), Cell::new(0), Cell::new(0));
                run(backend, every_turn(&kept, operation, way, &points, &leaks));
                assert!(points.get() > 0, "{backend} {operation:?}");
                left(&before, &kept, leaks.get(), &format!("{backend} {operation:?} {way:?}"));
            }
        }
    }
}

#[d::task_fn]
async fn every_turn(
    kept: &Kept,
    operation: Operation,
    way: Way,
    points: &Cell<u32>,
    leaks: &Cell<usize>,
) {
    let mut turns = 0;
    loop {
        points.set(points.get() + 1);
        let rig = rig(kept, operation).await.expect("nothing cancels it");
        let before = descriptors();
        let (rig, end) = given_up(rig, operation, way, Point::turns(turns), 1).await;
        check(rig, operation, &before, leaks).await;
        kept.borrow_mut().clear();
        if end == End::Ready {
            return;
        }
        assert!(turns < 100_000_000, "it never ends");
        // An executor that is busy looks at its driver after 61 turns: each turn around that.
        turns += match turns {
            0..4 | 56..70 => 1,
            4..56 => 13,
            _ => turns,
        };
    }
}

/// The whole run ends after every poll of its root, first of all before the first one: inside
/// of the run, as when a root is ready, and with the run, as when its owner drops it.
#[test]
fn the_whole_run() {
    let _alone = alone();
    settle();
    let mut points = 0;
    for backend in BACKENDS {
        for operation in Operation::all(backend).filter(|operation| operation.ends()) {
            for inside in [false, true] {
                let mut polls = 0;
                loop {
                    let what = format!("{backend} {operation:?} root, {polls} polls");
                    let before = descriptors();
                    let kept = Kept::default();
                    let driver = select::open(backend, None).expect("it was had before");
                    let ended = root(driver, whole(&kept, operation), polls, inside);
                    let leaks = usize::from(operation.may_leak());
                    left(&before, &kept, leaks, &what);
                    points += 1;
                    if ended {
                        break;
                    }
                    assert!(polls < 3_000, "{what}: it never ends");
                    // Only a long write gets that far, and it does the same again and again.
                    polls += if polls < 20 { 1 } else { 9 };
                }
            }
        }
    }
    // Before the first poll and after the last, at least.
    assert!(points >= 2 * 2 * Point::lasts(), "{points} points");
}

#[d::task_fn]
async fn whole(kept: &Kept, operation: Operation) {
    let Some(rig) = rig(kept, operation).await else { return };
    let (_rig, end) = given_up(rig, operation, Way::Race, Point::last(operation), 1).await;
    assert!(end == End::Ready || kernel::run::context::cancelling(), "it ends by itself");
}
