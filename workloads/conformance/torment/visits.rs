//! Foreign calls are counted, and the one that was chosen misbehaves.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::task::Waker;

use super::panics;

/// What kind of foreign code is called.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    CloneWaker,
    Wake,
    WakeByRef,
    DropWaker,
    Poll,
    DropFuture,
    DropOutput,
    DropCaptured,
    Closure,
}

pub(crate) const KINDS: [Kind; 9] = [
    Kind::CloneWaker,
    Kind::Wake,
    Kind::WakeByRef,
    Kind::DropWaker,
    Kind::Poll,
    Kind::DropFuture,
    Kind::DropOutput,
    Kind::DropCaptured,
    Kind::Closure,
];

/// How it misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Not at all: counts.
    Nothing,
    Panic,
    /// Wakes every waker that a poll was ever given.
    Wake,
    /// Starts a run, which is refused inside of one.
    Run,
    /// Closes a channel, gives a permit back, drops a waiting receiver.
    Close,
    Release,
    DropWaiting,
    /// Drops, or cancels, handles of children; cancels all; starts one more.
    DropHandle,
    Cancel,
    CancelAll,
    Spawn,
}

pub(crate) const DEEDS: [Deed; 10] = [
    Deed::Panic,
    Deed::Wake,
    Deed::Run,
    Deed::Close,
    Deed::Release,
    Deed::DropWaiting,
    Deed::DropHandle,
    Deed::Cancel,
    Deed::CancelAll,
    Deed::Spawn,
];

/// What a deed can reach.
pub(crate) type Reach<'a> = Rc<dyn Fn(Deed) + 'a>;

/// What the chosen call panics with.
pub(crate) struct Tormented;

/// What ends a program that goes on and on: a party that looks again and again for what another one
/// does, which has panicked.
pub(crate) struct Endless;

#[derive(Default)]
struct State {
    armed: Cell<bool>,
    count: Cell<u32>,
    kinds: [Cell<u32>; KINDS.len()],
    at: Cell<u32>,
    /// Calls after which polls panic.
    limit: Cell<u32>,
    deed: Cell<Option<Deed>>,
    done: Cell<bool>,
    /// Starts a run beside everything.
    run: Cell<Option<fn()>>,
    /// Values of the harness that have not been dropped.
    alive: Cell<i64>,
    shelf: RefCell<Vec<Waker>>,
    reach: RefCell<Vec<Reach<'static>>>,
    /// From boxes. By pointers: a box that is moved claims that nothing else refers to it.
    lent: RefCell<Vec<*mut dyn Any>>,
}

thread_local! {
    static STATE: State = State::default();
}

/// Foreign code is called. `near` is what it owns itself.
pub(crate) fn visit(kind: Kind, near: Option<&dyn Fn(Deed)>) {
    let deed = STATE.with(|state| {
        if !state.armed.get() {
            return None;
        }
        let count = state.count.get() + 1;
        state.count.set(count);
        let endless = count > state.limit.get() && matches!(kind, Kind::Poll);
        if endless && !std::thread::panicking() {
            resume_unwind(Box::new(Endless));
        }
        let kinds = &state.kinds[kind as usize];
        kinds.set(kinds.get() + 1);
        let chosen = count == state.at.get() && !state.done.replace(count == state.at.get());
        state.deed.get().filter(|_| chosen)
    });
    match deed {
        None | Some(Deed::Nothing) => {}
        // A second panic would end the process, as it should.
        Some(Deed::Panic) if std::thread::panicking() => {}
        Some(Deed::Panic) => resume_unwind(Box::new(Tormented)),
        Some(Deed::Wake) => wake_shelf(),
        Some(Deed::Run) => {
            let inside = kernel::run::context::is_entered();
            let run = STATE.with(|state| state.run.get()).expect("a trial has begun");
            // The refusal is the design's own.
            let run = panics::wanted(|| catch_unwind(AssertUnwindSafe(run)));
            assert_eq!(run.is_err(), inside, "a run is refused inside of one, and nowhere else");
        }
        Some(deed) => {
            if let Some(near) = near {
                near(deed);
            }
            let reach = STATE.with(|state| state.reach.borrow().clone());
            reach.iter().for_each(|reach| reach(deed));
        }
    }
}

pub(crate) fn wake_shelf() {
    let shelf: Vec<Waker> = STATE.with(|state| state.shelf.take());
    shelf.iter().for_each(Waker::wake_by_ref);
    STATE.with(|state| state.shelf.borrow_mut().extend(shelf));
}

/// Keeps a waker for later, for ever as far as the designs can know.
pub(crate) fn keep(waker: &Waker) {
    let wanted = STATE.with(|state| {
        let shelf = state.shelf.borrow();
        state.armed.get() && shelf.len() < 24 && !shelf.iter().any(|kept| kept.will_wake(waker))
    });
    if wanted {
        let waker = waker.clone();
        STATE.with(|state| state.shelf.borrow_mut().push(waker));
    }
}

/// Lets deeds reach something from every foreign call.
pub(crate) fn reach(what: Reach<'static>) {
    STATE.with(|state| state.reach.borrow_mut().push(what));
}

/// A value that lives until the trial has ended.
pub(crate) fn lend<T: 'static>(value: T) -> &'static T {
    let lent = Box::into_raw(Box::new(value));
    STATE.with(|state| state.lent.borrow_mut().push(lent));
    // SAFETY: alive until `end`, which comes after the run that uses it.
    unsafe { &*lent }
}

/// A value of the harness; counted from birth to death.
#[derive(Debug)]
pub(crate) struct Alive(Box<u64>);

const CANARY: u64 = 0x5afe_c0de_5afe_c0de;

impl Alive {
    pub(crate) fn new() -> Alive {
        STATE.with(|state| state.alive.set(state.alive.get() + 1));
        Alive(Box::new(CANARY))
    }

    pub(crate) fn check(&self) {
        assert_eq!(*self.0, CANARY, "memory that is in use");
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.check();
        *self.0 = 0;
        STATE.with(|state| state.alive.set(state.alive.get() - 1));
    }
}

/// Begins a trial: the call number `at` does the deed. `run` starts a run beside everything.
pub(crate) fn begin(at: u32, deed: Deed, run: fn()) {
    STATE.with(|state| {
        state.run.set(Some(run));
        state.count.set(0);
        state.limit.set(u32::MAX);
        state.at.set(at);
        state.deed.set(Some(deed));
        state.done.set(false);
        state.armed.set(true);
    });
}

/// From now on foreign code behaves.
pub(crate) fn disarm() {
    STATE.with(|state| state.armed.set(false));
}

/// Ends the program of this trial after so many calls.
pub(crate) fn limit(calls: u32) {
    STATE.with(|state| state.limit.set(calls));
}

/// Whether a trial is on, in which foreign code may misbehave.
pub(crate) fn is_armed() -> bool {
    STATE.with(|state| state.armed.get())
}

/// Foreign calls of this trial so far.
pub(crate) fn count() -> u32 {
    STATE.with(|state| state.count.get())
}

/// Whether the chosen call was reached.
pub(crate) fn reached() -> bool {
    STATE.with(|state| state.done.get())
}

/// Ends a trial; the values that are left, which should be none.
pub(crate) fn end() -> i64 {
    STATE.with(|state| {
        drop(state.reach.take());
        drop(state.shelf.take());
        // The newest first: it may refer to older ones.
        for lent in state.lent.take().into_iter().rev() {
            // SAFETY: from `lend`, and nothing uses it any more.
            drop(unsafe { Box::from_raw(lent) });
        }
        state.alive.replace(0)
    })
}

/// Calls of each kind so far.
pub(crate) fn visited() -> [u32; KINDS.len()] {
    STATE.with(|state| std::array::from_fn(|kind| state.kinds[kind].get()))
}
