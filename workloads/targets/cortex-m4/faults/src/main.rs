//! One case per way to fail, and sound ones around them: a boot that ends early must cost
//! the cell that ended it and no other.

#![no_std]
#![no_main]

use core::hint::black_box;
use core::sync::atomic::{AtomicU32, Ordering};

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};

const CASES: &[Case] = &[
    case("sound", Role::Hazard, sound),
    case("panic", Role::Hazard, panics),
    case("fault", Role::Hazard, faults),
    case("hang", Role::Hazard, hangs),
    case("fires", Role::Control, sound),
    case("overflow", Role::Hazard, overflows),
    case("stuck", Role::Hazard, stuck),
    case("watchdog", Role::Hazard, watchdog),
    case("differs", Role::Hazard, differs),
];

board::image! { CASES;
    "sound" = 3,
    "panic" = 1,
    "fault" = 1,
    "hang" = 1,
    "fires" = 1,
    "overflow" = 1,
    "stuck" = 1,
    "watchdog" = 1,
    "differs" = 1,
    "sound" = 5,
}

const fn case(id: &'static str, role: Role, run: fn(&'static World, &Params)) -> Case {
    Case { id, role, run, judge }
}

fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    metrics.set(Metric::LostItems, params.n.into());
    Judged::from_severity(ledger.count(1))
}

fn sound(world: &'static World, params: &Params) {
    for item in 0..params.n {
        world.log(1, 1, item, 0);
    }
}

fn panics(_: &'static World, params: &Params) {
    assert_ne!(params.n, 1, "as asked");
}

fn faults(world: &'static World, params: &Params) {
    // Deeper than any stack, and not a tail call.
    let depth = black_box(*params);
    world.log(1, 1, depth.n, 0);
    if depth.n > 0 {
        faults(world, &Params { n: depth.n + 1 });
    }
    black_box(depth);
}

fn hangs(_: &'static World, params: &Params) {
    while black_box(params.n) == 1 {}
}

fn overflows(world: &'static World, _: &Params) {
    for item in 0..10_000 {
        world.log(1, 1, item, 0);
    }
}

fn stuck(world: &'static World, _: &Params) {
    world.stuck();
}

fn watchdog(world: &'static World, _: &Params) {
    world.fire_watchdog();
}

fn differs(world: &'static World, _: &Params) {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    world.log(1, 1, CALLS.fetch_add(1, Ordering::Relaxed), 0);
}
