//! Every foreign call of this design misbehaves in turn. What is foreign, how it misbehaves and
//! how calls are counted is in `workloads/conformance/torment`; the programs there are written for
//! futures, so this design has its own, with reads in flight beside everything.

extern crate design_completion as design;

#[path = "../../../workloads/conformance/torment/foreign.rs"]
#[expect(dead_code, reason = "the programs of other designs use the rest")]
mod foreign;
#[path = "../../../workloads/conformance/torment/visits.rs"]
#[expect(dead_code, reason = "as above")]
mod visits;

use std::cell::Cell;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use contract::World;
use design as d;
use foreign::{Captured, Foreign, Value, foreign};
use kernel::leaf::sleep;
use visits::{DEEDS, Deed, KINDS, Kind, Reach, Tormented, visit};

type Part = (&'static str, fn(&'static World));

const PARTS: [Part; 6] = [
    ("children", children),
    ("window", window),
    ("race and join", race_and_join),
    ("held", held),
    ("cleaned up", cleaned_up),
    ("channel", channel),
];

/// A run beside everything, which is refused inside of one.
fn quiet_run() {
    d::block_on(fresh(&OTHER), d::task!(async {}));
}

thread_local! {
    static WORLD: &'static World = Box::leak(Box::new(World::new()));
    static OTHER: &'static World = Box::leak(Box::new(World::new()));
}

fn fresh(world: &'static std::thread::LocalKey<&'static World>) -> &'static World {
    let world = world.with(|world| *world);
    world.reset();
    world
}

fn nap(ms: u32) -> d::Plain<Foreign<sleep::Sleep>> {
    d::plain(foreign(sleep::sleep(ms)))
}

/// A read into memory of its own, which nothing else may have meanwhile.
#[d::task_fn]
async fn reads(ms: u32) -> Value<usize> {
    let mut buffer = vec![0; 32].into_boxed_slice();
    let read = d::device_read(&mut buffer, ms).await.unwrap_or(0);
    assert!((0..).zip(&buffer[..read]).all(|(at, byte)| at == *byte), "memory that is in use");
    Value::new(read)
}

/// A child with foreign code in all places: what it captures, what it awaits, what it returns.
#[d::task_fn]
async fn works(ms: u32, captured: Captured<'_>) -> Value<u32> {
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

/// Closes the channel when its party goes.
struct Closes<'a>(&'a d::Chan<Value<u32>, 1>);

impl Drop for Closes<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn channel(world: &'static World) {
    let root = d::task!(async {
        d::chan!(items: Value<u32>, 1);
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

/// What is wrong after one trial.
fn trial(part: Part, at: u32, deed: Deed) -> Option<String> {
    let nodes = kernel::wake::handle::taken();
    let world = fresh(&WORLD);
    visits::begin(at, deed, quiet_run);
    let run = catch_unwind(AssertUnwindSafe(|| part.1(world)));
    visits::disarm();
    let mut wrong = Vec::new();
    match run {
        Ok(()) if world.ledger().watchdog_fired() => wrong.push(String::from("a wake was lost")),
        Err(panic) if !panic.is::<Tormented>() => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?");
            wrong.push(format!("another panic: {text}"));
        }
        _ => {}
    }
    let alive = visits::end();
    if alive != 0 {
        wrong.push(format!("{alive} values were not dropped"));
    }
    if kernel::wake::handle::taken() != nodes {
        wrong.push(String::from("nodes of the waker table were not given back"));
    }
    (!wrong.is_empty()).then(|| format!("{} {deed:?} at {at}: {}", part.0, wrong.join("; ")))
}

/// Every how-many-th call is tried; more than one under an interpreter.
const STRIDE: u32 = if cfg!(miri) { 97 } else { 1 };

#[test]
fn every_foreign_call_misbehaves() {
    let (mut trials, mut wrong) = (0, Vec::new());
    std::panic::set_hook(Box::new(|_| ()));
    for part in PARTS {
        wrong.extend(trial(part, u32::MAX, Deed::Nothing));
        for deed in DEEDS {
            let mut at = 1;
            loop {
                wrong.extend(trial(part, at, deed));
                trials += 1;
                if !visits::reached() || wrong.len() > 20 {
                    break;
                }
                at += STRIDE;
            }
        }
    }
    let kinds: Vec<String> = KINDS
        .iter()
        .zip(visits::visited())
        .map(|(kind, count)| format!("{kind:?} {count}"))
        .collect();
    let _silent = std::panic::take_hook();
    let line = format!("completion: {trials} trials; foreign calls: {}\n", kinds.join(", "));
    std::io::stdout().write_all(line.as_bytes()).expect("stdout");
    assert!(wrong.is_empty(), "completion:\n{}", wrong.join("\n"));
}
