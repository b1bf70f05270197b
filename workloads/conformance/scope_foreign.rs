//! Foreign code in the middle of a scope, for the designs whose scopes are dropped to cancel them:
//! destructors that panic, and wakers that come back in. Run it under Miri and AddressSanitizer as
//! well; some of these only then fail when they should.

use std::cell::RefCell;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::rc::Rc;

use contract::World;
use design as d;

use crate::doubles::{Ends, Shelf, bomb, burst, past_panics, unwinds};

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
            assert!(matches!(waiter.await, Ok(Err(d::Error::Cancelled))));
            let _ended = canceller.await;
        })
        .await;
    });
    assert!(!watchdog, "it was told");
}

/// Runs a window over four operations past its panics; the outputs that its bodies saw.
fn window(destructor_panics: bool, body_panics: bool) -> Vec<u32> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let bodies = seen.clone();
    let watchdog = run(async move {
        let ops = (0..4_u32).map(move |output| {
            let gone: fn() = if destructor_panics && output == 1 { burst } else { || () };
            Ends { output: Some(output), shelf: Shelf::default(), gone }
        });
        let window = d::buffered::<2, _, _, _>(ops, move |output| {
            let bodies = bodies.clone();
            async move {
                let _passed = d::yield_now().await;
                assert!(!body_panics || output != 1, "a body");
                bodies.borrow_mut().push(output);
            }
        });
        past_panics(Box::pin(window)).await;
    });
    assert!(!watchdog, "the window ends");
    seen.take()
}

#[test]
fn a_window_goes_on_without_the_output_whose_future_panics_in_its_destructor() {
    assert_eq!(window(true, false), [0, 2, 3]);
}

#[test]
fn a_window_goes_on_without_the_body_that_panics() {
    assert_eq!(window(false, true), [0, 2, 3]);
}
