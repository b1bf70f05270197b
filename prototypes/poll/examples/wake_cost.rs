//! Instructions per wake of a set of 256 children: `valgrind --tool=callgrind
//! --toggle-collect='*measured*' target/release/examples/wake_cost <set> <s> <rounds>`, where
//! `set` is inline, heap, buffered, unordered or base and `s` children are woken per poll.
//! Divide the collected instructions by `s * rounds`. Run by `examples/wake_cost.sh`.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use design_poll::{Group, Heap, Inline, Stream};
use futures_buffered::FuturesUnorderedBounded;
use futures_util::stream::{FuturesUnordered, Stream as _};

const CHILDREN: usize = 256;

/// A leaf that waits for ever and stores its waker, as leaves do.
struct Leaf {
    at: usize,
    board: Rc<Board>,
}

struct Board {
    wakers: RefCell<Vec<Waker>>,
    polls: Cell<usize>,
}

impl Future for Leaf {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.board.polls.set(self.board.polls.get() + 1);
        let stored = &mut self.board.wakers.borrow_mut()[self.at];
        if !stored.will_wake(cx.waker()) {
            stored.clone_from(cx.waker());
        }
        Poll::Pending
    }
}

/// Wakes `s` children and polls their parent, `rounds` times.
#[inline(never)]
fn measured(board: &Board, s: usize, rounds: usize, mut poll: impl FnMut(&mut Context<'_>)) {
    let mut cx = Context::from_waker(Waker::noop());
    let mut next = 0;
    for _ in 0..rounds {
        for _ in 0..s {
            board.wakers.borrow()[next].wake_by_ref();
            next = (next + 97) % CHILDREN;
        }
        poll(&mut cx);
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let set = arguments.next().unwrap_or_else(|| "inline".to_owned());
    let mut number = |or| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(or);
    let (s, rounds): (usize, usize) = (number(1), number(10_000));
    let board = Rc::new(Board {
        wakers: RefCell::new(vec![Waker::noop().clone(); CHILDREN]),
        polls: Cell::new(0),
    });
    let leaves = (0..CHILDREN).map(|at| Leaf { at, board: board.clone() });
    let mut first = Context::from_waker(Waker::noop());
    macro_rules! run {
        ($set:expr) => {{
            let mut set = $set;
            // Until all are polled: some sets stop in between and ask to be polled again.
            while board.polls.get() < CHILDREN {
                let _pending = black_box(set.as_mut().poll_next(&mut first));
            }
            measured(&board, s, rounds, |cx| {
                let _pending = black_box(set.as_mut().poll_next(cx));
            });
        }};
    }
    match set.as_str() {
        "inline" => {
            let mut group = Box::pin(Group::<Leaf, Inline<Leaf, CHILDREN>>::new());
            leaves.for_each(|leaf| drop(group.as_mut().insert(leaf)));
            run!(group);
        }
        "heap" => {
            let mut group = pin!(Group::<Leaf, Heap<Leaf>>::new());
            leaves.for_each(|leaf| drop(group.as_mut().insert(leaf)));
            run!(group);
        }
        "buffered" => {
            let mut group = FuturesUnorderedBounded::new(CHILDREN);
            leaves.for_each(|leaf| group.push(leaf));
            run!(pin!(group));
        }
        "unordered" => run!(pin!(leaves.collect::<FuturesUnordered<_>>())),
        _ => {
            let mut leaves: Vec<_> = leaves.collect();
            let mut next = 0;
            measured(&board, s, rounds, |cx| {
                for _ in 0..s {
                    let _pending = black_box(Pin::new(&mut leaves[next]).poll(cx));
                    next = (next + 97) % CHILDREN;
                }
            });
        }
    }
    assert!(board.polls.get() >= s * rounds, "every wake leads to a poll");
}
