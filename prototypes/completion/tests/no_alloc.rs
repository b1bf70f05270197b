//! No operation allocates: a counting allocator around every combinator, heap boxes excepted.

extern crate design_completion as design;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

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

#[d::task_fn]
async fn everything() -> u32 {
    d::chan!(ch: u32, 1);
    d::lock!(l = 0_u32);
    d::sem!(s = 1);
    let mut buffer = [0; 32];
    let mut sum = 0;
    for round in 0..10 {
        let sender = d::task!(async move { ch.send(round).await.is_ok() });
        let (sent, received) = d::join(sender, ch.recv()).await;
        sum += u32::from(sent) + received.ok().flatten().unwrap_or(0);
        let _lost = d::race(d::sleep(2), d::device_read(&mut buffer, 50)).await;
        let _elapsed = d::timeout(1, d::sleep(5)).await;
        if let Ok(mut guard) = l.lock().await {
            *guard += 1;
        }
        let _permit = s.acquire().await;
        let children = d::scope!(cap = 2, bytes = 1024, |scope| {
            let child = scope.spawn(d::task!(async { d::sleep(1).await.is_ok() }));
            let cancelled = scope.spawn(d::sleep(100));
            let done = child.await;
            cancelled.cancel();
            done
        });
        sum += u32::from(children.await == Ok(true));
        let held = d::hold!(d::sleep(3), |h| d::race(h.turn(), d::sleep(1)).await);
        let _turn = held.await;
        let ops = (0..3_u32).map(|_| d::sleep(1));
        d::buffered::<2, _, _, _>(ops, |_| d::task!(async {})).await;
    }
    sum
}

#[test]
fn an_operation_allocates_nothing() {
    let world: &'static World = Box::leak(Box::new(World::new()));
    let before = ALLOCATIONS.get();
    let sum = d::block_on(world, everything());
    assert_eq!(ALLOCATIONS.get() - before, 0);
    assert_eq!(sum, 10 + 45 + 10);
    let boxed = d::block_on(world, d::boxed(d::sleep(0)));
    assert_eq!((boxed, ALLOCATIONS.get() - before), (Ok(()), 1), "the counter counts");
}
