//! Destructors, closures and operations that panic while siblings are in flight, once more than
//! the case before expected: each ends in the first panic, after everything was drained.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::task::{Context, Poll};

use crate::common::{Trace, world};
use design as d;

/// Panics when it is dropped, unless that would be a second panic.
pub(crate) struct Bomb(pub(crate) &'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic_any(self.0);
        }
    }
}

/// A future that is ready with its content, and whose destructor panics.
struct ReadyBomb<T>(Option<T>, #[expect(dead_code, reason = "it is dropped")] Bomb);

impl<T: Unpin> Future for ReadyBomb<T> {
    type Output = T;

    fn poll(mut self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        Poll::Ready(self.0.take().expect("polled once"))
    }
}

/// Runs what panics with the message, and returns the trace.
#[track_caller]
fn panics(message: &str, trace: &Trace, run: impl FnOnce()) -> Vec<(u32, &'static str)> {
    let panic = catch_unwind(AssertUnwindSafe(run)).expect_err("it panics");
    assert_eq!(*panic.downcast_ref::<&str>().expect("a literal"), message);
    assert!(!trace.world.ledger().watchdog_fired());
    trace.events()
}

/// Lends a buffer of its own, which is dropped with it.
#[d::task_fn]
async fn reads(trace: &Trace, ms: u32) -> usize {
    let mut buffer = vec![0; 64];
    let read = d::device_read(&mut buffer, ms).await;
    trace.log(if read.is_ok() { "read" } else { "drained" });
    read.unwrap_or(0)
}

/// Panics at a time, or when it is cancelled before.
#[d::task_fn]
async fn first_panics(ms: u32) -> usize {
    let _ = d::sleep(ms).await;
    panic_any("first")
}

/// Panics while it is drained.
#[d::task_fn]
async fn panics_when_drained() -> usize {
    if d::sleep(1000).await.is_err() {
        panic_any("second");
    }
    0
}

#[d::task_fn]
async fn one_of(trace: &Trace, which: u32) -> usize {
    match which {
        0 => first_panics(1).await,
        1 => panics_when_drained().await,
        _ => reads(trace, 500).await,
    }
}

/// The frame around the window goes on after it, so that memory that is freed too early is used
/// again while the driver still has it.
#[test]
fn a_window_is_drained_to_its_end_when_two_operations_panic() {
    for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0], [0, 2, 1]] {
        let trace = Trace::new();
        let events = panics("first", &trace, || {
            let window = d::buffered::<3, _, _, _>(
                order.map(|which| d::boxed(one_of(&trace, which))),
                |_| d::task!(async {}),
            );
            let beside = d::shield(d::task!(async {
                for _ in 0..4 {
                    let _ = vec![1_u8; 64];
                    let _ = d::sleep(200).await;
                }
            }));
            d::block_on(trace.world, d::join(window, beside));
        });
        assert_eq!(events, [(1, "drained")], "{order:?}");
    }
}

#[test]
fn a_join_and_a_race_are_drained_when_the_loser_panics_too() {
    let trace = Trace::new();
    let events = panics("first", &trace, || {
        let read = d::boxed(d::join(reads(&trace, 500), panics_when_drained()));
        d::block_on(trace.world, d::join(d::boxed(first_panics(1)), read));
    });
    assert_eq!(events, [(1, "drained")]);
    let trace = Trace::new();
    let events = panics("first", &trace, || {
        let read = d::boxed(d::race(panics_when_drained(), reads(&trace, 500)));
        d::block_on(trace.world, d::race(read, d::boxed(first_panics(1))));
    });
    assert_eq!(events, [(1, "drained")]);
    // The winner has an output, and the loser panics while it is drained.
    let trace = Trace::new();
    let events = panics("second", &trace, || {
        let loser = d::boxed(d::join(panics_when_drained(), reads(&trace, 500)));
        d::block_on(trace.world, d::race(d::sleep(1), loser));
    });
    assert_eq!(events, [(1, "drained")]);
}

#[test]
fn the_destructor_of_an_output_that_was_given_up_is_a_panic_of_the_scope() {
    for body_awaits in [false, true] {
        let trace = Trace::new();
        let events = panics("output", &trace, || {
            d::block_on(
                trace.world,
                d::task!(async {
                    d::scope!(cap = 3, bytes = 4096, |s| {
                        let read = s.spawn(reads(&trace, 50));
                        let _ = s.spawn(d::task!(async {
                            let _ = d::sleep(1).await;
                            Bomb("output")
                        }));
                        if body_awaits {
                            let _ = read.await;
                        }
                        let _ = d::sleep(100).await;
                    })
                    .await;
                }),
            );
        });
        // Children move while a handle or the end is awaited: without a handle from 100 ms on.
        assert_eq!(events, [(if body_awaits { 1 } else { 101 }, "drained")]);
    }
}

#[test]
fn the_destructor_of_a_child_is_the_childs_own_panic() {
    let trace = Trace::new();
    let events = panics("future", &trace, || {
        d::block_on(
            trace.world,
            d::task!(async {
                d::scope!(cap = 3, bytes = 4096, |s| {
                    let child = s.spawn(d::plain(ReadyBomb(Some(1), Bomb("future"))));
                    let read = s.spawn(reads(&trace, 50));
                    let (child, read) = d::join(child, read).await;
                    assert_eq!(child, Err(d::Error::Cancelled), "it panicked");
                    assert_eq!(read, Ok(0));
                    trace.log("body over");
                })
                .await;
            }),
        );
    });
    assert_eq!(events, [(0, "drained"), (0, "body over")]);
}

#[test]
fn outputs_that_panic_at_the_end_of_a_scope_are_all_dropped() {
    thread_local!(static DROPPED: Cell<u32> = const { Cell::new(0) });
    struct Counted;
    impl Drop for Counted {
        fn drop(&mut self) {
            DROPPED.set(DROPPED.get() + 1);
        }
    }
    let trace = Trace::new();
    panics("output", &trace, || {
        d::block_on(
            trace.world,
            d::task!(async {
                d::scope!(cap = 4, bytes = 4096, |s| {
                    for at in 0..4 {
                        std::mem::forget(s.spawn(d::task!(async move {
                            (Counted, (at == 1).then_some(Bomb("output")))
                        })));
                    }
                })
                .await;
            }),
        );
    });
    assert_eq!(DROPPED.get(), 4);
}

#[test]
fn payloads_whose_destructors_panic_do_not_replace_the_first_panic() {
    let trace = Trace::new();
    let events = panics("first", &trace, || {
        d::block_on(
            trace.world,
            d::task!(async {
                d::scope!(cap = 4, bytes = 4096, |s| {
                    let read = s.spawn(reads(&trace, 50));
                    let _ = s.spawn(first_panics(1));
                    let _ = s.spawn(d::task!(async {
                        let _ = d::sleep(1000).await;
                        panic_any(Bomb("payload"))
                    }));
                    let _ = read.await;
                })
                .await;
            }),
        );
    });
    assert_eq!(events, [(1, "drained")]);
}

#[test]
fn a_held_operation_that_panics_while_it_is_drained_does_not_replace_the_bodys_panic() {
    let trace = Trace::new();
    let events = panics("first", &trace, || {
        d::block_on(
            trace.world,
            d::task!(async {
                let held = d::boxed(d::join(reads(&trace, 500), panics_when_drained()));
                d::hold!(held, |h| {
                    let _ = d::timeout(1, h.turn()).await;
                    panic_any("first");
                })
                .await;
            }),
        );
    });
    assert_eq!(events, [(1, "drained")]);
    let trace = Trace::new();
    let events = panics("first", &trace, || {
        d::block_on(
            trace.world,
            d::task!(async {
                d::cleanup!(
                    {
                        first_panics(1).await;
                    },
                    {
                        trace.log("fin");
                        panic_any("second");
                    }
                )
                .await;
            }),
        );
    });
    assert_eq!(events, [(1, "fin")]);
}

/// The closures of a window: its iterator, its body, and their destructors.
#[test]
fn closures_of_a_window_that_panic_let_it_be_drained() {
    for (which, message) in [(0, "iterator"), (1, "body"), (2, "captured")] {
        let trace = Trace::new();
        let events = panics(message, &trace, || {
            let trace = &trace;
            let mut captured = Some(Bomb("captured"));
            let ops = (0..6).map(move |at| {
                if at == 2 && which == 0 {
                    std::mem::forget(captured.take());
                    panic_any("iterator");
                }
                if at == 2 && which == 2 {
                    captured = None;
                }
                if at == 5 {
                    std::mem::forget(captured.take());
                }
                d::boxed(reads(trace, 10 * (at + 1)))
            });
            let body = |_| {
                if which == 1 {
                    panic_any("body");
                }
                d::task!(async {})
            };
            let window = d::buffered::<2, _, _, _>(ops, body);
            let (_, beside) = d::block_on(trace.world, d::join(window, d::shield(d::sleep(900))));
            assert_eq!(beside, Ok(()));
        });
        assert_eq!(events[0], (10, "read"), "{message}");
        assert_eq!(events[1..], [(10, "drained")], "{message}");
    }
}

/// The end of the clock comes between the begin of a read and that of its limit.
#[test]
fn a_limit_at_the_end_of_the_clock_leaves_what_it_limits_in_peace() {
    let world = world();
    let ended = catch_unwind(AssertUnwindSafe(|| {
        d::block_on(
            world,
            d::deadline(
                5,
                d::boxed(d::join(
                    d::task!(async {
                        let mut buffer = vec![0; 64];
                        d::device_read(&mut buffer, 5).await.unwrap_or(0)
                    }),
                    d::task!(async { world.advance_to_us(u64::MAX - 100) }),
                )),
            ),
        )
    }));
    let (ended, _) = ended.expect("times are as long as the clock at most");
    assert!(ended.is_some(), "it was drained, and its output handed over");
}
