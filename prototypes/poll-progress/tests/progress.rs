//! What a stream does while its loop does something else, and what it does not.

extern crate design_poll_progress as design;

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use contract::World;
use design::{self as d, Progress, Stream};

fn world() -> &'static World {
    Box::leak(Box::new(World::new()))
}

/// Gates that a test opens, the polls of what waits at them, and what is begun.
#[derive(Default)]
struct Gates {
    open: [Cell<bool>; 8],
    wakers: [RefCell<Option<Waker>>; 8],
    polls: [Cell<u32>; 8],
    begun: Cell<usize>,
}

impl Gates {
    /// Ready with its number once it is open.
    async fn wait(self: Rc<Gates>, at: usize) -> usize {
        poll_fn(|cx| {
            self.polls[at].set(self.polls[at].get() + 1);
            *self.wakers[at].borrow_mut() = Some(cx.waker().clone());
            if self.open[at].get() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        at
    }

    fn ops(self: &Rc<Gates>, count: usize) -> impl Iterator<Item = impl Future<Output = usize>> {
        let gates = self.clone();
        (0..count).map(move |at| {
            gates.begun.set(gates.begun.get() + 1);
            gates.clone().wait(at)
        })
    }

    fn open(&self, at: usize) {
        self.open[at].set(true);
        if let Some(waker) = self.wakers[at].take() {
            waker.wake();
        }
    }

    fn polls(&self, at: usize) -> u32 {
        self.polls[at].get()
    }
}

/// Runs once inside of a task, whose wakers our groups want.
fn in_task(test: impl FnOnce(&mut Context<'_>)) {
    let mut test = Some(test);
    let once = poll_fn(move |cx| {
        test.take().expect("polled once")(cx);
        Poll::Ready(())
    });
    d::block_on(world(), once);
}

/// One poll.
async fn step<F: Future>(future: &mut Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

#[test]
fn progress_yields_nothing_and_parks_at_most_a_window() {
    in_task(|cx| {
        let gates = Rc::new(Gates::default());
        let mut window = pin!(d::window::<3, _>(gates.ops(8)));
        for _ in 0..5 {
            assert_eq!(window.as_mut().poll_progress(cx), Poll::Pending);
        }
        assert_eq!(gates.begun.get(), 3, "no more than a window is begun");
        [2, 0, 1].into_iter().for_each(|at| gates.open(at));
        for _ in 0..5 {
            assert_eq!(window.as_mut().poll_progress(cx), Poll::Ready(()), "all are parked");
        }
        assert_eq!(gates.begun.get(), 3, "what is parked has its place");
        for at in 0..3 {
            assert_eq!(window.as_mut().poll_next(cx), Poll::Ready(Some(at)), "none is lost");
        }
        assert_eq!(window.as_mut().poll_progress(cx), Poll::Pending);
        assert_eq!(gates.begun.get(), 6);
    });
}

#[test]
fn progress_is_allowed_after_the_end() {
    in_task(|cx| {
        let mut window = pin!(d::window::<2, std::iter::Empty<d::Sleep>>(std::iter::empty()));
        assert_eq!(window.as_mut().poll_next(cx).map(|item| item.is_some()), Poll::Ready(false));
        assert_eq!(window.as_mut().poll_progress(cx), Poll::Ready(()));
        assert_eq!(window.as_mut().poll_next(cx).map(|item| item.is_some()), Poll::Ready(false));
    });
}

#[test]
fn a_wake_of_one_side_does_not_poll_the_other() {
    let gates = Rc::new(Gates::default());
    let body = Rc::new(Gates::default());
    let looked = (gates.clone(), body.clone());
    d::block_on(world(), async move {
        let (gates, body) = looked;
        let turns = d::for_each(d::window::<2, _>(gates.ops(3)), |at| {
            let waits = body.clone().wait(at);
            async {
                let _at = waits.await;
            }
        });
        let mut turns = pin!(turns);
        gates.open(0);
        assert_eq!(step(&mut turns).await, Poll::Pending);
        assert_eq!((body.polls(0), gates.polls(1), gates.polls(2)), (1, 1, 1));
        for _ in 0..3 {
            // Wakes the second of the window, and opens nothing.
            let waker = gates.wakers[1].borrow().clone().expect("it waits");
            waker.wake();
            assert_eq!(step(&mut turns).await, Poll::Pending);
        }
        assert_eq!((body.polls(0), gates.polls(1), gates.polls(2)), (1, 4, 1));
        let waker = body.wakers[0].borrow().clone().expect("it waits");
        waker.wake();
        assert_eq!(step(&mut turns).await, Poll::Pending);
        assert_eq!((body.polls(0), gates.polls(1), gates.polls(2)), (2, 4, 1));
        (1..3).for_each(|at| gates.open(at));
        (0..3).for_each(|at| body.open(at));
        assert_eq!(step(&mut turns).await, Poll::Ready(()));
    });
    assert_eq!([0, 1, 2].map(|at| gates.polls(at)), [1, 5, 2]);
    assert_eq!([0, 1, 2].map(|at| body.polls(at)), [3, 1, 1]);
}

#[test]
fn a_statement_borrows_its_frame_and_its_stream_moves() {
    let world = world();
    d::block_on(world, async {
        let ops = [5, 10, 20].map(|ms| async move {
            let _waited = d::sleep(ms).await;
            world.now_ms()
        });
        let mut ends = Vec::new();
        d::for_await!(end in d::map(d::window::<3, _>(ops), |end| end * 2) => {
            let _worked = d::sleep(100).await;
            ends.push((end, world.now_ms()));
        });
        assert_eq!(ends, [(10, 105), (20, 205), (40, 305)], "progress goes through an adapter");
    });
}

#[test]
fn a_panic_of_an_item_comes_out_of_its_loop_while_a_body_waits() {
    let bodies = Rc::new(RefCell::new(Vec::new()));
    let seen = bodies.clone();
    let world = world();
    d::block_on(world, async move {
        let ops = (0..3_u32).map(|at| async move {
            let _waited = d::sleep(at * 5).await;
            assert!(at != 1, "an item");
            at
        });
        let mut turns = pin!(d::buffered::<2, _, _, _>(ops, |at| {
            let bodies = bodies.clone();
            async move {
                let _worked = d::sleep(20).await;
                bodies.borrow_mut().push((at, world.now_ms()));
            }
        }));
        let mut panics = Vec::new();
        poll_fn(|cx| {
            loop {
                match catch_unwind(AssertUnwindSafe(|| turns.as_mut().poll(cx))) {
                    Ok(polled) => return polled,
                    Err(_) => panics.push(world.now_ms()),
                }
            }
        })
        .await;
        assert_eq!(panics, [5]);
    });
    assert_eq!(*seen.borrow(), [(0, 20), (2, 40)], "the body and the other items are whole");
}

#[test]
fn a_loop_is_dropped_with_what_it_has_begun() {
    let world = world();
    let gone = Rc::new(Cell::new(0));
    d::block_on(world, async {
        struct Gone(Rc<Cell<u32>>);
        impl Drop for Gone {
            fn drop(&mut self) {
                self.0.set(self.0.get() + 1);
            }
        }
        let ops = (0..9).map(|_| {
            let gone = Gone(gone.clone());
            async move {
                let _waited = d::sleep(5).await;
                gone
            }
        });
        let turns = d::buffered::<3, _, _, _>(ops, |item| async move {
            let _item = item;
            let _worked = d::sleep(1000).await;
        });
        assert_eq!(d::timeout(20, turns).await, Err(d::Error::Elapsed));
        assert_eq!(gone.get(), 4, "the item of the body, and three that are parked");
    });
}

#[test]
fn what_is_beside_a_loop_stands_still() {
    let world = world();
    d::block_on(world, async {
        let waits = async {
            let _waited = d::sleep(5).await;
            world.now_ms()
        };
        let mut beside = pin!(waits);
        assert_eq!(step(&mut beside).await, Poll::Pending);
        d::for_await!(_slept in d::window::<1, _>([d::sleep(1)]) => {
            let _worked = d::sleep(100).await;
        });
        assert_eq!(beside.await, 101);
    });
}
