//! Instructions and allocations of spawn, one yield and join: `valgrind --tool=callgrind
//! --toggle-collect='*measured*' target/release/examples/spawn_cost <form> <window>`, where
//! `form` is task, cancel, production (handles in these modes), scope or set. Divide the collected
//! instructions by 64 000. Run by `examples/spawn_cost.sh`.

#![expect(clippy::print_stdout, reason = "the number of allocations is the answer")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::pin::pin;

use design_owned::{self as d, production::Production};

const TASKS: usize = 64_000;

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

async fn body(n: usize) -> usize {
    let _yielded = d::yield_now().await;
    n
}

/// Handles in a ring: joining the oldest makes room for the next.
async fn handles<M: d::Mode>(window: usize) -> usize {
    let spawn = |n| Some(d::spawn_in::<M, _>(body(n)));
    let mut ring: Vec<_> = (0..window).map(spawn).collect();
    let mut joined = 0;
    for n in 0..TASKS {
        let task = ring[n % window].take().expect("filled before");
        joined += usize::from(task.await.is_ok());
        if n + window < TASKS {
            ring[n % window] = spawn(n);
        }
    }
    joined
}

async fn scopes(window: usize) -> usize {
    for _ in 0..TASKS / window {
        d::scope!(cap = 64, bytes = 0, |scope| {
            for n in 0..window {
                let _child = scope.spawn(body(n));
            }
        })
        .await;
    }
    TASKS
}

async fn sets(window: usize) -> usize {
    let set = pin!(d::JoinSet::new());
    let set = set.into_ref();
    let mut joined = 0;
    for n in 0..TASKS {
        if set.len() == window {
            joined += usize::from(set.join_next().await.is_some_and(|output| output.is_ok()));
        }
        set.spawn(body(n));
    }
    while let Some(output) = set.join_next().await {
        joined += usize::from(output.is_ok());
    }
    joined
}

/// What the profile collects.
#[inline(never)]
fn measured(world: &'static contract::World, form: &str, window: usize) {
    let joined = Cell::new(0);
    let before = ALLOCATIONS.get();
    match form {
        "task" => d::block_on(world, async { joined.set(handles::<d::Detach>(window).await) }),
        "cancel" => d::block_on_in::<d::Cancel>(world, async {
            joined.set(handles::<d::Cancel>(window).await);
        }),
        "production" => d::block_on_in::<Production>(world, async {
            joined.set(handles::<Production>(window).await);
        }),
        "scope" => d::block_on(world, async { joined.set(scopes(window).await) }),
        _ => d::block_on(world, async { joined.set(sets(window).await) }),
    }
    assert_eq!(joined.get(), TASKS);
    println!("{} allocations for {TASKS} tasks", ALLOCATIONS.get() - before);
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let form = arguments.next().unwrap_or_else(|| "task".to_owned());
    let window = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(64);
    measured(Box::leak(Box::new(contract::World::new())), &form, window);
}
