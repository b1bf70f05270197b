//! Virtual time beside other threads: what has been woken has its turn before time moves.
#![cfg(not(loom))]

use std::cell::Cell;
use std::pin::{Pin, pin};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::task::{Context, Poll, Wake, Waker};

use contract::World;
use kernel::driver::sim::Sim;
use kernel::leaf::sleep;
use kernel::run::context;
use kernel::run::executor::{OnWatchdog, run};
use kernel::wake::handle::List;

/// Enough for a machine with other work to interrupt a thread in the middle of a wake.
const ROUNDS: u32 = if cfg!(miri) { 4 } else { 400 };
const TURNS: u32 = if cfg!(miri) { 6 } else { 60 };

/// The waker that threads wake again and again.
type Shelf = Arc<Mutex<Option<Waker>>>;

fn put(shelf: &Shelf, waker: &Waker) {
    let mut shelf = shelf.lock().unwrap_or_else(PoisonError::into_inner);
    if !shelf.as_ref().is_some_and(|kept| kept.will_wake(waker)) {
        *shelf = Some(waker.clone());
    }
}

/// Runs `each` in many runs while two threads wake what is on the shelf.
fn beside_threads(each: impl Fn(&Shelf, &'static World)) {
    let (shelf, over) = (Shelf::default(), Arc::new(AtomicBool::new(false)));
    let threads = [(); 2].map(|()| {
        let (shelf, over) = (shelf.clone(), over.clone());
        std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                let waker = shelf.lock().unwrap_or_else(PoisonError::into_inner).clone();
                for _ in 0..20 {
                    waker.iter().for_each(Waker::wake_by_ref);
                }
                std::thread::yield_now();
            }
        })
    });
    let world: &'static World = Box::leak(Box::new(World::new()));
    for round in 0..ROUNDS {
        world.reset();
        each(&shelf, world);
        assert!(!world.ledger().watchdog_fired(), "round {round}: a wake was lost");
        assert_eq!(world.now_us(), 0, "round {round}: time moved while something was runnable");
    }
    over.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().expect("it only wakes");
    }
}

#[test]
fn a_root_that_wakes_itself_has_its_turn() {
    beside_threads(|shelf, world| {
        let (mut turns, mut later) = (0, pin!(sleep::sleep(50)));
        let ended = run(&Sim::new(world, context::edge), OnWatchdog::Drop, |cx| {
            assert!(later.as_mut().poll(cx).is_pending(), "nothing may wait for it");
            put(shelf, cx.waker());
            turns += 1;
            cx.waker().wake_by_ref();
            if turns < TURNS { Poll::Pending } else { Poll::Ready(()) }
        });
        assert_eq!(ended, Some(()));
    });
}

#[test]
fn a_child_that_wakes_itself_has_its_turn() {
    beside_threads(|shelf, world| {
        let list = List::new().expect("room for a list");
        let woken = Cell::new(0_u32);
        // SAFETY: declared after the list, and so dropped before it.
        let slot = unsafe { list.slot(NonNull::from(&woken).cast()) }.expect("room for a slot");
        let mut later = pin!(sleep::sleep(50));
        slot.wake();
        let ended =
            run(&Sim::new(world, context::edge), OnWatchdog::Drop, |cx: &mut Context<'_>| {
                assert!(later.as_mut().poll(cx).is_pending(), "nothing may wait for it");
                list.adopt(cx.waker());
                list.collect();
                while list.pop().is_some() {
                    woken.set(woken.get() + 1);
                    put(shelf, &slot.waker());
                    slot.waker().wake();
                }
                if woken.get() < TURNS { Poll::Pending } else { Poll::Ready(()) }
            });
        assert_eq!(ended, Some(()));
    });
}

/// A waker between a list and its root. It says when it is called, and passes the wake on some
/// time after it was told to.
struct Slow {
    root: Waker,
    called: Mutex<mpsc::Sender<()>>,
    go: Mutex<mpsc::Receiver<()>>,
}

impl Wake for Slow {
    fn wake(self: Arc<Self>) {
        self.called.lock().expect("one wake").send(()).expect("the root waits");
        self.go.lock().expect("one wake").recv().expect("the root says so");
        // Time enough for a run that does not wait to give up.
        for _ in 0..if cfg!(miri) { 50 } else { 5_000 } {
            std::thread::yield_now();
        }
        self.root.wake_by_ref();
    }
}

/// Stops a wake of another thread where the node is marked and the root is not told.
#[test]
fn a_wake_that_another_thread_has_begun_is_waited_for() {
    let world: &'static World = Box::leak(Box::new(World::new()));
    let list = List::new().expect("room for a list");
    let user = ();
    // SAFETY: declared after the list, and so dropped before it.
    let slot = unsafe { list.slot(NonNull::from(&user)) }.expect("room for a slot");
    let (called, is_called) = mpsc::channel();
    let (go, goes) = mpsc::channel();
    let mut ends = Some((called, goes));
    let mut thread = None;
    let mut later = pin!(sleep::sleep(50));
    let ended = run(&Sim::new(world, context::edge), OnWatchdog::Drop, |cx| {
        assert!(later.as_mut().poll(cx).is_pending(), "nothing may wait for it");
        if let Some((called, goes)) = ends.take() {
            let (called, go_on) = (Mutex::new(called), Mutex::new(goes));
            list.adopt(&Waker::from(Arc::new(Slow {
                root: cx.waker().clone(),
                called,
                go: go_on,
            })));
            let waker = slot.waker();
            thread = Some(std::thread::spawn(move || waker.wake()));
            is_called.recv().expect("the thread wakes");
            // Ours stops where that one is on its way.
            slot.waker().wake();
            go.send(()).expect("the thread waits");
            return Poll::Pending;
        }
        list.collect();
        if list.pop().is_some() { Poll::Ready(()) } else { Poll::Pending }
    });
    assert_eq!((ended, world.now_us()), (Some(()), 0), "the child's turn, before time moves");
    thread.expect("started").join().expect("it only wakes");
}

/// Nothing tells a wake that will come from one that will not, so this is what it is to virtual
/// time: no event.
#[test]
fn a_wake_that_no_thread_has_begun_is_not_waited_for() {
    let world: &'static World = Box::leak(Box::new(World::new()));
    let (send, receive) = mpsc::channel::<Waker>();
    let (go, gone) = mpsc::channel::<()>();
    let thread = std::thread::spawn(move || {
        let waker = receive.recv().expect("the root sends one");
        gone.recv().expect("the run is over");
        waker.wake();
    });
    let ended: Option<()> = run(&Sim::new(world, context::edge), OnWatchdog::Drop, |cx| {
        send.send(cx.waker().clone()).expect("it is received");
        Poll::Pending
    });
    assert_eq!(ended, None, "the watchdog");
    go.send(()).expect("it waits");
    thread.join().expect("a stale waker wakes nothing");
    // The next run does not notice.
    world.reset();
    let mut sleeps = pin!(sleep::sleep(5));
    let polls = Cell::new(0);
    let ended = run(&Sim::new(world, context::edge), OnWatchdog::Drop, |cx| {
        assert!(context::is_entered());
        polls.set(polls.get() + 1);
        Pin::as_mut(&mut sleeps).poll(cx)
    });
    assert!(ended.is_some());
    assert_eq!(polls.get(), 2);
}
