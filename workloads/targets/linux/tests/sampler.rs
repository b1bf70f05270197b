//! The block sampler on a clock of our own: structure, orders, when it stops.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use contract::{Params, World};
use record::Taken;
use runner_linux::clock::Clock;
use runner_linux::sampler::{Rival, Settings, Slot, sample};

thread_local! {
    static WALL: Cell<u64> = const { Cell::new(0) };
    static CPU: Cell<u64> = const { Cell::new(0) };
    static SOFTIRQ: Cell<u64> = const { Cell::new(0) };
    /// Which rival every operation was of.
    static CALLS: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// Reading a CPU clock takes time, as the system calls do that it stands for: none of it may
/// be in what a block took.
#[derive(Default)]
struct Scripted;

impl Clock for Scripted {
    fn wall_ns(&self) -> u64 {
        WALL.get()
    }

    fn cpu_ns(&self) -> u64 {
        WALL.set(WALL.get() + 300);
        CPU.get()
    }

    fn softirq_ns(&self) -> u64 {
        WALL.set(WALL.get() + 500);
        CPU.set(CPU.get() + 500);
        SOFTIRQ.get()
    }
}

/// An operation of `n` nanoseconds that nothing disturbs.
fn busy(world: &'static World, params: &Params) {
    WALL.set(WALL.get() + u64::from(params.n));
    CPU.set(CPU.get() + u64::from(params.n));
    CALLS.with_borrow_mut(|calls| calls.push(params.n));
    world.log(1, 1, params.n, 0);
}

/// The same, but the kernel charges a twentieth of it to a softirq thread.
fn charged_elsewhere(world: &'static World, params: &Params) {
    busy(world, params);
    let part = u64::from(params.n) / 20;
    CPU.set(CPU.get() - part);
    SOFTIRQ.set(SOFTIRQ.get() + part);
}

/// The same as the first with as much stolen time as own time.
fn disturbed(world: &'static World, params: &Params) {
    busy(world, params);
    WALL.set(WALL.get() + u64::from(params.n));
}

fn taken(slot: &Slot, i: usize) -> Taken {
    Taken { wall_ns: slot.wall_ns[i], cpu_ns: slot.cpu_ns[i], softirq_ns: slot.softirq_ns[i] }
}

fn world() -> &'static World {
    Box::leak(Box::new(World::new()))
}

fn rival(world: &'static World, run: fn(&'static World, &Params), n: u32) -> Rival {
    let params = Params { n };
    world.reset();
    run(world, &params);
    Rival { run, params, receipt: world.ledger().receipt() }
}

const SETTINGS: Settings = Settings {
    order_seed: 3,
    rounds: 50,
    block_us: 500,
    cap_ms: 10_000,
    least_rounds: 0,
    ceiling_ms: 0,
};

fn three(settings: Settings) -> (Vec<Slot>, Vec<Vec<u32>>) {
    let world = world();
    let rivals = [1_000, 2_000, 5_000].map(|n| rival(world, busy, n));
    let blocks = RefCell::new(Vec::new());
    let slots = sample(world, &Scripted, &rivals, settings, |_| {
        let taken = CALLS.take();
        blocks.borrow_mut().push(taken);
    });
    let mut blocks = blocks.into_inner();
    blocks.push(CALLS.take());
    // The calls before the first block are those that made the receipts; then three
    // calibrations, then blocks.
    (slots, blocks.split_off(4))
}

#[test]
fn every_round_has_one_block_of_every_slot_and_the_twin_of_the_first() {
    let (slots, blocks) = three(SETTINGS);
    let shape: Vec<_> = slots.iter().map(|slot| (slot.rival, slot.aa, slot.ops)).collect();
    assert_eq!(shape, [(0, 0, 500), (1, 0, 250), (2, 0, 100), (0, 1, 500)]);
    for slot in &slots {
        assert_eq!(slot.round, (0..50).collect::<Vec<_>>());
        assert_eq!(slot.wall_ns, vec![500_000; 50]);
        assert_eq!(slot.cpu_ns, vec![500_000; 50]);
        assert_eq!(slot.softirq_ns, vec![0; 50]);
        assert_eq!(slot.wrong_receipt, None);
    }
    assert_eq!(blocks.len(), 4 * 50);
    for round in blocks.chunks(4) {
        let mut lengths: Vec<_> = round.iter().map(|block| (block[0], block.len())).collect();
        lengths.sort_unstable();
        assert_eq!(lengths, [(1_000, 500), (1_000, 500), (2_000, 250), (5_000, 100)]);
        assert!(round.iter().all(|block| block.iter().all(|n| *n == block[0])));
    }
}

#[test]
fn orders_differ_between_rounds_and_between_seeds_and_repeat_with_the_seed() {
    let orders = |seed| -> Vec<Vec<u32>> {
        let (_, blocks) = three(Settings { order_seed: seed, ..SETTINGS });
        blocks.chunks(4).map(|round| round.iter().map(|block| block[0]).collect()).collect()
    };
    let first = orders(3);
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 12, "all orders with the twin");
    assert_eq!(first, orders(3));
    assert_ne!(first, orders(4));
}

#[test]
fn unclean_rounds_are_kept_and_do_not_count() {
    let world = world();
    thread_local!(static BLOCKS: Cell<u32> = const { Cell::new(0) });
    /// Disturbed in the fourth and the fifth block.
    fn sometimes(world: &'static World, params: &Params) {
        if matches!(BLOCKS.get(), 4 | 5) { disturbed(world, params) } else { busy(world, params) }
    }
    let rivals = [rival(world, sometimes, 500_000)];
    let settings = Settings { rounds: 10, ..SETTINGS };
    // The calibration is announced too, so the first block is number 2.
    let slots = sample(world, &Scripted, &rivals, settings, |_| BLOCKS.set(BLOCKS.get() + 1));
    let unclean: Vec<_> = (0..slots[0].round.len())
        .filter(|&i| slots.iter().any(|slot| !taken(slot, i).is_clean()))
        .collect();
    // Two blocks per round: 2 and 3, 4 and 5, and so on.
    assert_eq!(unclean, [1]);
    assert_eq!(slots[0].round.len(), 11);
    assert_eq!(slots[1].round, slots[0].round);
}

#[test]
fn time_that_was_charged_to_softirq_threads_is_not_missing() {
    let world = world();
    fn in_part(world: &'static World, params: &Params) {
        charged_elsewhere(world, params);
        world.begin();
        charged_elsewhere(world, params);
        world.end(1);
    }
    let rivals = [rival(world, charged_elsewhere, 1_000), rival(world, in_part, 2_000)];
    let slots = sample(world, &Scripted, &rivals, SETTINGS, |_| ());
    for slot in &slots {
        assert_eq!(slot.round.len(), 50, "every round is clean");
        assert_eq!(slot.wall_ns, vec![500_000; 50], "and blocks are as long as wanted");
        assert_eq!(slot.cpu_ns, vec![475_000; 50]);
        assert_eq!(slot.softirq_ns, vec![25_000; 50]);
    }
}

#[test]
fn the_cap_ends_it_after_a_whole_round_and_never_before_the_first() {
    let world = world();
    let rivals = [rival(world, disturbed, 500_000), rival(world, busy, 400_000)];
    let slots = sample(world, &Scripted, &rivals, Settings { cap_ms: 20, ..SETTINGS }, |_| ());
    let rounds = slots[0].round.len();
    assert!(rounds > 1 && slots.iter().all(|slot| slot.round.len() == rounds));
    // Two disturbed blocks of 1 ms and one of 0.4 ms per round: the ninth passes the cap.
    assert_eq!(rounds, 9);
    let slots = sample(world, &Scripted, &rivals, Settings { cap_ms: 0, ..SETTINGS }, |_| ());
    assert!(slots.iter().all(|slot| slot.round == [0]));
}

#[test]
fn long_operations_are_sampled_beyond_the_cap_and_never_beyond_the_ceiling() {
    let world = world();
    // Three blocks of 120 ms per round; calibrating takes more than the whole cap.
    let rivals = [rival(world, busy, 120_000_000), rival(world, busy, 120_000_000)];
    let rounds = |cap_ms, least_rounds, ceiling_ms| {
        let settings = Settings { cap_ms, least_rounds, ceiling_ms, ..SETTINGS };
        sample(world, &Scripted, &rivals, settings, |_| ())[0].round.len()
    };
    assert_eq!(rounds(400, 1, 400), 2, "what calibrating took is not in the cap");
    assert_eq!(rounds(400, 8, 60_000), 8, "the cap waits for the least");
    assert_eq!(rounds(400, 8, 1_800), 5, "and the least for nothing beyond the ceiling");
    assert_eq!(rounds(400, 0, 0), 2, "a request without either has a cap as before");
}

#[test]
fn a_very_long_operation_is_calibrated_by_two_calls() {
    let world = world();
    let rivals = [rival(world, busy, 120_000_000)];
    CALLS.take();
    let settings = Settings { rounds: 1, ..SETTINGS };
    let slots = sample(world, &Scripted, &rivals, settings, |_| ());
    assert_eq!((slots[0].ops, CALLS.take().len()), (1, 2 + 2), "and two blocks of one");
}

#[test]
fn a_long_operation_is_a_block_of_its_own() {
    let world = world();
    let rivals = [rival(world, busy, 1_000_001), rival(world, busy, 600_000)];
    let slots = sample(world, &Scripted, &rivals, Settings { rounds: 1, ..SETTINGS }, |_| ());
    assert!(slots.iter().all(|slot| slot.ops == 1));
    let settings = Settings { rounds: 1, block_us: 5_000, ..SETTINGS };
    let slots = sample(world, &Scripted, &rivals, settings, |_| ());
    assert_eq!(slots.iter().map(|slot| slot.ops).collect::<Vec<_>>(), [1, 8, 1]);
}

#[test]
fn of_runs_with_a_measured_part_that_part_is_timed() {
    let world = world();
    /// Sets up for nine times as long as its part takes.
    fn in_part(world: &'static World, params: &Params) {
        busy(world, &Params { n: 9 * params.n });
        world.begin();
        busy(world, params);
        world.end(1);
    }
    /// The same, disturbed while it sets up: no block is unclean for that.
    fn disturbed_before(world: &'static World, params: &Params) {
        disturbed(world, &Params { n: 9 * params.n });
        in_part(world, params);
    }
    let rivals = [rival(world, in_part, 1_000), rival(world, disturbed_before, 2_000)];
    let slots = sample(world, &Scripted, &rivals, SETTINGS, |_| ());
    let ops: Vec<_> = slots.iter().map(|slot| slot.ops).collect();
    assert_eq!(ops, [500, 250, 500]);
    for slot in &slots {
        assert_eq!(slot.wall_ns, vec![500_000; 50]);
        assert_eq!(slot.cpu_ns, vec![500_000; 50]);
        assert_eq!(slot.softirq_ns, vec![0; 50]);
    }
}

#[test]
fn a_wrong_result_is_noticed_and_an_empty_group_is_empty() {
    let world = world();
    let right = rival(world, busy, 9_000);
    let wrong = Rival { receipt: right.receipt ^ 1, ..right };
    let slots = sample(world, &Scripted, &[right, wrong], SETTINGS, |_| ());
    assert_eq!(slots[0].wrong_receipt, None);
    assert_eq!(slots[1].wrong_receipt, Some(right.receipt));
    assert_eq!(slots[2].wrong_receipt, None);
    assert!(sample(world, &Scripted, &[], SETTINGS, |_| ()).is_empty());
}
