//! What production runtimes carry, as a mode: so that its price is known, and no comparison
//! with them rests on having left it out.
//!
//! - A *cooperative budget* of 128 operations a turn, then a yield ([`BUDGET`]; tokio's number).
//! - *Task ids*, unique in the process ([`Id`], [`current_id`]).
//! - *Panics are caught* per task and kept for the code that joins; [`on_unhandled_panic`] says
//!   whether the run goes on.
//! - *Counters* of the run ([`metrics`]).
//! - *Hooks* for tracing around spawn, polls and end ([`set_hooks`]).
//! - *Remote wake*: a waker may be woken on any thread, and the executor is woken from its
//!   sleep. The ready list and the drivers do that in every mode.
//!
//! Budget, policy, hooks and counters belong to the thread, as the run does. A table of which
//! peer has what is in `DESIGN.md`.

use core::cell::Cell;
use core::fmt;
use core::task::{Context, Poll};
use std::any::Any;
use std::boxed::Box;
use std::panic::{self, AssertUnwindSafe};

use kernel::sync::{AtomicUsize, Ordering};

use crate::aborted::Aborted;
use crate::mode::{Mode, sealed};
use crate::token::Token;

/// Operations that a turn may complete before it has to yield.
pub const BUDGET: u8 = 128;

/// Dropping a handle lets its task go on, and everything in the [module](self)'s list is paid.
#[derive(Clone, Copy, Debug)]
pub enum Production {}

/// Names a task; unique in the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id(usize);

impl Id {
    fn next() -> Id {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        Id(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a panic of a task does to the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnPanic {
    /// Nothing: the code that joins the task gets the panic.
    #[default]
    Keep,
    /// It ends the run, as it does in the other modes.
    Shutdown,
}

/// Called with the id of a task. Must not panic.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hooks {
    /// A task was made.
    pub spawned: Option<fn(Id)>,
    /// A task is about to be polled.
    pub before_poll: Option<fn(Id)>,
    /// A task was polled.
    pub after_poll: Option<fn(Id)>,
    /// A task has ended.
    pub ended: Option<fn(Id)>,
}

impl Hooks {
    const NONE: Hooks = Hooks { spawned: None, before_poll: None, after_poll: None, ended: None };
}

/// Counters of a thread, since it began or since [`reset`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Tasks that were made.
    pub spawned: u64,
    /// Tasks that have ended.
    pub ended: u64,
    /// Polls of tasks.
    pub polls: u64,
    /// Panics that were caught.
    pub panics: u64,
    /// Operations that were put off because the budget of their turn was spent.
    pub forced_yields: u64,
}

struct Thread {
    /// Operations left in this turn.
    budget: Cell<u8>,
    current: Cell<Option<Id>>,
    on_panic: Cell<OnPanic>,
    hooks: Cell<Hooks>,
    metrics: Cell<Metrics>,
}

std::thread_local! {
    static THREAD: Thread = const {
        Thread {
            budget: Cell::new(BUDGET),
            current: Cell::new(None),
            on_panic: Cell::new(OnPanic::Keep),
            hooks: Cell::new(Hooks::NONE),
            metrics: Cell::new(Metrics {
                spawned: 0,
                ended: 0,
                polls: 0,
                panics: 0,
                forced_yields: 0,
            }),
        }
    };
}

fn count(add: impl FnOnce(&mut Metrics)) {
    THREAD.with(|thread| {
        let mut metrics = thread.metrics.get();
        add(&mut metrics);
        thread.metrics.set(metrics);
    });
}

fn call(which: impl FnOnce(&Hooks) -> Option<fn(Id)>, id: Id) {
    if let Some(hook) = THREAD.with(|thread| which(&thread.hooks.get())) {
        hook(id);
    }
}

/// The id of the task that is being polled on this thread.
#[must_use]
pub fn current_id() -> Option<Id> {
    THREAD.with(|thread| thread.current.get())
}

/// Says what panics of tasks do, from now on, on this thread.
pub fn on_unhandled_panic(policy: OnPanic) {
    THREAD.with(|thread| thread.on_panic.set(policy));
}

/// Sets the hooks of this thread.
pub fn set_hooks(hooks: Hooks) {
    THREAD.with(|thread| thread.hooks.set(hooks));
}

/// The counters of this thread.
#[must_use]
pub fn metrics() -> Metrics {
    THREAD.with(|thread| thread.metrics.get())
}

/// Sets counters, hooks and policy of this thread back to what they were at first.
pub fn reset() {
    THREAD.with(|thread| {
        thread.metrics.set(Metrics::default());
        thread.hooks.set(Hooks::default());
        thread.on_panic.set(OnPanic::Keep);
    });
}

/// Gives an operation back that was charged and made no progress.
pub(crate) fn refund() {
    THREAD.with(|thread| thread.budget.set(thread.budget.get().saturating_add(1)));
}

impl From<Box<dyn Any + Send>> for Aborted {
    fn from(payload: Box<dyn Any + Send>) -> Aborted {
        Aborted::panicked(payload)
    }
}

impl sealed::Sealed for Production {}

impl Mode for Production {
    const CANCEL_ON_DROP: bool = false;
    const HAS_HOOKS: bool = true;
    type Extra = Id;
    type Panic = Box<dyn Any + Send>;

    fn spawned(_: Option<Token>) -> Id {
        let id = Id::next();
        count(|metrics| metrics.spawned += 1);
        call(|hooks| hooks.spawned, id);
        id
    }

    fn turn<R>(id: &Id, f: impl FnOnce() -> R) -> Result<R, Self::Panic> {
        count(|metrics| metrics.polls += 1);
        call(|hooks| hooks.before_poll, *id);
        let outer = THREAD.with(|thread| {
            thread.budget.set(BUDGET);
            thread.current.replace(Some(*id))
        });
        let polled = panic::catch_unwind(AssertUnwindSafe(f));
        let policy = THREAD.with(|thread| {
            thread.current.set(outer);
            thread.on_panic.get()
        });
        call(|hooks| hooks.after_poll, *id);
        polled.inspect_err(|_| count(|metrics| metrics.panics += 1)).or_else(|payload| match policy
        {
            OnPanic::Keep => Err(payload),
            OnPanic::Shutdown => panic::resume_unwind(payload),
        })
    }

    fn dropping<R>(f: impl FnOnce() -> R) -> Result<R, Self::Panic> {
        panic::catch_unwind(AssertUnwindSafe(f))
    }

    fn ended(id: &Id) {
        count(|metrics| metrics.ended += 1);
        call(|hooks| hooks.ended, *id);
    }

    fn proceed(cx: &mut Context<'_>) -> Poll<()> {
        let left = THREAD.with(|thread| thread.budget.get());
        let Some(left) = left.checked_sub(1) else {
            count(|metrics| metrics.forced_yields += 1);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        };
        THREAD.with(|thread| thread.budget.set(left));
        Poll::Ready(())
    }

    fn root<R>(f: impl FnOnce() -> R) -> R {
        THREAD.with(|thread| thread.budget.set(BUDGET));
        f()
    }
}
