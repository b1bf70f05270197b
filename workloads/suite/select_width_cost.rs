//! One event in a tree of races polls every leaf of the tree.
//!
//! A balanced tree of two-way races stands over n leaves. One leaf is woken a hundred times by
//! messages and goes on waiting, all others wait for what never comes. A race has one waker, that
//! of its task, so that each wake polls the whole tree.
//!
//! The control has the same leaves as children of a scope, with a waker each. Polls are counted by
//! the counting build.
//!
//! After futures-rs#1603.

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// Message `item` arrived.
pub const ARRIVED: u16 = 1;

const LEAF: u16 = 1;
/// Messages to the first leaf.
const EVENTS: u32 = 100;
/// Leaf polls that one message may cost: those of its sender, of its receiver, and some.
const POLLS: u64 = 8;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "tree", role: Role::Hazard, run: tree, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

type Messages = d::Chan<u32, 1>;

fn tree(world: &'static World, params: &Params) {
    #[cfg(not(target_os = "none"))]
    d::block_on(world, raced(world, params.n));
    #[cfg(target_os = "none")]
    panic!("{world:p}: a tree of {} leaves needs a heap", params.n);
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, children(world, params.n));
}

#[cfg(not(target_os = "none"))]
#[d::task_fn]
async fn raced(world: &'static World, n: u32) {
    d::chan!(messages: u32, 1);
    d::chan!(quiet: u32, 1);
    let leaves = Leaves { world, messages, quiet };
    d::join(leaves.between(0, n), send(messages, quiet)).await;
}

#[cfg(not(target_os = "none"))]
#[derive(Clone, Copy)]
struct Leaves<'a> {
    world: &'static World,
    messages: &'a Messages,
    quiet: &'a Messages,
}

#[cfg(not(target_os = "none"))]
impl<'a> Leaves<'a> {
    /// The tree over the leaves from `first` to `end`.
    fn between(self, first: u32, end: u32) -> d::Boxed<'a, ()> {
        if end - first == 1 {
            let messages = if first == 0 { self.messages } else { self.quiet };
            return d::boxed(receive(self.world, messages));
        }
        let middle = first.midpoint(end);
        let (low, high) = (self.between(first, middle), self.between(middle, end));
        d::boxed(d::task!(async move {
            let _first = d::race(low, high).await;
        }))
    }
}

#[d::task_fn]
async fn children(world: &'static World, n: u32) {
    d::chan!(messages: u32, 1);
    d::chan!(quiet: u32, 1);
    let scope = d::scope!(cap = 256, bytes = 65_536, |scope| {
        for leaf in 0..n {
            let messages = if leaf == 0 { d::share(messages) } else { d::share(quiet) };
            let _child = scope.spawn(receive_shared(world, messages));
        }
    });
    d::join(scope, send(messages, quiet)).await;
}

#[d::task_fn]
async fn receive_shared(world: &'static World, messages: d::Shared<'_, Messages>) {
    receive(world, &messages).await;
}

/// A leaf: waits for messages until there are no more.
#[d::task_fn]
async fn receive(world: &'static World, messages: &Messages) {
    while let Ok(Some(message)) = messages.recv().await {
        world.log(LEAF, ARRIVED, message, 0);
    }
}

#[d::task_fn]
async fn send(messages: &Messages, quiet: &Messages) {
    for message in 0..EVENTS {
        let _waited = d::sleep(1).await;
        let _sent = messages.send(message).await;
    }
    messages.close();
    quiet.close();
}

/// Every message arrives, for at most [`POLLS`] polls of a leaf, and a few for each leaf's
/// beginning and end. Severity: polls beyond that, and messages missing.
pub fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let missing = EVENTS.saturating_sub(ledger.count(ARRIVED));
    let polls = metrics.get(Metric::LeafPolls).unwrap_or(0);
    let allowed = u64::from(EVENTS) * POLLS + u64::from(params.n) * 4;
    let beyond = u32::try_from(polls.saturating_sub(allowed)).unwrap_or(u32::MAX);
    Judged::from_severity(missing.saturating_add(beyond))
}
