//! Foreign code in the middle of a scope, for the designs whose scopes are dropped to cancel them:
//! destructors that panic, and wakers that come back in. Run it under Miri and AddressSanitizer as
//! well; some of these only then fail when they should.

use std::cell::RefCell;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::rc::Rc;

use contract::World;
use design as d;

use crate::doubles::{Ends, Shelf, bomb, unwinds};

fn run(task: impl Future<Output = ()>) -> bool {
    let world: &'static World = Box::leak(Box::new(World::new()));
    d::block_on(world, task);
    world.ledger().watchdog_fired()
}

#[test]
fn a_child_is_gone_for_its_wakers_when_the_destructor_of_its_output_panics() {
    let shelf = Shelf::default();
    let in_root = shelf.clone();
    run(async move {
        d::scope!(cap = 2, bytes = 512, |s| {
            let shelf = in_root.clone();
            let child = s.spawn(Ends { output: Some(bomb()), shelf, gone: || () });
            let _other = s.spawn(async {}).await;
            assert!(child.is_over());
            assert!(unwinds(|| drop(child)));
        })
        .await;
    });
    let waker = shelf.lock().expect("no panic holds it").take().expect("it was polled");
    run(async move {
        d::scope!(cap = 2, bytes = 512, |s| {
            let child = s.spawn(async {
                let _slept = d::sleep(1).await;
            });
            waker.wake_by_ref();
            assert!(child.await.is_ok());
        })
        .await;
    });
}

#[test]
fn who_waits_for_a_child_hears_of_its_end_when_it_is_cancelled_and_panics() {
    let watchdog = run(async {
        d::scope!(cap = 2, bytes = 1024, |s| {
            let child = Rc::new(RefCell::new(s.spawn(async {
                let _bomb = bomb();
                pending::<()>().await;
            })));
            let in_child = child.clone();
            let waiter = s.spawn(poll_fn(move |cx| Pin::new(&mut *in_child.borrow_mut()).poll(cx)));
            let canceller = s.spawn({
                let child = child.clone();
                async move {
                    let _slept = d::sleep(5).await;
                    assert!(unwinds(|| child.borrow().cancel()));
                }
            });
            assert!(matches!(waiter.await, Ok(Err(d::Err::Canceled))));
            let _ended = canceller.await;
        })
        .await;
    });
    assert!(!watchdog, "it was told");
}
