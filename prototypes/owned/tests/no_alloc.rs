//! Tasks in a static pool allocate nothing: a counting allocator around all that they do.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::task::{Poll, Waker};

use contract::World;
use design_owned as d;

struct Counting;

std::thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static KEPT: RefCell<Option<Waker>> = const { RefCell::new(None) };
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

fn world() -> &'static World {
    Box::leak(Box::new(World::new()))
}

async fn double(of: u32) -> u32 {
    let _slept = d::sleep(of).await;
    2 * of
}

d::static_pool!(fn spawn_double(of: u32) -> u32 = double, 3);

static NAPS: d::StaticPool<d::Sleep, 2> = d::StaticPool::new();

#[test]
fn a_task_in_a_pool_allocates_nothing() {
    let world = world();
    let before = ALLOCATIONS.get();
    d::block_on(world, async {
        for round in 1..10 {
            let a = spawn_double(round).expect("room for three");
            let b = spawn_double(round + 1).expect("room for three");
            let nap = NAPS.spawn(d::sleep(round)).expect("room for two");
            assert_eq!(a.await.ok(), Some(2 * round));
            b.abort();
            assert!(b.await.is_err());
            assert!(nap.await.is_ok());
        }
    });
    assert_eq!(ALLOCATIONS.get() - before, 0);
    let boxed = Box::new(0_u8);
    assert_eq!(ALLOCATIONS.get() - before, 1, "the counter counts {boxed}");
}

static ENDLESS: d::StaticPool<std::future::Pending<()>, 1> = d::StaticPool::new();

#[test]
fn a_full_pool_gives_the_future_back() {
    d::block_on(world(), async {
        let first = ENDLESS.spawn(pending()).expect("room for one");
        assert_eq!(ENDLESS.free(), 0);
        let d::Busy(back) = ENDLESS.spawn(pending()).expect_err("no room for two");
        first.abort();
        assert!(first.await.is_err());
        let _second = ENDLESS.spawn(back).expect("the place is free again");
    });
    assert_eq!(ENDLESS.free(), 1, "the end of the run frees the rest");
}

async fn keep_a_waker() {
    poll_fn(|cx| {
        KEPT.set(Some(cx.waker().clone()));
        Poll::Ready(())
    })
    .await;
}

async fn count_polls() -> u32 {
    let mut polls = 0;
    let mut nap = std::pin::pin!(d::sleep(10));
    poll_fn(|cx| {
        polls += 1;
        nap.as_mut().poll(cx).map(|_| polls)
    })
    .await
}

async fn either(keeps: bool) -> u32 {
    if keeps {
        keep_a_waker().await;
        return 0;
    }
    count_polls().await
}

d::static_pool!(fn spawn_either(keeps: bool) -> u32 = either, 1);

#[test]
fn t24_a_stale_waker_does_not_disturb_the_next_task_in_the_place() {
    d::block_on(world(), async {
        let first = spawn_either(true).expect("room for one");
        assert!(first.await.is_ok());
        let second = spawn_either(false).expect("the place is free again");
        let _begun = d::sleep(1).await;
        KEPT.take().expect("the first one kept it").wake();
        assert_eq!(second.await.ok(), Some(2), "begun and ended, nothing else");
    });
}

/// The size of a pool is an argument of a macro, and may be a macro that does not say the same each
/// time that it is expanded.
#[test]
#[should_panic(expected = "a pool and its memory are of one size")]
fn a_pool_is_not_larger_than_its_memory() {
    use d::__private::{PoolMemory, pool_bytes, pool_of};
    static SMALL: PoolMemory<{ pool_bytes::<1, d::Detach, _, _>(&either) }> = PoolMemory::new();
    // SAFETY: no other pool is in it.
    let pool = unsafe { pool_of::<2, d::Detach, _, _, _>(&SMALL, &either) };
    assert_eq!(pool.free(), 2);
}

#[test]
fn a_place_is_taken_until_the_output_is_gone() {
    static READY: d::StaticPool<std::future::Ready<u32>, 1> = d::StaticPool::new();
    d::block_on(world(), async {
        let task = READY.spawn(std::future::ready(3)).expect("room for one");
        let _turn = d::yield_now().await;
        assert!(task.is_finished());
        assert_eq!(READY.free(), 0);
        drop(task);
        assert_eq!(READY.free(), 1);
    });
}
