//! The programs that are tormented in every design over `core::Future`. Each ends by itself, and so
//! does each party of it when another one is gone: who leaves a channel closes it.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use contract::World;
use kernel::foreign::Finally;
use real as d;

use crate::plain::{caught, out_of};
use crate::torment::Part;
use crate::torment::foreign::{Captured, Value, foreign};
use crate::torment::visits::{Deed, Kind, Reach, lend, reach, visit};

/// The parts that every design has.
pub(crate) const PARTS: [Part; 8] = [
    ("channel", channel),
    ("waiting", waiting),
    ("semaphore", semaphore),
    ("moved", moved),
    ("time", time),
    ("held", held),
    ("edge", edge),
    ("children", children),
];

type Items = d::Chan<Value<u32>, 1>;

/// Closes a channel when its party is dropped.
struct Closes(&'static Items);

impl Drop for Closes {
    fn drop(&mut self) {
        self.0.close();
    }
}

async fn sends(closes: Closes, count: u32) {
    let items = closes.0;
    for item in 0..count {
        if out_of(items.send(Value::new(item))).await.is_err() {
            break;
        }
        let _passed = foreign(d::sleep(1)).await;
    }
}

async fn receives(closes: Closes) {
    let items = closes.0;
    while let Ok(Some(item)) = out_of(items.recv()).await {
        drop(item);
    }
}

fn channel(world: &'static World) {
    let items: &'static Items = lend(d::Chan::new());
    reach(Rc::new(move |deed| {
        if deed == Deed::Close {
            items.close();
        }
    }));
    let root = async move {
        d::scope!(cap = 3, bytes = 2048, |s| {
            let a = s.spawn(foreign(caught(receives(Closes(items)))));
            let b = s.spawn(foreign(caught(receives(Closes(items)))));
            let sender = s.spawn(foreign(caught(sends(Closes(items), 4))));
            let _ended = (caught(foreign(sender)).await, caught(foreign(a)).await);
            let _ended = caught(foreign(b)).await;
        })
        .await;
    };
    d::block_on(world, foreign(root));
}

type Receiver = Pin<Box<d::Recv<'static, Value<u32>, 1>>>;

/// A receiver that stands in front of others and is polled by nothing.
fn waiting(world: &'static World) {
    let items: &'static Items = lend(d::Chan::new());
    let first: &'static RefCell<Option<Receiver>> = lend(RefCell::new(None));
    let gives_up = move || {
        let gone = first.try_borrow_mut().ok().and_then(|mut first| first.take());
        drop(gone);
    };
    reach(Rc::new(move |deed| match deed {
        Deed::DropWaiting => gives_up(),
        Deed::Close => items.close(),
        _ => {}
    }));
    let root = async move {
        let mut receiver = Box::pin(items.recv());
        let polled = poll_fn(|cx| {
            let mut receiver = foreign(receiver.as_mut());
            Poll::Ready(Pin::new(&mut receiver).poll(cx).is_pending())
        });
        if caught(polled).await == Some(true) {
            first.replace(Some(receiver));
        } else {
            drop(receiver);
        }
        d::scope!(cap = 3, bytes = 2048, |s| {
            let receiver = s.spawn(foreign(caught(receives(Closes(items)))));
            let sender = s.spawn(foreign(caught(sends(Closes(items), 2))));
            let at_last = Finally(gives_up);
            let drops = s.spawn(foreign(caught(async move {
                let _at_last = at_last;
                let _later = foreign(d::sleep(5)).await;
            })));
            let _ended = (caught(foreign(drops)).await, caught(foreign(sender)).await);
            gives_up();
            let _ended = caught(foreign(receiver)).await;
        })
        .await;
        gives_up();
    };
    d::block_on(world, foreign(root));
    gives_up();
}

async fn works(permits: &'static d::Sem, lock: &'static d::Lock<u32>) {
    let permit = out_of(permits.acquire()).await;
    let _passed = foreign(d::sleep(1)).await;
    if let Ok(mut guard) = out_of(lock.lock()).await {
        let _passed = foreign(d::sleep(1)).await;
        *guard += 1;
    }
    drop(permit);
}

/// A semaphore without permits, and what gives its one permit back.
fn taken() -> (&'static d::Sem, impl Fn() + Copy + use<>) {
    let permits: &'static d::Sem = lend(d::Sem::new(1));
    let held: &'static RefCell<Option<d::Permit<'static>>> = lend(RefCell::new(None));
    let releases = move || {
        let permit = held.try_borrow_mut().ok().and_then(|mut held| held.take());
        drop(permit);
    };
    let mut acquire = Box::pin(permits.acquire());
    let taken = acquire.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    if let Poll::Ready(Ok(permit)) = taken {
        held.replace(Some(permit));
    }
    reach(Rc::new(move |deed| {
        if deed == Deed::Release {
            releases();
        }
    }));
    (permits, releases)
}

/// A wait that moves from one waker to another.
fn moved(world: &'static World) {
    let (permits, releases) = taken();
    let root = async move {
        d::scope!(cap = 2, bytes = 2048, |s| {
            let at_last = Finally(releases);
            let holder = s.spawn(foreign(caught(async move {
                let _at_last = at_last;
                let _passed = foreign(d::sleep(3)).await;
            })));
            let waits = s.spawn(foreign(caught(async move {
                let mut acquire = Box::pin(permits.acquire());
                for _ in 0..2 {
                    let polled = poll_fn(|cx| {
                        let mut acquire = foreign(acquire.as_mut());
                        Poll::Ready(Pin::new(&mut acquire).poll(cx).is_ready())
                    });
                    if caught(polled).await == Some(true) {
                        return;
                    }
                }
                let _permit = out_of(acquire).await;
            })));
            let _ended = (caught(foreign(waits)).await, caught(foreign(holder)).await);
        })
        .await;
    };
    d::block_on(world, foreign(root));
    releases();
}

fn semaphore(world: &'static World) {
    let (permits, releases) = taken();
    let lock: &'static d::Lock<u32> = lend(d::Lock::new(0));
    let root = async move {
        d::scope!(cap = 4, bytes = 2048, |s| {
            let a = s.spawn(foreign(caught(works(permits, lock))));
            let b = s.spawn(foreign(caught(works(permits, lock))));
            let c = s.spawn(foreign(caught(async move {
                // Looks again and again, with another waker each time.
                let acquire = foreign(permits.acquire());
                let _permit = foreign(d::timeout(2, acquire)).await;
            })));
            let at_last = Finally(releases);
            let _holder = s.spawn(foreign(caught(async move {
                let _at_last = at_last;
                let _passed = foreign(d::sleep(3)).await;
            })));
            let _ended = (caught(foreign(a)).await, caught(foreign(b)).await);
            let _ended = caught(foreign(c)).await;
            releases();
        })
        .await;
    };
    d::block_on(world, foreign(root));
    releases();
}

fn time(world: &'static World) {
    let root = async {
        let quick = foreign(async { Value::new(d::sleep(1).await) });
        let slow = foreign(async { Value::new(d::sleep(9).await) });
        let _first = caught(foreign(d::race(slow, quick))).await;
        let both = d::join(foreign(d::sleep(2)), foreign(d::yield_now()));
        let _both = caught(foreign(both)).await;
        let late = d::timeout(3, foreign(async { Value::new(d::sleep(7).await) }));
        let _late = caught(foreign(late)).await;
        let numbers = (0..4_u32).inspect(|_| visit(Kind::Closure, None));
        let ops = numbers.map(|ms| foreign(async move { Value::new(d::sleep(ms).await) }));
        let window = d::buffered::<2, _, _, _>(ops, |item| {
            visit(Kind::Closure, None);
            foreign(async move {
                let _item = item;
                let _passed = d::yield_now().await;
            })
        });
        let _window = caught(foreign(window)).await;
    };
    d::block_on(world, foreign(root));
}

fn held(world: &'static World) {
    let root = async {
        let op = foreign(async {
            let _passed = foreign(d::sleep(5)).await;
            Value::new(5)
        });
        d::hold!(op, |h| {
            let _early = caught(foreign(d::timeout(2, h.turn()))).await;
            let gives_up = foreign(d::timeout(1, foreign(h.turn())));
            let stays = foreign(d::timeout(9, h.turn()));
            let _both = caught(foreign(d::join(stays, gives_up))).await;
        })
        .await;
    };
    d::block_on(world, foreign(root));
}

fn edge(world: &'static World) {
    world.start_line(0, 5);
    let root = async {
        d::scope!(cap = 3, bytes = 2048, |s| {
            let waits =
                || foreign(caught(async { drop(Value::new(foreign(d::edge(0, 0)).await)) }));
            let (a, b) = (s.spawn(waits()), s.spawn(waits()));
            let _gives_up = caught(foreign(d::timeout(2, d::edge(0, 0)))).await;
            let _ended = (caught(foreign(a)).await, caught(foreign(b)).await);
        })
        .await;
    };
    d::block_on(world, foreign(root));
}

/// Children whose handles are in reach of each other's destructors.
fn children(world: &'static World) {
    let root = async {
        d::scope!(cap = 8, bytes = 4096, |s| {
            let first = s.spawn(foreign(async { Value::new(9) }));
            let hands = Rc::new(RefCell::new(vec![first]));
            let deeds: Reach<'_> = Rc::new({
                let hands = hands.clone();
                move |deed| match deed {
                    Deed::DropHandle => {
                        let hand = hands.try_borrow_mut().ok().and_then(|mut all| all.pop());
                        drop(hand);
                    }
                    Deed::Cancel => {
                        let hand = hands.try_borrow_mut().ok().and_then(|mut all| all.pop());
                        if let Some(hand) = hand {
                            hand.cancel();
                        }
                    }
                    Deed::CancelAll => s.cancel_all(),
                    Deed::Spawn => drop(s.spawn(foreign(async {
                        let _passed = d::sleep(1).await;
                        Value::new(0)
                    }))),
                    _ => {}
                }
            });
            everywhere!(deeds);
            for ms in 0..4_u32 {
                let captured = Captured::new(deeds.clone());
                let child = s.spawn(foreign(async move {
                    let _passed = foreign(d::sleep(ms)).await;
                    let output = Value::new(ms);
                    drop(captured);
                    output
                }));
                hands.borrow_mut().push(child);
            }
            // One awaits another, and nothing takes the output of the rest.
            let other = hands.borrow_mut().pop();
            let joiner = s.spawn(foreign(caught(async move {
                if let Some(other) = other {
                    let _output = out_of(other).await;
                }
            })));
            let cancelled = hands.borrow_mut().pop();
            let cancels = caught(async { cancelled.inspect(|child| child.cancel()) });
            let _cancelled = cancels.await;
            let _ended = caught(foreign(joiner)).await;
            let rest: Vec<_> = hands.borrow_mut().drain(..).collect();
            let drops = caught(async move { drop(rest) });
            drops.await;
            drop(deeds);
        })
        .await;
    };
    d::block_on(world, foreign(root));
}
