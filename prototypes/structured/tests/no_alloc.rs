//! No operation allocates: a counting allocator around scopes, holds and windows.

extern crate design_structured as design;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::pin::pin;

use contract::World;
use design as d;

struct Counting;

std::thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: forwards everything to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One round of all that has children.
#[d::task_fn]
async fn round(policy: d::Policy) -> u32 {
    d::chan!(ch: u32, 1);
    let memory = pin!(d::ScopeMem::<2048>::new());
    let scope = d::scope_in(memory, policy, |s| {
        d::task!(async move {
            s.deadline(50);
            let sender = s.spawn(d::task!(async move { ch.send(3).await.is_ok() }));
            let slow = s.spawn_result(d::sleep(1000));
            let received = ch.recv().await.ok().flatten().unwrap_or(0);
            let sent = sender.await == Ok(true);
            slow.cancel();
            received + u32::from(sent)
        })
    });
    let mut sum = scope.await.unwrap_or_else(|broken| broken.output);
    let held = d::hold!(d::sleep(3), |h| {
        let lost = d::race(h.turn(), d::sleep(1)).await;
        (lost, h.turn().await)
    });
    let turns = held.await;
    sum += u32::from(turns == (d::Either::B(Ok(())), Ok(())));
    let ops = (0..3_u32).map(|_| d::sleep(1));
    let bodies = Cell::new(0);
    d::buffered::<2, _, _, _>(ops, |_| {
        bodies.set(bodies.get() + 1);
        d::task!(async {
            let _ = d::sleep(1).await;
        })
    })
    .await;
    sum + bodies.get()
}

#[test]
fn an_operation_allocates_nothing() {
    let world: &'static World = Box::leak(Box::new(World::new()));
    for policy in
        [d::Policy::AllOrFail, d::Policy::FirstSuccess, d::Policy::Supervise, d::Policy::AwaitAll]
    {
        world.reset();
        let before = ALLOCATIONS.get();
        let sum = d::block_on(world, round(policy));
        assert_eq!((sum, ALLOCATIONS.get() - before), (4 + 1 + 3, 0), "{policy:?}");
    }
    let before = ALLOCATIONS.get();
    // Beyond the memory there is the heap, and the counter counts.
    let child = d::scope!(cap = 1, bytes = 0, |s| s.spawn(d::sleep(1)).await);
    assert_eq!(d::block_on(world, child), Ok(Ok(())));
    assert_eq!(ALLOCATIONS.get() - before, 1);
}
