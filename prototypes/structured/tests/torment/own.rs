//! What this design alone has: policies, deadlines, requests that are sticky, children that move
//! while the body waits.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use contract::World;
use real::{self as d, Policy};

use crate::sealed_parts::{nap, reads, works};
use crate::torment::Part;
use crate::torment::foreign::{Captured, Value};
use crate::torment::visits::{Deed, Reach};

pub(crate) const PARTS: [Part; 6] = [
    ("all or fail", |world| policy(world, Policy::AllOrFail)),
    ("first success", |world| policy(world, Policy::FirstSuccess)),
    ("supervised", |world| policy(world, Policy::Supervise)),
    ("all awaited", |world| policy(world, Policy::AwaitAll)),
    ("deadline", deadline),
    ("sticky", sticky),
];

/// Fails after a while, with an error that is foreign code; a read of its own is in flight.
#[d::task_fn]
async fn fails(ms: u32, captured: Captured<'_>) -> Result<Value<u32>, Value<u32>> {
    // Dropped before the output is there: the compiler forgets an output when what is dropped after
    // it panics (rust-lang/rust#47949).
    let read = d::join(reads(1), nap(ms)).await;
    drop(read);
    drop(captured);
    Err(Value::new(ms))
}

#[d::task_fn]
async fn succeeds(ms: u32) -> Result<Value<u32>, Value<u32>> {
    nap(ms).await;
    Ok(Value::new(ms))
}

/// Children that fail, succeed, are cancelled and detached under a policy; their scope is reached
/// from what they capture.
fn policy(world: &'static World, policy: Policy) {
    let root = d::task!(async {
        let _answer = d::scope!(policy = policy, bytes = 4096, |s| {
            let spawned = Rc::new(Cell::new(0));
            let reach: Reach<'_> = Rc::new(move |deed| match deed {
                Deed::CancelAll => s.cancel_all(),
                Deed::Cancel => s.cancel(),
                Deed::Close => s.deadline(1),
                Deed::Spawn if spawned.get() < 2 => {
                    spawned.set(spawned.get() + 1);
                    drop(s.spawn_result(succeeds(1)));
                }
                _ => {}
            });
            let failed = s.spawn_result(fails(2, Captured::new(Rc::clone(&reach))));
            let quick = s.spawn_result(succeeds(4));
            let _detached = s.spawn(works(3, Captured::new(Rc::clone(&reach))));
            let never = s.spawn_result(succeeds(50));
            nap(1).await;
            never.cancel();
            // With its panic, where the policy leaves it to the handle.
            drop(failed.ended().await);
            drop(quick.await);
            let _passed = d::sleep(3).await;
        })
        .await;
    });
    drop(d::block_on(world, d::join(root, d::shield(reads(40)))));
}

/// A deadline that passes while children, a window and a kept operation are in flight.
fn deadline(world: &'static World) {
    let root = d::task!(async {
        let _answer = d::scope!(policy = Policy::AllOrFail, bytes = 4096, |s| {
            s.deadline(3);
            let captured = Captured::new(Rc::new(move |deed| {
                if deed == Deed::Close {
                    s.deadline(2);
                }
            }));
            drop(s.spawn(works(2, captured)));
            drop(s.spawn(d::shield(reads(9))));
            let ops = (0..3).map(|at| d::join(reads(at + 2), d::sleep(9)));
            d::buffered::<2, _, _, _>(ops, |value| {
                d::task!(async {
                    nap(1).await;
                    drop(value);
                })
            })
            .await;
            d::hold!(d::join(reads(9), nap(1)), |h| drop(d::timeout(1, h.turn()).await)).await;
        })
        .await;
    });
    drop(d::block_on(world, d::join(root, d::shield(reads(40)))));
}

/// A request from outside that reaches scopes in children, where handles of siblings are kept.
fn sticky(world: &'static World) {
    let root = d::task!(async {
        let _late = d::timeout(
            4,
            d::scope!(cap = 4, bytes = 8192, |s| {
                let hands = Rc::new(RefCell::new(Vec::new()));
                hands.borrow_mut().push(s.spawn(nap(2)));
                let captured = Captured::new(Rc::new({
                    let hands = Rc::clone(&hands);
                    move |deed| {
                        let hand = hands.try_borrow_mut().ok().and_then(|mut all| all.pop());
                        match (deed, hand) {
                            (Deed::Cancel, Some(hand)) => hand.cancel(),
                            (Deed::DropHandle, hand) => drop(hand),
                            (_, hand) => hands.borrow_mut().extend(hand),
                        }
                    }
                }));
                drop(s.spawn(d::task!(async move {
                    d::scope!(cap = 2, bytes = 2048, |t| {
                        drop(t.spawn(works(1, captured)));
                        drop(t.spawn(d::join(reads(20), d::sleep(30))));
                        let _passed = d::sleep(30).await;
                        let _passed = d::sleep(30).await;
                    })
                    .await;
                })));
                let hand = hands.borrow_mut().pop();
                if let Some(hand) = hand {
                    let _ended = hand.await;
                }
                let _passed = d::sleep(30).await;
                hands.borrow_mut().clear();
            }),
        )
        .await;
    });
    drop(d::block_on(world, d::join(root, d::shield(reads(40)))));
}
