//! The contract's own promises, tested with known answers.

use contract::wire::{Frame, Tag};
use contract::{
    CANCELLED, CLOSED, Drivers, Event, Lease, Load, Metric, OPENED, Region, USED, WATCHDOG_MS,
    World,
};

fn world() -> &'static World {
    Box::leak(Box::new(World::new()))
}

#[test]
fn receipt_of_nothing_is_the_fnv_offset() {
    assert_eq!(world().ledger().receipt(), 0xcbf2_9ce4_8422_2325);
}

#[test]
fn receipt_depends_on_every_field_and_on_order() {
    let base = Event { at_ms: 1, actor: 2, kind: 3, item: 4, value: 5 };
    let receipts: Vec<u64> = [
        vec![base],
        vec![Event { at_ms: 9, ..base }],
        vec![Event { actor: 9, ..base }],
        vec![Event { kind: 9, ..base }],
        vec![Event { item: 9, ..base }],
        vec![Event { value: -5, ..base }],
        vec![base, Event { item: 9, ..base }],
        vec![Event { item: 9, ..base }, base],
    ]
    .into_iter()
    .map(|events| {
        let world = world();
        for event in events {
            world.ledger().log(event);
        }
        world.ledger().receipt()
    })
    .collect();
    for (i, a) in receipts.iter().enumerate() {
        assert!(!receipts[i + 1..].contains(a), "receipt {i} is not unique");
    }
}

#[test]
fn the_judge_stops_at_the_watchdog() {
    let world = world();
    world.log(1, 7, 0, 0);
    world.fire_watchdog();
    world.log(1, 7, 1, 0);
    assert_eq!(world.ledger().count(7), 1);
    assert_eq!(world.ledger().len(), 3);
    assert!(world.ledger().watchdog_fired());
    assert_eq!(world.now_ms(), WATCHDOG_MS);
}

#[test]
fn a_full_ledger_says_so() {
    let world = world();
    while !world.ledger().overflowed() {
        world.log(0, 1, 0, 0);
    }
    world.reset();
    assert!(world.ledger().is_empty());
    assert!(!world.ledger().overflowed());
}

#[test]
fn schedule_zero_is_the_script_as_written() {
    let world = world();
    world.script().choose(0, 50);
    assert_eq!(world.script().interval_us(123, 10), 10_000);
    assert_eq!(world.script().tie(5, 3), 3);
}

#[test]
fn jitter_stays_within_its_percentage_and_depends_on_start_and_length_only() {
    let world = world();
    world.script().choose(7, 20);
    let mut seen = std::collections::BTreeSet::new();
    for start in 0..1000 {
        let length = world.script().interval_us(start, 10);
        assert!((8_000..=12_000).contains(&length), "{length}");
        assert_eq!(length, world.script().interval_us(start, 10));
        seen.insert(length);
    }
    assert!(seen.len() > 500, "jitter should spread, saw {} lengths", seen.len());
}

#[test]
fn a_line_is_silent_at_the_end_of_the_clock() {
    for end_us in [u64::MAX, u64::MAX - 100, u64::MAX / 2] {
        let world = world();
        world.start_line(0, 60_000);
        world.advance_to_us(end_us);
        world.start_line(1, 5);
        let [first, second] = [0, 1].map(|line| {
            let line = &world.lines()[line];
            (line.arrive(end_us, world.script()), line.edges(), line.next_at_us())
        });
        assert_eq!((first, second), ((true, 119, None), (false, 0, None)), "{end_us}");
    }
}

#[test]
fn the_device_answers_every_submission_once() {
    let device = world().device();
    let first = device.submit(Lease(1), 8, 50).expect("idle");
    let second = device.submit(Lease(2), 4, 30).expect("idle");
    assert_eq!(device.next_at_us(), Some(30));
    assert_eq!(device.take_done(29), None);
    assert_eq!(device.take_done(60), Some((second, Lease(2), 4)));
    assert_eq!(device.take_done(60), Some((first, Lease(1), 8)));
    assert_eq!(device.take_done(60), None);
}

#[test]
fn cancel_before_the_due_time_cancels_and_after_it_loses() {
    let device = world().device();
    let early = device.submit(Lease(1), 8, 50).expect("idle");
    device.cancel(early, 10);
    assert_eq!(device.take_done(10), Some((early, Lease(1), CANCELLED)));
    let due = device.submit(Lease(2), 8, 50).expect("idle");
    device.cancel(due, 50);
    assert_eq!(device.take_done(50), Some((due, Lease(2), 8)));
    device.cancel(due, 51);
    assert_eq!(device.take_done(99), None, "a finished id is dead");
}

#[test]
fn a_write_through_a_lease_that_has_ended_is_counted() {
    let device = world().device();
    let (kept, ended) = (device.lend().unwrap(), device.lend().unwrap());
    for lease in [kept, ended, Lease(0)] {
        device.submit(lease, 8, 10).unwrap();
    }
    device.end(ended);
    device.end(ended);
    assert!(device.is_live(kept) && !device.is_live(ended));
    while device.take_done(10).is_some() {}
    assert_eq!(device.stale_writes(), 1);
}

#[test]
fn a_place_for_a_lease_is_used_again_under_another_generation() {
    let device = world().device();
    let first = device.lend().unwrap();
    device.end(first);
    let second = device.lend().unwrap();
    assert_ne!(first, second);
    assert!(!device.is_live(first) && device.is_live(second));
    let more = std::iter::from_fn(|| device.lend()).count();
    device.end(second);
    assert_eq!((more, device.lend().is_some(), device.lend().is_some()), (31, true, false));
}

#[test]
fn a_cancelled_operation_writes_nothing() {
    let device = world().device();
    let lease = device.lend().unwrap();
    let id = device.submit(lease, 8, 10).unwrap();
    device.end(lease);
    device.cancel(id, 5);
    assert_eq!(device.take_done(5), Some((id, lease, CANCELLED)));
    assert_eq!(device.stale_writes(), 0);
}

#[test]
fn resources_are_numbered_and_logged() {
    let world = world();
    let (first, second) = (world.open(), world.open());
    world.use_resource(second);
    world.close(first);
    let seen: Vec<_> = world.ledger().events().map(|event| (event.kind, event.item)).collect();
    assert_eq!(seen, [(OPENED, 1), (OPENED, 2), (USED, 2), (CLOSED, 1)]);
    world.reset();
    assert_eq!(world.open(), 1);
}

#[test]
fn metric_ids_match_the_registry_file() {
    let registry = include_str!("../metrics.toml");
    let ids: Vec<&str> = registry
        .lines()
        .filter_map(|line| line.strip_prefix("id = \"")?.strip_suffix('"'))
        .collect();
    assert_eq!(ids, Metric::ALL.iter().map(|metric| metric.id()).collect::<Vec<_>>());
}

#[test]
fn frames_survive_the_wire_and_damage_does_not() {
    let frame = Frame { tag: Tag::Value, id: 21, value: 0x0123_4567_89ab_cdef };
    let bytes = frame.to_bytes();
    assert_eq!(Frame::from_bytes(&bytes), Some(frame));
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes;
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(Frame::from_bytes(&damaged), Some(frame), "bit {bit} went unnoticed");
    }
}

#[test]
fn the_measured_part_has_two_edges_and_a_count() {
    use std::cell::Cell;
    thread_local! { static EDGES: Cell<(u32, u32)> = const { Cell::new((0, 0)) }; }
    let world = World::new();
    world.on_region(Some(Region {
        begin: |_| EDGES.set((EDGES.get().0 + 1, EDGES.get().1)),
        end: |_| EDGES.set((EDGES.get().0, EDGES.get().1 + 1)),
    }));
    assert!(!world.had_region());
    world.begin();
    assert!(!world.had_region(), "it has not ended");
    world.end(7);
    assert!(world.had_region());
    assert_eq!(EDGES.get(), (1, 1));
    assert_eq!(world.metrics().get(Metric::Ops), Some(7));
    world.reset();
    assert!(!world.had_region());
    world.begin();
    world.end(1);
    assert_eq!(EDGES.get(), (2, 2), "the hooks survive a reset");
}

#[test]
#[should_panic(expected = "one measured part")]
fn a_run_has_one_measured_part() {
    let world = World::new();
    world.begin();
    world.end(1);
    world.begin();
}

#[test]
fn serving_tells_the_runner_the_port() {
    use std::cell::Cell;
    thread_local! { static PORT: Cell<u16> = const { Cell::new(0) }; }
    let world = World::new();
    world.serving(1, Load::OpenLoop(1));
    assert!(!world.has_load());
    world.on_serving(Some(|_, port, _| PORT.set(port)));
    world.serving(4711, Load::Idle(2));
    assert_eq!(PORT.get(), 4711);
}

#[test]
fn a_run_that_names_no_drivers_gets_all_even_after_one_that_did() {
    let world = world();
    assert_eq!(world.drivers(), Drivers::ALL);
    world.uses(Drivers::SOCKETS);
    assert_eq!(world.drivers(), Drivers::SOCKETS);
    world.reset();
    assert_eq!(world.drivers(), Drivers::ALL);
}
