//! Operations that have their buffer: awaited, given up, kept beyond their scope. For designs
//! over `core::Future` whose operations outlive them.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use contract::World;
use real as d;

use crate::plain::caught;
use crate::torment::Part;
use crate::torment::foreign::{Value, foreign};
use crate::torment::visits::{Deed, lend, reach};

pub(crate) const PARTS: [Part; 1] = [("given away", given_away)];

type Read = Pin<Box<dyn Future<Output = Value<usize>>>>;

/// A read into a buffer of its own, which is whole when it comes back.
fn read(ms: u32) -> Read {
    Box::pin(async move {
        let mut buffer = d::buf(32);
        let read = d::device_read(&mut buffer, ms).await.unwrap_or(0);
        let bytes = &buffer.as_ref()[..read];
        assert!((0..).zip(bytes).all(|(at, byte)| at == *byte), "memory that is in use");
        Value::new(read)
    })
}

/// One read stands where every foreign call can drop it.
fn given_away(world: &'static World) {
    let stands: &'static RefCell<Option<Read>> = lend(RefCell::new(None));
    let gives_up = move || {
        let gone = stands.try_borrow_mut().ok().and_then(|mut stands| stands.take());
        drop(gone);
    };
    reach(Rc::new(move |deed| {
        if deed == Deed::DropWaiting {
            gives_up();
        }
    }));
    let root = async move {
        let begun = async {
            let mut read = read(9);
            std::future::poll_fn(|cx| {
                let _pending = read.as_mut().poll(cx);
                std::task::Poll::Ready(())
            })
            .await;
            stands.replace(Some(read));
        };
        let _begun = caught(foreign(begun)).await;
        for ms in 1..4 {
            let _first = caught(foreign(d::race(foreign(read(ms)), foreign(d::sleep(2))))).await;
            let both = d::join(foreign(read(1)), foreign(read(ms)));
            let _both = caught(foreign(d::timeout(2, both))).await;
        }
        d::scope!(cap = 2, bytes = 2048, |s| {
            let first = s.spawn(foreign(caught(foreign(read(2)))));
            let _second = s.spawn(foreign(caught(foreign(read(9)))));
            let _ended = caught(foreign(first)).await;
        })
        .await;
        gives_up();
    };
    d::block_on(world, foreign(root));
    gives_up();
}
