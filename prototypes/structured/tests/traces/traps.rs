//! Traps of the scope that the traces of `completion` do not hold.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::common::{Trace, same, world};
use design as d;
use design::{Completion, Error};

/// Runs what panics with "boom" and returns the trace.
fn boom(trace: &Trace, op: impl Completion<Output = ()>) -> Vec<(u32, &'static str)> {
    let unwound = catch_unwind(AssertUnwindSafe(|| d::block_on(trace.world, op)));
    let panic = unwound.expect_err("it panics");
    assert_eq!(*panic.downcast_ref::<&str>().expect("a literal"), "boom");
    trace.events()
}

/// Lends a buffer to the driver for a long time; must be drained.
#[d::task_fn]
async fn in_flight(trace: &Trace) {
    let mut buffer = [0; 16];
    let read = d::device_read(&mut buffer, 500).await;
    assert_eq!(read, Err(d::ReadError::Cancelled));
    trace.log("drained");
}

#[d::task_fn]
async fn panics_at(ms: u32) {
    let _ = d::sleep(ms).await;
    panic!("boom")
}

#[test]
fn t05_a_held_operation_that_panics_ends_the_body_first() {
    let trace = Trace::new();
    let op = d::hold!(panics_at(10), |_h| in_flight(&trace).await);
    assert_eq!(boom(&trace, op), [(10, "drained")]);
}

#[test]
fn t05_a_body_of_a_hold_that_panics_ends_the_operation_first() {
    let trace = Trace::new();
    let op = d::hold!(in_flight(&trace), |_h| panics_at(10).await);
    assert_eq!(boom(&trace, op), [(10, "drained")]);
}

#[test]
fn t05_a_turn_of_what_has_panicked_panics_and_the_first_panic_goes_on() {
    let trace = Trace::new();
    let op = d::hold!(panics_at(10), |h| {
        let _ = d::shield(d::sleep(20)).await;
        trace.log("body goes on");
        h.turn().await;
    });
    assert_eq!(boom(&trace, op), [(20, "body goes on")]);
}

#[test]
fn t05_an_item_or_a_body_of_a_window_that_panics_ends_the_rest_first() {
    for (item_at, body_at) in [(10, 500), (500, 10)] {
        let trace = Trace::new();
        let ops = (0..3).map(|item| {
            let trace = &trace;
            d::task!(async move {
                match item {
                    0 => {}
                    1 => panics_at(item_at).await,
                    _ => in_flight(trace).await,
                }
            })
        });
        let op = d::buffered::<3, _, _, _>(ops, |()| panics_at(body_at));
        // The body of item 0 is cancelled too where the item panics, and panics then as well.
        assert_eq!(boom(&trace, op), [(10, "drained")]);
    }
}

#[test]
fn t11_a_waker_outlives_its_child_and_its_scope() {
    /// Gives its waker away.
    struct Keeps(Rc<RefCell<Option<Waker>>>);
    // SAFETY: it lends nothing.
    unsafe impl Completion for Keeps {
        type Output = ();
        unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            *self.0.borrow_mut() = Some(cx.waker().clone());
            Poll::Ready(())
        }
    }
    let kept: Rc<RefCell<Option<Waker>>> = Rc::default();
    d::block_on(
        world(),
        d::scope!(cap = 1, bytes = 1024, |s| {
            let child = s.spawn(Keeps(kept.clone()));
            same(child.await, Ok(()));
        }),
    );
    let waker = kept.take().expect("the child was polled");
    std::thread::spawn(move || waker.wake()).join().expect("waking nothing is fine");
}

#[test]
fn t18_children_may_own_handles_of_siblings_and_end_in_any_order() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            let scope = d::scope!(cap = 3, bytes = 2048, |s| {
                let first = s.spawn(d::sleep(100));
                let second =
                    s.spawn(d::task!(async move { same(first.await, Err(Error::Cancelled)) }));
                let third =
                    s.spawn(d::task!(async move { same(second.await, Err(Error::Cancelled)) }));
                // The newest is asked first, so each is asked before the one it waits for ends.
                same(third.await, Ok(()));
            });
            same(d::timeout(5, scope).await, Err(Error::Elapsed));
        }),
    );
    assert_eq!(trace.world.now_ms(), 5);
}

#[test]
fn t18_a_destructor_that_panics_while_the_scope_closes_unwinds_after_the_others() {
    struct Boom<'a>(&'a Trace, bool);
    impl Drop for Boom<'_> {
        fn drop(&mut self) {
            self.0.log("dropped");
            assert!(!self.1, "boom");
        }
    }
    let trace = Trace::new();
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        d::block_on(
            trace.world,
            d::scope!(cap = 3, bytes = 1024, |s| {
                // Outputs that are not taken are dropped when the scope closes.
                for panics in [false, true, false] {
                    let trace = &trace;
                    std::mem::forget(s.spawn(d::task!(async move { Boom(trace, panics) })));
                }
            }),
        );
    }));
    assert!(unwound.is_err());
    assert_eq!(trace.events(), [(0, "dropped"); 3]);
}

/// An output whose handle was dropped is dropped while children are polled: its destructor must
/// not unwind past a sibling that lends.
#[test]
fn t05_a_destructor_of_an_output_that_panics_in_a_drive_waits_for_what_is_in_flight() {
    struct Boom;
    impl Drop for Boom {
        fn drop(&mut self) {
            panic!("boom");
        }
    }
    for (policy, ends_at) in [(d::Policy::AllOrFail, 10), (d::Policy::Supervise, 500)] {
        let trace = Trace::new();
        let op = d::task!(async {
            let _ = d::scope!(policy = policy, bytes = 2048, |s| {
                let _ = s.spawn(d::task!(async {
                    let _ = d::sleep(10).await;
                    Boom
                }));
                let _ = s.spawn(d::task!(async {
                    let mut buffer = [0; 16];
                    let _ = d::device_read(&mut buffer, 500).await;
                    trace.log("sibling");
                }));
            })
            .await;
        });
        assert_eq!(boom(&trace, op), [(ends_at, "sibling")], "{policy:?}");
    }
}

#[test]
fn a_child_that_owns_its_own_handle_may_cancel_itself() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::scope!(cap = 2, bytes = 2048, |s| {
            let slot: Rc<RefCell<Option<d::Child<'_, (), 2048>>>> = Rc::default();
            let (own, trace) = (slot.clone(), &trace);
            let child = s.spawn(d::boxed(d::task!(async move {
                let _ = d::sleep(5).await;
                if let Some(handle) = &*own.borrow() {
                    handle.cancel();
                }
                same(d::sleep(100).await, Err(Error::Cancelled));
                trace.log("asked");
            })));
            *slot.borrow_mut() = Some(child);
        }),
    );
    assert_eq!(trace.events(), [(5, "asked")]);
}

/// Cleanup that never ends is never dropped: the driver says that it is stuck.
#[cfg(not(miri))] // Miri starts no process.
#[test]
fn t22_cleanup_that_never_ends_is_not_dropped_and_said_to_be_stuck() {
    const CHILD: &str = "STRUCTURED_T22_CHILD";
    if std::env::var_os(CHILD).is_some() {
        d::block_on(
            world(),
            d::task!(async {
                d::sem!(none = 0);
                d::scope!(cap = 1, bytes = 512, |s| {
                    let _ = s.spawn(d::shield(none.acquire()));
                })
                .await;
            }),
        );
        return;
    }
    let me = std::env::current_exe().expect("a test has a file");
    let ran = std::process::Command::new(me)
        .args(["--exact", "traps::t22_cleanup_that_never_ends_is_not_dropped_and_said_to_be_stuck"])
        .args(["--nocapture"])
        .env(CHILD, "1")
        .output()
        .expect("a test can start itself");
    assert!(!ran.status.success());
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(said.contains("stuck"), "{said}");
}

/// A waker of foreign code that panics once, after it has woken.
struct PanicsOnce(Waker, std::sync::atomic::AtomicBool);

impl std::task::Wake for PanicsOnce {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.wake_by_ref();
        assert!(self.1.swap(true, std::sync::atomic::Ordering::Relaxed), "a waker");
    }
}

/// The driver ends with the panic of a waker, and the operation is brought to its end in a run of
/// its own. A child that had been asked to end before is not asked again, and its timer was the
/// driver's: unless the end of the driver wakes it, it waits for ever.
#[test]
fn t05_a_waker_that_panics_between_polls_leaves_no_child_that_was_asked_before() {
    let trace = Trace::new();
    let mut sleep = Box::pin(kernel::leaf::sleep::sleep(5));
    let bursts = std::future::poll_fn(move |cx| {
        let waker = std::sync::Arc::new(PanicsOnce(cx.waker().clone(), false.into()));
        sleep.as_mut().poll(&mut Context::from_waker(&Waker::from(waker)))
    });
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        d::block_on(
            trace.world,
            d::scope!(cap = 2, bytes = 2048, |s| {
                let _ = s.spawn(d::plain(bursts));
                let _ = s.spawn(d::task!(async {
                    d::plain(kernel::leaf::sleep::sleep(20)).await;
                    trace.log("ended");
                }));
                let _ = d::sleep(2).await;
                s.cancel();
            }),
        );
    }));
    assert!(unwound.is_err(), "the panic goes on");
    assert_eq!(trace.events().len(), 1);
}
