//! Tokens: cancelled, dropped and waited for from everywhere.

use std::cell::RefCell;
use std::rc::Rc;

use contract::World;
use real::{self as d, Task, Token};

use crate::plain::{caught, out_of};
use crate::torment::Part;
use crate::torment::foreign::{Captured, Value, foreign};
use crate::torment::visits::{Deed, Kind, lend, reach, visit};

pub(crate) const PARTS: [Part; 3] =
    [("told", told), ("untaken", untaken), ("a token of its own", own_token)];

/// A set that is dropped with outputs that were not taken.
fn untaken(world: &'static World) {
    let root = async {
        let set = Rc::pin(d::JoinSet::new_in());
        for ms in 0..3 {
            let member = foreign(async move { Value::new(ms) });
            let _spawned = caught(async { set.as_ref().spawn(member) }).await;
        }
        let _passed = caught(foreign(d::sleep(1))).await;
        caught(async move { drop(set) }).await;
    };
    d::block_on(world, foreign(root));
}

/// Tasks that look at their token, wait for it, or never look; their handles are dropped and
/// aborted from every foreign call.
fn told(world: &'static World) {
    let slot: &'static RefCell<Vec<Task<Value<u32>>>> = lend(RefCell::new(Vec::new()));
    let take = move || slot.try_borrow_mut().ok().and_then(|mut all| all.pop());
    reach(Rc::new(move |deed| match deed {
        Deed::DropHandle => drop(take()),
        Deed::Cancel => take().iter().for_each(Task::abort),
        _ => {}
    }));
    let root = async move {
        let program = |token: Token| {
            visit(Kind::Closure, None);
            let captured = Captured::new(Rc::new(|_| {}));
            foreign(async move {
                let step = foreign(async { Value::new(foreign(d::sleep(2)).await) });
                let step = out_of(token.run_until(step)).await;
                foreign(d::race(token.cancelled(), d::sleep(6))).await;
                // All that is foreign is gone before the output is there: the compiler forgets an
                // output when what is dropped after it panics (rust-lang/rust#47949).
                let told = u32::from(token.is_cancelled());
                drop(step);
                drop(captured);
                drop(token);
                Value::new(told)
            })
        };
        for _ in 0..2 {
            #[expect(clippy::async_yields_async, reason = "the handle is what is asked for")]
            let spawned = caught(async { d::spawn_with(program) }).await;
            slot.borrow_mut().extend(spawned);
        }
        let never_looks = foreign(async {
            let _passed = foreign(d::sleep(3)).await;
            Value::new(9)
        });
        slot.borrow_mut().push(d::spawn(never_looks));
        let _passed = caught(foreign(d::sleep(1))).await;
        take().iter().for_each(Task::abort);
        if let Some(task) = take() {
            let _output = caught(out_of(task.cancelled())).await;
        }
        while let Some(task) = take() {
            let _outcome = caught(out_of(task)).await;
        }
    };
    d::block_on(world, foreign(root));
    while let Some(task) = take() {
        drop(task);
    }
}

/// One token, whose clones are waited for in tasks and in the root, cancelled from every call.
fn own_token(world: &'static World) {
    let token: &'static RefCell<Option<Token>> = lend(RefCell::new(None));
    let clone = move || token.try_borrow().ok().and_then(|token| token.clone());
    reach(Rc::new(move |deed| match deed {
        Deed::Cancel | Deed::Close => clone().iter().for_each(Token::cancel),
        Deed::DropHandle => drop(token.try_borrow_mut().ok().and_then(|mut token| token.take())),
        _ => {}
    }));
    let root = async move {
        let kept = Token::new();
        token.replace(Some(kept.clone()));
        let waits = |ms| {
            let token = kept.clone();
            foreign(caught(async move {
                let _step = out_of(token.run_until(foreign(d::sleep(ms)))).await;
                foreign(token.cancelled()).await;
                Value::new(ms)
            }))
        };
        let (a, b) = (d::spawn(waits(1)), d::spawn(waits(9)));
        let gives_up = foreign(d::timeout(1, foreign(kept.cancelled())));
        let _gave_up = caught(gives_up).await;
        let _passed = caught(foreign(d::sleep(2))).await;
        // Whatever a waker does here, every other party hears of it.
        let cancels = caught(async { kept.cancel() });
        cancels.await;
        let _ended = (caught(foreign(a)).await, caught(foreign(b)).await);
    };
    d::block_on(world, foreign(root));
}
