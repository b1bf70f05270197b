//! The window is driven while the body runs: the loop races each body with the group of items and
//! keeps what becomes ready early. No task, no allocation; the order is that of the items.

use core::future::poll_fn;
use core::pin::pin;

use contract::{Case, Params, Role, World};
use design::{self as d, Stream};
use suite::buffered_permit_deadlock::{WINDOW, item, judge, process};

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "hazard", role: Role::Hazard, run, judge }];

fn run(world: &'static World, params: &Params) {
    d::block_on(world, driven_window(world, params.n));
}

async fn driven_window(world: &'static World, n: u32) {
    d::sem!(permits = 1);
    let numbered = |number| async move {
        let _worked = item(world, permits, number).await;
        number
    };
    let mut group = pin!(d::Group::<_, d::Inline<_, WINDOW>>::new());
    let mut numbers = 0..n;
    let mut ready = [false; WINDOW];
    for number in numbers.by_ref().take(WINDOW) {
        let _inserted = group.as_mut().insert(numbered(number));
    }
    for number in 0..n {
        while !core::mem::take(&mut ready[place(number)]) {
            if let Some((_, done)) = poll_fn(|cx| group.as_mut().poll_next(cx)).await {
                ready[place(done)] = true;
            }
        }
        if let Some(next) = numbers.next() {
            let _inserted = group.as_mut().insert(numbered(next));
        }
        let mut body = pin!(process(world, permits, number));
        // Never leave a future unpolled: the window moves while the body waits for its permit.
        loop {
            let next = poll_fn(|cx| group.as_mut().poll_next(cx));
            match d::race(body.as_mut(), next).await {
                d::Either::A(_) => break,
                d::Either::B(Some((_, done))) => ready[place(done)] = true,
                d::Either::B(None) => {
                    let _processed = body.as_mut().await;
                    break;
                }
            }
        }
    }
}

/// Place of an item in the ring of the window.
fn place(number: u32) -> usize {
    number as usize % WINDOW
}
