//! Every foreign call of this design misbehaves in turn; see `workloads/conformance/torment`.

extern crate design_poll as design;

/// Lets every foreign call reach what may be reached from there: here children borrow, and only
/// what they capture can.
macro_rules! everywhere {
    ($deeds:expr) => {
        let _ = &$deeds;
    };
}

#[path = "../../../workloads/conformance/torment/mod.rs"]
mod torment;

use std::future::{Future, poll_fn};
use std::pin::Pin;

use contract::World;
use design::{self as d, Group, Heap, Inline, Slots, Stream};
use torment::foreign::{Foreign, Value, caught, foreign};
use torment::parts::PARTS;

type Op = Foreign<Pin<Box<dyn Future<Output = Value<u32>>>>>;

fn op(ms: u32) -> Op {
    foreign(Box::pin(async move {
        let _passed = foreign(d::sleep(ms)).await;
        Value::new(ms)
    }))
}

fn group<A: Slots<Op>>(world: &'static World) {
    let root = async {
        let mut group: Pin<Box<Group<Op, A>>> = Box::pin(Group::new());
        let mut keys = Vec::new();
        for ms in 0..3 {
            let inserted = caught(async { group.as_mut().insert(op(ms)).ok() }).await.flatten();
            keys.extend(inserted);
        }
        if let Some(key) = keys.pop() {
            let _cancelled = caught(async { group.as_mut().cancel(key) }).await;
        }
        while !group.is_empty() {
            let next = poll_fn(|cx| group.as_mut().poll_next(cx));
            let _item = caught(foreign(next)).await;
        }
    };
    d::block_on(world, foreign(root));
}

#[test]
fn every_foreign_call_misbehaves() {
    let mut parts = PARTS.to_vec();
    parts.push(("group in the frame", group::<Inline<Op, 3>>));
    parts.push(("group on the heap", group::<Heap<Op>>));
    torment::torment("poll", &parts);
}

#[cfg(plant)]
#[test]
fn planted_faults_are_found() {
    torment::finds_planted_faults("every_foreign_call_misbehaves", &[1, 2, 3, 4, 5]);
}
