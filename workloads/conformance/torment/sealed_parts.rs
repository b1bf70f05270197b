//! The programs that are tormented in every must-complete design, with reads in flight beside
//! everything. Each ends by itself.

use std::cell::Cell;
use std::rc::Rc;

use contract::World;
use kernel::leaf::sleep;
use real as d;

use crate::torment::Part;
use crate::torment::foreign::{Captured, Foreign, Value, foreign};
use crate::torment::visits::{Deed, Kind, Reach, lend, reach, visit};

pub(crate) const PARTS: [Part; 6] = [
    ("children", children),
    ("window", window),
    ("race and join", race_and_join),
    ("held", held),
    ("cleaned up", cleaned_up),
    ("channel", channel),
];

pub(crate) fn nap(ms: u32) -> d::Plain<Foreign<sleep::Sleep>> {
    d::plain(foreign(sleep::sleep(ms)))
}

/// A read into memory of its own, which nothing else may have meanwhile.
#[d::task_fn]
pub(crate) async fn reads(ms: u32) -> Value<usize> {
    let mut buffer = vec![0; 32].into_boxed_slice();
    let read = d::device_read(&mut buffer, ms).await.unwrap_or(0);
    assert!((0..).zip(&buffer[..read]).all(|(at, byte)| at == *byte), "memory that is in use");
    Value::new(read)
}

/// A child with foreign code in all places: what it captures, what it awaits, what it returns.
#[d::task_fn]
pub(crate) async fn works(ms: u32, captured: Captured<'_>) -> Value<u32> {
    nap(ms).await;
    let read = d::join(reads(1), nap(1)).await;
    drop(read);
    drop(captured);
    Value::new(ms)
}

fn children(world: &'static World) {
    let root = d::task!(async {
        d::scope!(cap = 8, bytes = 4096, |s| {
            let spawned = Rc::new(Cell::new(0));
            let reach: Reach<'_> = Rc::new(move |deed| match deed {
                Deed::CancelAll | Deed::Cancel => s.cancel_all(),
                Deed::Spawn if spawned.get() < 2 => {
                    spawned.set(spawned.get() + 1);
                    let _ = s.spawn(nap(1));
                }
                _ => {}
            });
            let first = s.spawn(works(1, Captured::new(Rc::clone(&reach))));
            let _ = s.spawn(works(2, Captured::new(Rc::clone(&reach))));
            let second = s.spawn(nap(3));
            let unborn = s.spawn(works(9, Captured::new(Rc::clone(&reach))));
            unborn.cancel();
            let inner = d::task!(async {
                d::scope!(cap = 2, bytes = 2048, |t| {
                    let _ = t.spawn(first);
                    let _ = t.spawn(reads(2));
                })
                .await;
            });
            let _ended = d::join(second, inner).await;
            std::mem::forget(s.spawn(works(1, Captured::new(reach))));
        })
        .await;
    });
    d::block_on(world, root);
}

fn window(world: &'static World) {
    let captured = Captured::new(Rc::new(|_| {}));
    let ops = (0..5).map(|at| {
        visit(Kind::Closure, None);
        d::task!(async move {
            nap(5 - at).await;
            reads(1).await
        })
    });
    let window = d::buffered::<3, _, _, _>(ops, move |value| {
        let _kept = &captured;
        visit(Kind::Closure, None);
        d::task!(async move {
            let _value = value;
            nap(1).await;
        })
    });
    let beside = d::shield(reads(30));
    drop(d::block_on(world, d::join(d::boxed(window), beside)));
}

fn race_and_join(world: &'static World) {
    let root = d::task!(async {
        drop(d::race(d::join(reads(9), nap(2)), d::join(nap(1), reads(1))).await);
        drop(d::race_both(d::join(d::boxed(reads(9)), nap(1)), nap(3)).await);
        drop(d::timeout(2, d::join(reads(1), reads(9))).await);
        drop(d::deadline(2, d::join(d::interruptible(foreign(sleep::sleep(9))), reads(1))).await);
    });
    drop(d::block_on(world, d::join(root, d::shield(reads(40)))));
}

fn held(world: &'static World) {
    let root = d::task!(async {
        let op = d::task!(async {
            nap(3).await;
            d::join(reads(20), nap(1)).await
        });
        d::hold!(op, |h| {
            let inner = d::task!(async {
                d::scope!(cap = 1, bytes = 2048, |t| {
                    let _ = t.spawn(d::timeout(1, h.turn()));
                })
                .await;
            });
            drop(d::join(d::timeout(4, h.turn()), inner).await);
            nap(1).await;
        })
        .await;
    });
    drop(d::block_on(world, d::join(root, d::shield(reads(40)))));
}

fn cleaned_up(world: &'static World) {
    let root = d::task!(async {
        let _late = d::timeout(
            2,
            d::task!(async {
                d::cleanup!(
                    {
                        let value = d::join(reads(9), nap(9)).await;
                        drop(value);
                    },
                    {
                        let _captured = Captured::new(Rc::new(|_| {}));
                        nap(1).await;
                        drop(reads(1).await);
                    }
                )
                .await;
            }),
        )
        .await;
    });
    drop(d::block_on(world, d::join(root, d::shield(reads(40)))));
}

type Items = d::Chan<Value<u32>, 1>;

/// Closes the channel when its party is dropped.
struct Closes(&'static Items);

impl Drop for Closes {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn channel(world: &'static World) {
    let items: &'static Items = lend(d::Chan::new());
    reach(Rc::new(move |deed| {
        if deed == Deed::Close {
            items.close();
        }
    }));
    let root = d::task!(async {
        let sends = d::task!(async move {
            let _closes = Closes(items);
            for item in 0..3 {
                if items.send(Value::new(item)).await.is_err() {
                    break;
                }
                nap(1).await;
            }
        });
        let receives = d::task!(async move {
            let _closes = Closes(items);
            while let Ok(Some(item)) = items.recv().await {
                drop(item);
                nap(1).await;
            }
        });
        d::join(sends, receives).await;
    });
    drop(d::block_on(world, d::join(root, d::shield(reads(40)))));
}
