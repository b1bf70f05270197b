//! Wakers and hooks in the middle of a task's end. Run it under Miri and AddressSanitizer as
//! well; some of these only then fail when they should.

#[path = "../../../workloads/conformance/doubles.rs"]
mod doubles;

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use contract::World;
use design_owned::{self as d, JoinSet, production};
use doubles::{burst, on_wake, poll_with, unwinds};

fn world() -> &'static World {
    Box::leak(Box::new(World::new()))
}

#[test]
fn a_child_leaves_its_scope_when_the_waker_of_its_joiner_panics() {
    let unwound = unwinds(|| {
        d::block_on(world(), async {
            d::scope!(cap = 1, bytes = 0, |s| {
                let mut child = s.spawn(async {
                    let _passed = d::yield_now().await;
                });
                assert!(poll_with(&mut child, &on_wake(burst)).is_pending());
                drop(child);
                let _slept = d::sleep(10).await;
            })
            .await;
        });
    });
    assert!(unwound, "the panic goes on to who runs it");
}

#[test]
fn a_child_leaves_its_scope_when_the_hook_at_its_end_panics() {
    let ended = |_| burst();
    production::set_hooks(production::Hooks { ended: Some(ended), ..production::Hooks::default() });
    let unwound = unwinds(|| {
        d::block_on_in::<production::Production>(world(), async {
            d::__scope!((production::Production) 1, 0, |s| {
                drop(s.spawn(async {
                    let _passed = d::yield_now().await;
                }));
                let _slept = d::sleep(10).await;
            })
            .await;
        });
    });
    production::reset();
    assert!(unwound);
}

#[test]
fn a_set_may_be_dropped_by_the_waker_that_hears_of_a_members_end() {
    thread_local! {
        static SET: RefCell<Option<Pin<Box<JoinSet<u32>>>>> = const { RefCell::new(None) };
    }
    d::block_on(world(), async {
        let set = Box::pin(JoinSet::new());
        for output in [1, 2] {
            set.as_ref().spawn(async move {
                let _slept = d::sleep(1).await;
                output
            });
        }
        let dropper = on_wake(|| drop(SET.take()));
        assert!(poll_with(&mut set.as_ref().join_next(), &dropper).is_pending());
        SET.set(Some(set));
        let _slept = d::sleep(5).await;
        assert!(SET.with_borrow(Option::is_none));
    });
}

#[test]
fn the_name_of_a_scope_wakes_nobody_after_its_run() {
    let name: Rc<Cell<Option<d::Scope>>> = Rc::default();
    let of_the_scope = name.clone();
    let mut kept = Box::pin(async move {
        d::scope!(cap = 1, bytes = 0, |s| {
            of_the_scope.set(Some(s));
            pending::<()>().await;
        })
        .await;
    });
    d::block_on(
        world(),
        poll_fn(|cx| {
            assert!(kept.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        }),
    );
    let text = format!("{:?}", name.get().expect("it was polled"));
    let number = text.chars().filter(char::is_ascii_digit).collect::<String>();
    let handle =
        kernel::wake::handle::Handle::from_raw(number.parse().expect("a handle is a number"));
    let polls = Cell::new(0);
    let mut root = Box::pin(async {
        handle.wake();
        let _slept = d::sleep(1).await;
    });
    d::block_on(
        world(),
        poll_fn(|cx: &mut Context<'_>| {
            polls.set(polls.get() + 1);
            root.as_mut().poll(cx)
        }),
    );
    assert_eq!(polls.get(), 2, "the first poll and the timer's");
    drop(kept);
}

#[test]
fn a_task_that_panics_with_what_panics_when_dropped_leaves_its_set() {
    let unwound = unwinds(|| {
        d::block_on_in::<production::Production>(world(), async {
            d::__scope!((production::Production) 1, 0, |s| {
                drop(s.spawn(async {
                    let _second = doubles::AtDrop(|| {
                        if !std::thread::panicking() {
                            std::panic::panic_any(doubles::bomb());
                        }
                    });
                    pending::<()>().await;
                }));
                let _polled = d::yield_now().await;
                s.cancel_all();
                let _slept = d::sleep(10).await;
            })
            .await;
        });
    });
    assert!(unwound);
}
