//! Traps of scopes over `core::Future`, for the designs whose scopes are dropped to cancel
//! them: `poll` and `scoped` mount it. Run it under Miri as well; some of these only then fail
//! when they should. T9, a scope that is dropped by its own child, needs unsafe code: polling a
//! scope borrows it exclusively. The guard against it is tested where it is, in the kernel.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use contract::World;
use design as d;

thread_local! {
    static WORLD: &'static World = Box::leak(Box::new(World::new()));
}

fn run(task: impl Future<Output = ()>) {
    let world = WORLD.with(|world| *world);
    world.reset();
    d::block_on(world, task);
}

/// Calls a closure when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

async fn poll_once(mut future: Pin<&mut impl Future<Output = ()>>) {
    poll_fn(|cx| {
        assert!(future.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}

#[test]
fn t01_forgotten_scope_keeps_its_memory() {
    run(async {
        let ran = Cell::new(0);
        d::sem!(none = 0);
        let mut scope = Box::pin(d::scope!(cap = 2, bytes = 1024, |s| {
            let sleeper = s.spawn(async {
                let _slept = d::sleep(10).await;
                ran.set(ran.get() + 1);
            });
            let _waiter = s.spawn(async {
                let _permit = none.acquire().await;
                ran.set(ran.get() + 1);
            });
            let _ended = sleeper.await;
        }));
        poll_once(scope.as_mut()).await;
        std::mem::forget(scope);
        // The timer of a child fires into memory that is still there.
        let _later = d::sleep(20).await;
        assert_eq!(ran.get(), 0, "nothing polls a forgotten scope");
    });
}

#[test]
fn t05_panic_in_a_child_drops_its_siblings_once_and_goes_on() {
    let dropped = Rc::new(Cell::new(0));
    let count = dropped.clone();
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        run(async move {
            d::scope!(cap = 3, bytes = 1024, |s| {
                for _ in 0..2 {
                    let count = count.clone();
                    let _sibling = s.spawn(async move {
                        let _guard = OnDrop(move || count.set(count.get() + 1));
                        pending::<()>().await;
                    });
                }
                let _failing = s.spawn(async {
                    let _slept = d::sleep(5).await;
                    panic!("child");
                });
            })
            .await;
        });
    }));
    let message = unwound.expect_err("the panic goes on");
    assert_eq!(message.downcast_ref::<&str>(), Some(&"child"));
    assert_eq!(dropped.get(), 2);
}

#[test]
fn t05_panic_in_a_destructor_does_not_keep_the_others_from_running() {
    let dropped = Rc::new(Cell::new(0));
    let count = dropped.clone();
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        run(async move {
            let scope = d::scope!(cap = 3, bytes = 1024, |s| {
                for child in 0..3 {
                    let count = count.clone();
                    let _child = s.spawn(async move {
                        let _guard = OnDrop(move || {
                            count.set(count.get() + 1);
                            assert!(child != 1, "destructor");
                        });
                        pending::<()>().await;
                    });
                }
                let never = s.spawn(pending::<()>());
                let _ended = never.await;
            });
            let _lost = d::timeout(5, scope).await;
        });
    }));
    assert!(unwound.is_err());
    assert_eq!(dropped.get(), 3);
}

#[test]
fn t11_waker_outlives_its_child_and_its_scope() {
    let kept: Rc<RefCell<Option<Waker>>> = Rc::default();
    let keep = kept.clone();
    run(async move {
        d::scope!(cap = 1, bytes = 1024, |s| {
            let child = s.spawn(poll_fn(|cx| {
                *keep.borrow_mut() = Some(cx.waker().clone());
                Poll::Ready(())
            }));
            let _ended = child.await;
        })
        .await;
    });
    let waker = kept.take().expect("the child was polled");
    std::thread::spawn(move || waker.wake()).join().expect("waking nothing is fine");
}

#[test]
fn t18_spawn_while_the_scope_is_dropped_is_refused() {
    let refused = Rc::new(Cell::new(false));
    let said = refused.clone();
    run(async move {
        let said = &said;
        let scope = d::scope!(cap = 2, bytes = 2048, |s| {
            let child = s.spawn(async move {
                let _guard = OnDrop(|| {
                    let mut late = s.spawn(async { panic!("polled") });
                    late.cancel();
                    let polled = Pin::new(&mut late).poll(&mut Context::from_waker(Waker::noop()));
                    said.set(polled == Poll::Ready(Err::<(), _>(d::Error::Cancelled)));
                });
                pending::<()>().await;
            });
            let _ended = child.await;
        });
        let _lost = d::timeout(5, scope).await;
    });
    assert!(refused.get());
}

#[test]
fn t18_children_that_own_handles_of_siblings_may_be_dropped_in_any_order() {
    run(async {
        let scope = d::scope!(cap = 3, bytes = 2048, |s| {
            let first = s.spawn(pending::<()>());
            let second = s.spawn(async move {
                let _ended = first.await;
            });
            let third = s.spawn(async move {
                let _ended = second.await;
            });
            let _ended = third.await;
        });
        let _lost = d::timeout(5, scope).await;
    });
}

#[test]
fn a_child_that_owns_its_own_handle_may_cancel_itself() {
    let over = Rc::new(Cell::new(false));
    let said = over.clone();
    run(async move {
        d::scope!(cap = 2, bytes = 2048, |s| {
            let slot = Rc::new(RefCell::new(None));
            let own = slot.clone();
            let said = said.clone();
            let child = s.spawn(Box::pin(async move {
                let _guard = OnDrop(move || said.set(true));
                let _slept = d::sleep(5).await;
                if let Some(handle) = &*own.borrow() {
                    let handle: &d::Child<'_, (), 2048> = handle;
                    handle.cancel();
                }
                pending::<()>().await;
            }) as Pin<Box<dyn Future<Output = ()>>>);
            *slot.borrow_mut() = Some(child);
        })
        .await;
    });
    assert!(over.get());
}

#[test]
fn cancel_all_drops_every_child_and_leaves_the_body() {
    let dropped = Cell::new(0);
    run(async {
        d::scope!(cap = 3, bytes = 2048, |s| {
            for _ in 0..3 {
                let _child = s.spawn(async {
                    let _guard = OnDrop(|| dropped.set(dropped.get() + 1));
                    pending::<()>().await;
                });
            }
            let timer = s.spawn(d::sleep(5));
            let _slept = timer.await;
            s.cancel_all();
            let _later = d::sleep(5).await;
        })
        .await;
    });
    assert_eq!(dropped.get(), 3);
}

#[test]
fn children_beyond_the_arena_go_to_the_heap_and_come_back() {
    run(async {
        let sum = d::scope!(cap = 50, bytes = 256, |s| {
            let mut sum = 0;
            for round in 0..3_u32 {
                let children: Vec<_> = (0..50_u32)
                    .map(|n| {
                        s.spawn(async move {
                            let _slept = d::sleep(n % 7).await;
                            n + round
                        })
                    })
                    .collect();
                for child in children {
                    sum += child.await.unwrap_or(0);
                }
            }
            sum
        });
        assert_eq!(sum.await, 3 * 1225 + 50 * 3);
    });
}

/// All programs of this file, for who runs them in another way (`torment/`).
macro_rules! programs {
    ($($name:ident),* $(,)?) => {
        pub(crate) const PROGRAMS: &[(&str, fn())] = &[$((stringify!($name), $name)),*];
    };
}

programs![
    t01_forgotten_scope_keeps_its_memory,
    t05_panic_in_a_child_drops_its_siblings_once_and_goes_on,
    t05_panic_in_a_destructor_does_not_keep_the_others_from_running,
    t11_waker_outlives_its_child_and_its_scope,
    t18_spawn_while_the_scope_is_dropped_is_refused,
    t18_children_that_own_handles_of_siblings_may_be_dropped_in_any_order,
    a_child_that_owns_its_own_handle_may_cancel_itself,
    cancel_all_drops_every_child_and_leaves_the_body,
    children_beyond_the_arena_go_to_the_heap_and_come_back,
];

#[test]
fn the_list_of_programs_is_whole() {
    let tests = include_str!("scope_traps.rs").matches("\n#[test]\n").count();
    assert_eq!(tests, PROGRAMS.len() + 1, "this one is none");
}
