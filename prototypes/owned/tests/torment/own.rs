//! Sets and handles, in reach of every foreign call.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use contract::World;
use real::{self as d, JoinSet, Task};

use crate::plain::caught;
use crate::torment::Part;
use crate::torment::foreign::{Value, foreign};
use crate::torment::visits::{Deed, lend, reach};

pub(crate) const PARTS: [Part; 3] = [("set", set), ("untaken", untaken), ("tasks", tasks)];

type Set = Pin<Rc<JoinSet<Value<u32>>>>;

/// A set whose members end while it is aborted, spawned into, or dropped.
fn set(world: &'static World) {
    let slot: &'static RefCell<Option<Set>> = lend(RefCell::new(None));
    let member = |ms| {
        foreign(async move {
            let _passed = foreign(d::sleep(ms)).await;
            Value::new(ms)
        })
    };
    let drops = move || {
        let set = slot.try_borrow_mut().ok().and_then(|mut slot| slot.take());
        drop(set);
    };
    reach(Rc::new(move |deed| {
        let set = slot.try_borrow().ok().and_then(|slot| slot.clone());
        match deed {
            Deed::DropHandle => {
                drop(set);
                drops();
            }
            Deed::CancelAll => set.iter().for_each(|set| set.abort_all()),
            Deed::Spawn => set.iter().for_each(|set| set.as_ref().spawn(member(1))),
            _ => {}
        }
    }));
    let root = async move {
        let set: Set = Rc::pin(JoinSet::new());
        for ms in 0..3 {
            let _spawned = caught(async { set.as_ref().spawn(member(ms)) }).await;
        }
        slot.replace(Some(set));
        // The set is not held while its next member is awaited: the code that wakes may drop it.
        let held = move || slot.borrow().clone();
        while let Some(set) = held() {
            let mut next = Box::pin(foreign(set.as_ref().join_next()));
            let polled = caught(poll_fn(|cx| Poll::Ready(next.as_mut().poll(cx))));
            match polled.await {
                Some(Poll::Ready(None)) => break,
                Some(Poll::Ready(Some(_))) | None => {}
                Some(Poll::Pending) => {
                    drop(next);
                    drop(set);
                    let _passed = foreign(d::sleep(1)).await;
                }
            }
        }
        drops();
    };
    d::block_on(world, foreign(root));
    drops();
}

/// A set that is dropped with outputs that were not taken.
fn untaken(world: &'static World) {
    let root = async {
        let set: Set = Rc::pin(JoinSet::new());
        for ms in 0..3 {
            let member = foreign(async move { Value::new(ms) });
            let _spawned = caught(async { set.as_ref().spawn(member) }).await;
        }
        let _passed = caught(foreign(d::sleep(1))).await;
        caught(async move { drop(set) }).await;
    };
    d::block_on(world, foreign(root));
}

/// Handles that are dropped, aborted and awaited from everywhere.
fn tasks(world: &'static World) {
    let slot: &'static RefCell<Vec<Task<Value<u32>>>> = lend(RefCell::new(Vec::new()));
    let take = move || slot.try_borrow_mut().ok().and_then(|mut all| all.pop());
    reach(Rc::new(move |deed| match deed {
        Deed::DropHandle => drop(take()),
        Deed::Cancel => take().iter().for_each(Task::abort),
        _ => {}
    }));
    let root = async move {
        for ms in 0..3 {
            let task = d::spawn(foreign(async move {
                let _passed = foreign(d::sleep(ms)).await;
                Value::new(ms)
            }));
            slot.borrow_mut().push(task);
        }
        while let Some(task) = take() {
            let _outcome = caught(foreign(task)).await;
        }
    };
    d::block_on(world, foreign(root));
    while let Some(task) = take() {
        drop(task);
    }
}
