//! Conformance: what every design promises, as event traces, written once in the dialect.
//!
//! Mounted by `tests/conformance.rs` of each design:
//!
//! ```text
//! extern crate design_poll as design;
//! const FAMILY: family::Family = family::Family::Poll;
//! #[path = "../../../workloads/conformance/family.rs"]
//! mod family;
//! #[path = "../../../workloads/conformance/suite.rs"]
//! mod suite;
//! ```
//!
//! A trace is a list of lines, virtual milliseconds first. Where designs differ on purpose,
//! the expected trace is a `match` on [`Family`], so that each difference is listed here and
//! nowhere else. `gone` is said by a destructor: how an operation that is given up ends.
//! What only designs with borrowing children can express is in `borrow.rs`.

use design as d;

use super::FAMILY;
use super::family::Family;

#[path = "log.rs"]
mod log;

pub(crate) use log::Log;

/// Says `gone` when it is dropped.
struct Gone(&'static Log, &'static str);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.say(&format!("{} gone", self.1));
    }
}

/// Sleeps and says so; says `gone` at its end, whatever that is.
#[d::task_fn]
pub(crate) async fn nap(log: &'static Log, name: &'static str, ms: u32) -> u32 {
    let _gone = Gone(log, name);
    if d::sleep(ms).await.is_ok() {
        log.say(name);
    }
    ms
}

/// Runs one task of the test and compares.
macro_rules! trace {
    ($name:ident, $task:path, $expected:expr) => {
        #[test]
        fn $name() {
            let log = Log::new();
            d::block_on(log.world, $task(log));
            log.expect($expected);
        }
    };
}

trace!(time_passes_only_while_nothing_runs, sleeps, &["0 begin", "30 a", "30 b", "42 c"]);

#[d::task_fn]
async fn sleeps(log: &'static Log) {
    log.say("begin");
    let got = d::sleep(30).await;
    assert_eq!(got, Ok(()));
    log.say("a");
    let got = d::yield_now().await;
    assert_eq!(got, Ok(()));
    log.say("b");
    let got = d::sleep(12).await;
    assert_eq!(got, Ok(()));
    log.say("c");
}

trace!(
    a_race_gives_the_loser_up_before_it_is_over,
    races,
    &["10 short", "10 short gone", "10 long gone", "10 over"]
);

#[d::task_fn]
async fn races(log: &'static Log) {
    match d::race(nap(log, "long", 50), nap(log, "short", 10)).await {
        d::Either::A(_) => log.say("wrong"),
        d::Either::B(ms) => assert_eq!(ms, 10),
    }
    log.say("over");
}

trace!(a_race_looks_at_its_first_side_first, ties, &["5 a"]);

#[d::task_fn]
async fn ties(log: &'static Log) {
    match d::race(d::sleep(5), d::sleep(5)).await {
        d::Either::A(_) => log.say("a"),
        d::Either::B(_) => log.say("b"),
    }
}

trace!(
    a_join_waits_for_both,
    joins,
    &["10 short", "10 short gone", "50 long", "50 long gone", "50 over"]
);

#[d::task_fn]
async fn joins(log: &'static Log) {
    let (long, short) = d::join(nap(log, "long", 50), nap(log, "short", 10)).await;
    assert_eq!((long, short), (50, 10));
    log.say("over");
}

trace!(
    a_timeout_gives_its_operation_up,
    timeouts,
    &["10 quick", "10 quick gone", "15 slow gone", "15 over"]
);

#[d::task_fn]
async fn timeouts(log: &'static Log) {
    let got = d::timeout(20, nap(log, "quick", 10)).await;
    assert_eq!(got, Ok(10));
    let got = d::timeout(5, nap(log, "slow", 10)).await;
    assert_eq!(got, Err(d::Error::Elapsed));
    log.say("over");
}

trace!(
    a_channel_is_first_in_first_out_and_closes,
    channels,
    &["0 got 1", "10 got 2", "20 got 3", "30 closed", "30 refused 9"]
);

#[d::task_fn]
async fn channels(log: &'static Log) {
    d::chan!(items: u32, 1);
    let sender = d::task!(async move {
        for item in 1..4 {
            let got = items.send(item).await;
            assert!(got.is_ok());
        }
        items.close();
    });
    let receiver = d::task!(async move {
        while let Ok(Some(item)) = items.recv().await {
            log.say(&format!("got {item}"));
            let _waited = d::sleep(10).await;
        }
        log.say("closed");
    });
    d::join(sender, receiver).await;
    if let Err(refused) = items.send(9).await {
        log.say(&format!("refused {}", refused.into_inner()));
    }
}

trace!(a_lock_is_handed_over_in_order, locks, &["10 a", "20 b", "30 c", "30 sum 111"]);

#[d::task_fn]
async fn locks(log: &'static Log) {
    d::lock!(sum = 0_u32);
    let first = d::join(add(log, sum, "a", 1), add(log, sum, "b", 10));
    d::join(first, add(log, sum, "c", 100)).await;
    if let Ok(sum) = sum.lock().await {
        log.say(&format!("sum {}", *sum));
    }
}

#[d::task_fn]
async fn add(log: &'static Log, sum: &d::Lock<u32>, name: &'static str, value: u32) {
    if let Ok(mut sum) = sum.lock().await {
        let _held = d::sleep(10).await;
        *sum += value;
        log.say(name);
    }
}

trace!(a_semaphore_admits_so_many, semaphores, &["10 a", "10 b", "20 c"]);

#[d::task_fn]
async fn semaphores(log: &'static Log) {
    d::sem!(two = 2);
    let first = d::join(admitted(log, two, "a"), admitted(log, two, "b"));
    d::join(first, admitted(log, two, "c")).await;
}

#[d::task_fn]
async fn admitted(log: &'static Log, sem: &d::Sem, name: &'static str) {
    let permit = sem.acquire().await;
    let _worked = d::sleep(10).await;
    log.say(name);
    drop(permit);
}

trace!(
    what_is_held_survives_lost_races,
    holds,
    match FAMILY {
        // Begun by the first turn at 0, looked at again by the second one at 30.
        Family::Poll | Family::Progress | Family::Completion =>
            &["10 lost", "30 again", "30 held", "30 held gone", "30 over"],
        Family::Scoped | Family::Structured | Family::Owned | Family::Told =>
            &["10 lost", "20 held", "20 held gone", "30 again", "30 over"],
    }
);

#[d::task_fn]
async fn holds(log: &'static Log) {
    d::hold!(nap(log, "held", 20), |held| {
        match d::race(held.turn(), d::sleep(10)).await {
            d::Either::A(_) => log.say("wrong"),
            d::Either::B(_) => log.say("lost"),
        }
        let _elsewhere = d::sleep(20).await;
        log.say("again");
        let got = held.turn().await;
        assert_eq!(got, 20);
    })
    .await;
    log.say("over");
}

trace!(
    what_is_held_ends_with_its_body,
    holds_too_long,
    match FAMILY {
        // Its handle is dropped there. Whether that aborts the task or not, the task is alive
        // until its next turn, and is dropped with the run.
        Family::Owned | Family::Told => &["10 body", "10 over", "10 held gone"],
        _ => &["10 body", "10 held gone", "10 over"],
    }
);

#[d::task_fn]
async fn holds_too_long(log: &'static Log) {
    d::hold!(nap(log, "held", 50), |held| {
        let _lost = d::race(held.turn(), d::sleep(10)).await;
        log.say("body");
    })
    .await;
    log.say("over");
}

trace!(
    a_scope_ends_when_body_and_children_have,
    scopes,
    &["0 body", "10 a", "10 a gone", "20 b", "20 b gone", "20 over 7"]
);

#[d::task_fn]
async fn scopes(log: &'static Log) {
    let out = d::scope!(cap = 2, bytes = 1024, |scope| {
        let _a = scope.spawn(nap(log, "a", 10));
        let _b = scope.spawn(nap(log, "b", 20));
        log.say("body");
        7
    })
    .await;
    log.say(&format!("over {out}"));
}

trace!(
    a_child_moves_while_its_scope_is_driven,
    bodies,
    match FAMILY {
        Family::Poll | Family::Progress | Family::Completion =>
            &["30 body", "40 child", "40 child gone", "40 over"],
        Family::Scoped | Family::Structured | Family::Owned | Family::Told =>
            &["10 child", "10 child gone", "30 body", "30 over"],
    }
);

#[d::task_fn]
async fn bodies(log: &'static Log) {
    d::scope!(cap = 1, bytes = 1024, |scope| {
        let child = scope.spawn(nap(log, "child", 10));
        let _elsewhere = d::sleep(30).await;
        log.say("body");
        let got = child.await;
        assert_eq!(got, Ok(10));
    })
    .await;
    log.say("over");
}

trace!(
    a_cancelled_child_is_gone_and_its_sibling_is_not,
    cancels,
    match FAMILY {
        Family::Told => &["10 cancel", "20 b", "20 b gone", "50 a", "50 a gone", "50 over"],
        _ => &["10 cancel", "10 a gone", "20 b", "20 b gone", "20 over"],
    }
);

#[d::task_fn]
async fn cancels(log: &'static Log) {
    d::scope!(cap = 2, bytes = 1024, |scope| {
        let a = scope.spawn(nap(log, "a", 50));
        let b = scope.spawn(nap(log, "b", 20));
        match d::race(b, d::sleep(10)).await {
            d::Either::A(_) => log.say("wrong"),
            d::Either::B(_) => log.say("cancel"),
        }
        a.cancel();
    })
    .await;
    log.say("over");
}

// The shape that hangs in moro 0.4: of two children one sleeps, and the other, once woken,
// starts a third and waits for it.
trace!(
    nested_spawn_liveness,
    nested,
    &[
        "10 parent",
        "15 grandchild",
        "15 grandchild gone",
        "15 joined",
        "90 sleeper",
        "90 sleeper gone",
        "90 over"
    ]
);

#[d::task_fn]
async fn nested(log: &'static Log) {
    d::scope!(cap = 3, bytes = 4096, |scope| {
        let _sleeper = scope.spawn(nap(log, "sleeper", 90));
        let _parent = scope.spawn(d::task!(async move {
            let _woken = d::sleep(10).await;
            log.say("parent");
            let grandchild = scope.spawn(nap(log, "grandchild", 5));
            let _joined = grandchild.await;
            log.say("joined");
        }));
    })
    .await;
    log.say("over");
}

trace!(
    a_window_keeps_the_order,
    window,
    match FAMILY {
        // The third is begun when the loop asks again, after the second body.
        Family::Poll => &[
            "10 1",
            "10 1 gone",
            "20 0",
            "20 0 gone",
            "20 body 20",
            "50 body 10",
            "85 2",
            "85 2 gone",
            "85 body 5",
            "115 over",
        ],
        // The third is begun when the loop asks for the second output.
        Family::Completion => &[
            "10 1",
            "10 1 gone",
            "20 0",
            "20 0 gone",
            "20 body 20",
            "50 body 10",
            "80 2",
            "80 2 gone",
            "80 body 5",
            "110 over",
        ],
        Family::Progress | Family::Scoped | Family::Structured => &[
            "10 1",
            "10 1 gone",
            "20 0",
            "20 0 gone",
            "20 body 20",
            "25 2",
            "25 2 gone",
            "50 body 10",
            "80 body 5",
            "110 over",
        ],
        // The third is spawned when the loop asks for the second output, and moves by itself.
        Family::Owned | Family::Told => &[
            "10 1",
            "10 1 gone",
            "20 0",
            "20 0 gone",
            "20 body 20",
            "50 body 10",
            "55 2",
            "55 2 gone",
            "80 body 5",
            "110 over",
        ],
    }
);

#[d::task_fn]
async fn window(log: &'static Log) {
    let naps = [("0", 20), ("1", 10), ("2", 5)];
    let ops = naps.into_iter().map(|(name, ms)| nap(log, name, ms));
    d::buffered::<2, _, _, _>(ops, |ms| loop_body(log, ms)).await;
    log.say("over");
}

#[d::task_fn]
async fn loop_body(log: &'static Log, ms: u32) {
    log.say(&format!("body {ms}"));
    let _worked = d::sleep(30).await;
}

trace!(cleanup_follows_its_body, cleanups, &["10 body", "15 clean", "15 over 3"]);

#[d::task_fn]
async fn cleanups(log: &'static Log) {
    let body = d::cleanup!(
        {
            let _worked = d::sleep(10).await;
            log.say("body");
            3
        },
        {
            let _said = d::sleep(5).await;
            log.say("clean");
        }
    );
    let out = body.await;
    log.say(&format!("over {out}"));
}

trace!(
    wrappers_change_nothing,
    wrappers,
    &["5 a", "5 a gone", "10 b", "10 b gone", "15 c", "15 c gone"]
);

#[d::task_fn]
async fn wrappers(log: &'static Log) {
    let got = d::barrier(nap(log, "a", 5)).await;
    assert_eq!(got, 5);
    let got = d::boxed(nap(log, "b", 5)).await;
    assert_eq!(got, 5);
    let got = d::shield(nap(log, "c", 5)).await;
    assert_eq!(got, 5);
}

trace!(edges_are_counted_not_lost, edges, &["25 seen 1", "50 seen 2", "100 seen 4"]);

#[d::task_fn]
async fn edges(log: &'static Log) {
    log.world.start_line(0, 25);
    for seen in [0, 1] {
        if let Ok(edges) = d::edge(0, seen).await {
            log.say(&format!("seen {edges}"));
        }
    }
    let _busy = d::sleep(50).await;
    if let Ok(edges) = d::edge(0, 2).await {
        log.say(&format!("seen {edges}"));
    }
}

/// All programs of this file, for who runs them in another way (`torment/`).
macro_rules! programs {
    ($($task:ident),* $(,)?) => {
        pub(crate) const PROGRAMS: &[(&str, fn(&'static Log))] =
            &[$((stringify!($task), |log| d::block_on(log.world, $task(log)))),*];
    };
}

programs![
    sleeps,
    races,
    ties,
    joins,
    timeouts,
    channels,
    locks,
    semaphores,
    holds,
    holds_too_long,
    scopes,
    bodies,
    cancels,
    nested,
    window,
    cleanups,
    wrappers,
    edges
];

#[test]
fn the_list_of_programs_is_whole() {
    assert_eq!(include_str!("suite.rs").matches("\ntrace!(").count(), PROGRAMS.len());
}
