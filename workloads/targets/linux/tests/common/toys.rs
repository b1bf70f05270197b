//! Workloads that do one thing each, straight on the contract and the kernel.

mod threads;

use std::cell::Cell;
use std::future::Future;
use std::hint::black_box;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::pin::pin;
use std::task::Context;

use contract::{Case, Judged, Ledger, Load, Metric, Metrics, Params, Role, Workload, World};
use kernel::leaf::sleep::sleep;
use kernel::run::executor::{OnWatchdog, run_on_world};
use runner_linux::registry::Mounted;

/// The only kind of event the toys log.
const SEEN: u16 = 1;

/// Two designs, one of them with a mode and in two variants.
pub(crate) const MOUNTS: &[Mounted] = &[
    Mounted {
        design: "alpha",
        mode: None,
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: &[PLAIN, ENDS, PARTS, SERVES, THREADS],
    },
    Mounted {
        design: "beta",
        mode: Some("m1"),
        variant: "portable",
        runtimes: &["own"],
        workloads: &[PLAIN],
    },
    Mounted {
        design: "beta",
        mode: Some("m1"),
        variant: "expert",
        runtimes: &["own", "other"],
        workloads: &[PLAIN],
    },
];

const fn case(id: &'static str, role: Role, run: fn(&'static World, &Params)) -> Case {
    Case { id, role, run, judge: as_severe_as_events }
}

const PLAIN: Workload = Workload {
    id: "plain",
    cases: &[
        case("fires", Role::Hazard, log_n),
        case("quiet", Role::Control, work),
        Case { id: "jitter", role: Role::Hazard, run: wait_ten, judge: late },
        Case { id: "polls", role: Role::Hazard, run: sleep_n, judge: by_polls },
        Case { id: "heap", role: Role::Control, run: boxes, judge: never },
    ],
};

const ENDS: Workload = Workload {
    id: "ends",
    cases: &[
        case("control-fires", Role::Control, log_n),
        case("overflow", Role::Hazard, overflow),
        case("panics", Role::Hazard, panics),
        case("control-panics", Role::Control, panics),
        case("fickle", Role::Hazard, fickle),
        Case { id: "deadlock", role: Role::Hazard, run: deadlock, judge: never },
        Case { id: "control-deadlock", role: Role::Control, run: deadlock, judge: never },
        Case { id: "deadlock-judged", role: Role::Hazard, run: deadlock, judge: watchdog },
        case("stuck", Role::Hazard, stuck),
        case("stuck-later", Role::Hazard, stuck_when_late),
        Case { id: "bad-judge", role: Role::Hazard, run: work, judge: bad_judge },
        case("exit-at-third", Role::Hazard, exit_at::<3>),
        case("exit-at-fourth", Role::Hazard, exit_at::<4>),
    ],
};

const PARTS: Workload = Workload {
    id: "parts",
    cases: &[
        Case { id: "part", role: Role::Control, run: part, judge: never },
        Case { id: "whole", role: Role::Control, run: steady, judge: never },
        Case { id: "clocks", role: Role::Control, run: looks_at_clocks, judge: never },
        Case { id: "clocks-in-part", role: Role::Control, run: looks_in_part, judge: never },
        Case { id: "copies", role: Role::Control, run: copies, judge: never },
        Case { id: "fills", role: Role::Control, run: fills, judge: never },
        Case { id: "polls", role: Role::Hazard, run: sleep_in_part, judge: by_polls },
        Case { id: "blocks", role: Role::Control, run: blocks_for_ever, judge: never },
    ],
};

const SERVES: Workload = Workload {
    id: "serves",
    cases: &[
        Case { id: "echo", role: Role::Hazard, run: echo, judge: never },
        Case { id: "idle", role: Role::Hazard, run: idle, judge: never },
        Case { id: "hangs-up", role: Role::Hazard, run: hangs_up, judge: never },
    ],
};

const THREADS: Workload = Workload {
    id: "threads",
    cases: &[
        Case { id: "burn", role: Role::Control, run: threads::burn, judge: never },
        Case { id: "wait", role: Role::Control, run: threads::wait, judge: never },
    ],
};

fn as_severe_as_events(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    let seen = ledger.count(SEEN);
    metrics.set(Metric::LostItems, seen.into());
    Judged::from_severity(seen)
}

fn never(_: &Ledger, _: &Params, _: &Metrics) -> Judged {
    Judged::ABSENT
}

fn late(ledger: &Ledger, _: &Params, _: &Metrics) -> Judged {
    Judged::from_severity(ledger.of_kind(SEEN).map(|event| event.at_ms.saturating_sub(10)).sum())
}

fn watchdog(ledger: &Ledger, _: &Params, _: &Metrics) -> Judged {
    Judged::from_severity(u32::from(ledger.watchdog_fired()))
}

/// As `join-width-scaling` does: the severity is a counter's, where there are counters.
fn by_polls(_: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    let polls = metrics.get(Metric::LeafPolls).unwrap_or(0);
    Judged::from_severity(u32::try_from(polls).expect("a few"))
}

fn bad_judge(_: &Ledger, _: &Params, _: &Metrics) -> Judged {
    panic!("the judge is broken")
}

fn log_n(world: &'static World, params: &Params) {
    world.metrics().set(Metric::FutureBytes, 40);
    for item in 0..params.n {
        world.advance_to_us(u64::from(item) * 1000);
        world.log(1, SEEN, item, 0);
    }
}

fn work(_: &'static World, params: &Params) {
    for item in 0..params.n {
        black_box(item);
    }
}

fn wait_ten(world: &'static World, _: &Params) {
    let wait = world.script().interval_us(world.now_us(), 10);
    world.advance_to_us(world.now_us() + wait);
    world.log(1, SEEN, 0, i32::try_from(wait).expect("about ten thousand"));
}

fn sleep_n(world: &'static World, params: &Params) {
    let mut root = pin!(async {
        for _ in 0..params.n {
            sleep(1).await;
        }
    });
    let poll = |cx: &mut Context<'_>| root.as_mut().poll(cx);
    run_on_world(world, OnWatchdog::Drop, poll).expect("sleeping ends");
}

/// `n` times two boxes of 24 bytes, freed before the next two.
fn boxes(_: &'static World, params: &Params) {
    for _ in 0..params.n {
        drop(black_box([black_box(Box::new([0_u8; 24])), Box::new([1_u8; 24])]));
    }
}

/// Costs more before and after its measured part than in it.
fn part(world: &'static World, params: &Params) {
    let before = black_box(vec![1_u8; 100_000]);
    awb_marker_alpha();
    steady(world, &Params { n: 50 });
    world.begin();
    steady(world, params);
    let kept = black_box(Box::new([0_u8; 40]));
    world.end(u64::from(params.n));
    steady(world, &Params { n: 70 });
    drop(black_box((before, kept)));
}

/// `n` times one box, one call of the marker of `alpha` and one system call.
#[inline(never)]
fn steady(_: &'static World, params: &Params) {
    for item in 0..params.n {
        drop(black_box(Box::new(u64::from(item))));
        awb_marker_alpha();
        black_box(rustix::process::getppid());
    }
}

/// `n` times three looks at the clock through libc and two past it, and two system calls.
fn looks_at_clocks(_: &'static World, params: &Params) {
    for _ in 0..params.n {
        for _ in 0..3 {
            black_box(nix::time::clock_gettime(nix::time::ClockId::CLOCK_MONOTONIC))
                .expect("a clock");
        }
        for _ in 0..2 {
            black_box(rustix::time::clock_gettime(rustix::time::ClockId::Monotonic));
            black_box(rustix::process::getppid());
        }
    }
}

/// The same in a measured part, between others of both.
fn looks_in_part(world: &'static World, params: &Params) {
    looks_at_clocks(world, &Params { n: 50 });
    world.begin();
    looks_at_clocks(world, params);
    world.end(u64::from(params.n));
    looks_at_clocks(world, &Params { n: 70 });
}

/// `n` times 64 KiB from one place to another.
fn copies(_: &'static World, params: &Params) {
    let (from, mut to) = (vec![1_u8; 64 << 10], vec![0_u8; 64 << 10]);
    for _ in 0..params.n {
        black_box(&mut to).copy_from_slice(black_box(&from));
    }
}

/// `n` times the same byte to 64 KiB.
fn fills(_: &'static World, params: &Params) {
    let mut to = vec![0_u8; 64 << 10];
    for _ in 0..params.n {
        black_box(&mut to).fill(black_box(3));
    }
}

/// As a design does once in `block_on`.
// SAFETY: no other symbol of this process has this name.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn awb_marker_alpha() {
    black_box(());
}

fn sleep_in_part(world: &'static World, params: &Params) {
    sleep_n(world, params);
    world.begin();
    sleep_n(world, params);
    world.end(u64::from(params.n));
}

fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    (listener, port)
}

/// Gives back what comes on `n` connections until they end.
fn echo(world: &'static World, params: &Params) {
    let (listener, port) = listen();
    world.serving(port, Load::OpenLoop(params.n));
    std::thread::scope(|scope| {
        for _ in 0..params.n {
            let (mut stream, _) = listener.accept().expect("a connection");
            scope.spawn(move || {
                let mut bytes = [0; 1024];
                while let Ok(came @ 1..) = stream.read(&mut bytes) {
                    stream.write_all(&bytes[..came]).expect("a client that reads");
                }
            });
        }
    });
    world.log(1, SEEN, params.n, 0);
}

/// Ends every connection at the first request.
fn hangs_up(world: &'static World, params: &Params) {
    let (listener, port) = listen();
    world.serving(port, Load::OpenLoop(params.n));
    for _ in 0..params.n {
        let (mut stream, _) = listener.accept().expect("a connection");
        drop(stream.read(&mut [0; 64]));
    }
}

/// Holds 16 KiB for each of `n` connections that say nothing.
fn idle(world: &'static World, params: &Params) {
    let (listener, port) = listen();
    world.serving(port, Load::Idle(params.n));
    let mut held = Vec::with_capacity(params.n.try_into().expect("a few"));
    world.begin();
    for _ in 0..params.n {
        let (stream, _) = listener.accept().expect("a connection");
        held.push((stream, black_box(vec![1_u8; 16 << 10].into_boxed_slice())));
    }
    world.end(params.n.into());
    drop(held);
    world.log(1, SEEN, params.n, 0);
}

/// Waits for something that never comes, as a case on a real driver may.
fn blocks_for_ever(_: &'static World, _: &Params) {
    loop {
        std::thread::park();
    }
}

fn overflow(world: &'static World, _: &Params) {
    while !world.ledger().overflowed() {
        world.log(1, SEEN, 0, 0);
    }
}

fn panics(world: &'static World, params: &Params) {
    world.log(1, SEEN, 0, 0);
    let text = black_box(String::from("on the heap"));
    assert!(params.n == 0, "toy of size {} with {text}", params.n);
}

fn fickle(world: &'static World, _: &Params) {
    thread_local!(static CALLS: Cell<i32> = const { Cell::new(0) });
    CALLS.set(CALLS.get() + 1);
    world.log(1, SEEN, 0, CALLS.get());
}

fn deadlock(world: &'static World, _: &Params) {
    world.fire_watchdog();
}

fn stuck(world: &'static World, _: &Params) {
    world.fire_watchdog();
    world.stuck();
}

fn stuck_when_late(world: &'static World, params: &Params) {
    wait_ten(world, params);
    if world.now_us() > 10_000 {
        stuck(world, params);
    }
}

/// Ends the process with code 40 at the `N`-th call, with 50 if the world was not fresh.
fn exit_at<const N: u32>(world: &'static World, _: &Params) {
    thread_local!(static CALLS: Cell<u32> = const { Cell::new(0) });
    CALLS.set(CALLS.get() + 1);
    if !world.ledger().is_empty() {
        std::process::exit(50);
    }
    world.log(1, SEEN, 0, 0);
    if CALLS.get() == N {
        std::process::exit(40);
    }
}
