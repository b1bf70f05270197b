//! The structures that this design alone has.

use std::future::{Future, poll_fn};
use std::pin::Pin;

use contract::World;
use real::{self as d, Group, Heap, Inline, Slots, Stream};

use crate::plain::caught;
use crate::torment::Part;
use crate::torment::foreign::{Foreign, Value, foreign};

pub(crate) const PARTS: [Part; 2] =
    [("group in the frame", group::<Inline<Op, 3>>), ("group on the heap", group::<Heap<Op>>)];

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
