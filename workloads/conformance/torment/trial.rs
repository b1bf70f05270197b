//! What all trials have: their worlds, a run beside everything, and what must not be left.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;

use contract::World;
use real as d;

use super::visits::{self, KINDS};

thread_local! {
    pub(crate) static WORLD: &'static World = Box::leak(Box::new(World::new()));
    pub(crate) static OTHER: &'static World = Box::leak(Box::new(World::new()));
}

pub(crate) fn fresh(world: &'static std::thread::LocalKey<&'static World>) -> &'static World {
    let world = world.with(|world| *world);
    world.reset();
    world
}

/// A run beside everything.
pub(crate) fn quiet_run() {
    d::block_on(fresh(&OTHER), root_of!(async {}));
}

/// A run in which stale wakers are woken; how often its root is polled.
fn polls_of_a_run() -> u32 {
    let polls = Cell::new(0);
    let root = async {
        let mut nap = pin!(kernel::leaf::sleep::sleep(1));
        poll_fn(|cx| {
            polls.set(polls.get() + 1);
            if polls.get() == 1 {
                visits::wake_shelf();
            }
            nap.as_mut().poll(cx)
        })
        .await;
    };
    d::block_on(fresh(&OTHER), root_of!(root));
    polls.get()
}

/// Ends a trial, and says what it has left: wakers that wake another run, values, nodes beyond
/// those that were taken before.
pub(crate) fn left_over(nodes: usize, wrong: &mut Vec<String>) {
    let polls = polls_of_a_run();
    if polls != 2 {
        wrong.push(format!("a stale waker woke: {polls} polls of a run that takes 2"));
    }
    let alive = visits::end();
    if alive != 0 {
        wrong.push(format!("{alive} values were not dropped"));
    }
    let left = kernel::wake::handle::taken().wrapping_sub(nodes);
    if left != 0 {
        wrong.push(format!("{left} nodes of the waker table were not given back"));
    }
}

/// The foreign calls of each kind until now, for a reader.
pub(crate) fn visited() -> String {
    let kinds = KINDS.iter().zip(visits::visited());
    kinds.map(|(kind, count)| format!("{kind:?} {count}")).collect::<Vec<_>>().join(", ")
}
