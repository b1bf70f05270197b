//! Runtime-owned operations over the simulated driver: who owns what, and what an orphan leaves.
#![cfg(all(feature = "io", not(loom)))]

mod ring;

use std::pin::{Pin, pin};

use contract::{CLOSED, OPENED, World};
use kernel::driver::sim::Sim;
use kernel::leaf::runtime_owned::{RuntimeOwned, Totals};
use kernel::leaf::sleep::sleep;
use kernel::run::context;
use ring::{block, forget, once, op_slots};

fn world() -> &'static World {
    forget(Box::new(World::new()))
}

/// What the device did: (kind, number, at).
fn seen(world: &World) -> Vec<(u16, u32, u32)> {
    world.ledger().events().map(|event| (event.kind, event.item, event.at_ms)).collect()
}

#[test]
fn a_claim_is_ready_with_a_resource() {
    let world = world();
    let sim = Sim::new(world, context::edge);
    assert_eq!(
        block(&sim, async {
            (RuntimeOwned::open_resource(10).await, RuntimeOwned::open_resource(5).await)
        }),
        (1, 2)
    );
    assert_eq!(seen(world), [(OPENED, 1, 10), (OPENED, 2, 15)]);
}

#[test]
fn bytes_are_copied_out_and_counted() {
    let sim = Sim::new(world(), context::edge);
    let mut buffer = [9; 6];
    let copied = block(&sim, async {
        let read = RuntimeOwned::device(&mut buffer, 3).await;
        assert_eq!(read, 6);
        context::with(|runtime| runtime.copied())
    });
    assert_eq!((buffer, copied), ([0, 1, 2, 3, 4, 5], 6));
}

#[test]
fn a_slot_is_used_again() {
    let sim = Sim::new(world(), context::edge);
    block(&sim, async {
        let mut buffer = [0; 64];
        for _ in 0..50 {
            assert_eq!(RuntimeOwned::device(&mut buffer, 1).await, 64);
        }
        assert_eq!((op_slots().slots(), op_slots().held_bytes(), op_slots().orphans()), (1, 64, 0));
    });
}

/// Drops an opening of 10 ms after `ms`, and lives on for 50.
fn dropped(world: &'static World, opening: RuntimeOwned<'static>, ms: u32) -> (Totals, u32) {
    block(&Sim::new(world, context::edge), async {
        {
            let mut opening = pin!(opening);
            assert_eq!(once(opening.as_mut()).await, None);
            sleep(ms).await;
        }
        let orphans = op_slots().orphans();
        sleep(50).await;
        assert_eq!(op_slots().orphans(), 0);
        (op_slots().totals(), orphans)
    })
}

#[test]
fn a_cancel_that_wins_opens_nothing() {
    let world = world();
    let (totals, orphans) = dropped(world, RuntimeOwned::open_resource(10), 4);
    assert_eq!(totals, Totals { orphaned: 1, cancels: 1, ..Totals::default() });
    assert_eq!(orphans, 1);
    assert_eq!(seen(world), []);
}

#[test]
fn an_orphan_without_a_cancel_leaks_what_it_opens() {
    let world = world();
    let (totals, _) = dropped(world, RuntimeOwned::open_resource(10).uncancelled(), 4);
    assert_eq!(totals, Totals { orphaned: 1, leaked: 1, ..Totals::default() });
    assert_eq!(seen(world), [(OPENED, 1, 10)]);
}

#[test]
fn a_guarded_orphan_closes_what_it_opens() {
    let world = world();
    let (totals, _) = dropped(world, RuntimeOwned::open_resource(10).uncancelled().guarded(), 4);
    assert_eq!(totals, Totals { orphaned: 1, reclaimed: 1, ..Totals::default() });
    assert_eq!(seen(world), [(OPENED, 1, 10), (CLOSED, 1, 10)]);
}

#[test]
fn what_nobody_looked_at_is_leaked_or_closed_at_once() {
    let world = world();
    let (totals, orphans) = dropped(world, RuntimeOwned::open_resource(10), 12);
    assert_eq!((totals, orphans), (Totals { ignored: 1, leaked: 1, ..Totals::default() }, 0));
    let (totals, _) = dropped(world, RuntimeOwned::open_resource(10).guarded(), 12);
    assert_eq!(totals, Totals { ignored: 1, reclaimed: 1, ..Totals::default() });
    assert_eq!(seen(world), [(OPENED, 1, 10), (OPENED, 2, 72), (CLOSED, 2, 74)]);
}

#[test]
fn a_drop_in_the_tick_of_the_end_loses_the_race() {
    let world = world();
    // The timer of 10 ms fires in the same tick as the opening: the result is there.
    let (totals, _) = dropped(world, RuntimeOwned::open_resource(10), 10);
    assert_eq!(totals.cancels, 0);
    assert_eq!(totals.leaked, 1);
    assert_eq!(seen(world), [(OPENED, 1, 10)]);
}

#[test]
fn orphans_are_gone_before_the_run_ends() {
    let world = world();
    let op_slots = block(&Sim::new(world, context::edge), async {
        let mut opening = Box::pin(RuntimeOwned::open_resource(10).uncancelled().guarded());
        assert_eq!(once(opening.as_mut()).await, None);
        drop(opening);
        op_slots()
    });
    // The run was over at 0 ms; what was left was cancelled by the driver.
    assert_eq!((op_slots.orphans(), op_slots.totals().orphaned, world.now_ms()), (0, 1, 0));
    assert_eq!(seen(world), []);
}

#[test]
fn a_leaf_that_outlives_its_run_gives_its_slot_back() {
    let mut buffer = [0; 8];
    let mut leaf = Box::pin(RuntimeOwned::device(&mut buffer, 10));
    let op_slots = block(&Sim::new(world(), context::edge), async {
        assert_eq!(once(leaf.as_mut()).await, None);
        op_slots()
    });
    drop(leaf);
    assert_eq!(op_slots.totals(), Totals { ignored: 1, ..Totals::default() });
}

#[test]
fn a_forgotten_leaf_keeps_its_slot_and_nothing_else() {
    let sim = Sim::new(world(), context::edge);
    block(&sim, async {
        let mut buffer = [0; 8];
        {
            let leaf = forget(Box::new(RuntimeOwned::device(&mut buffer, 10)));
            assert_eq!(once(Pin::new(leaf)).await, None);
        }
        buffer[0] = 7;
        sleep(20).await;
        // The device wrote into the slot, not into what the leaf had borrowed.
        assert_eq!(buffer, [7, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(RuntimeOwned::open_resource(1).await, 1);
        assert_eq!(op_slots().slots(), 2);
    });
}

#[test]
fn only_a_leased_drop_makes_the_device_write_into_memory_that_is_gone() {
    let world = world();
    for (leased, stale) in [(false, 0), (true, 1)] {
        let before = world.device().stale_writes();
        block(&Sim::new(world, context::edge), async {
            let mut buffer = [0; 8];
            {
                let read = RuntimeOwned::device(&mut buffer, 10).uncancelled();
                let mut read = pin!(if leased { read.leased() } else { read });
                assert_eq!(once(read.as_mut()).await, None);
                sleep(4).await;
            }
            sleep(20).await;
            assert_eq!(op_slots().totals().lost_bytes, 8);
        });
        assert_eq!(world.device().stale_writes() - before, stale);
    }
}

#[test]
#[should_panic(expected = "a leaf is not polled after it was ready")]
fn a_leaf_is_ready_once() {
    block(&Sim::new(world(), context::edge), async {
        let mut opening = Box::pin(RuntimeOwned::open_resource(1));
        assert_eq!(opening.as_mut().await, 1);
        opening.await
    });
}
