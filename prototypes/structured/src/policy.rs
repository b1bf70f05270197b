//! What the end of a child means for its scope, and what the scope answers.
//!
//! Only two things count: whether the children are asked to end, and what is said in the end.
//! No policy takes an output away: the body's is in the answer, a child's is in its handle.

use core::cell::Cell;
use core::fmt;

use design_completion::__parts::{Family, Judge, Panic};
use kernel::wake::handle::Handle;

/// When a scope asks its children to end, and what it answers.
///
/// A child that is started with [`spawn_result`](crate::Scope::spawn_result) fails with an
/// `Err`; every other output is a success. An error of a child that had been asked to end is
/// no failure. Whatever a policy asks for, the scope waits until all have ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// The first failure asks the others *and the body* to end. A panic does the same, and goes
    /// on when all have ended. (`coroutineScope` of Kotlin, a state of Trio.)
    #[default]
    AllOrFail,
    /// The first success asks the other children to end. A failure, and a panic too, concerns
    /// its handle alone, unless no child succeeds. (`anySuccessfulResultOrThrow` of Java.)
    FirstSuccess,
    /// The end of a child concerns its handle alone, a panic included. (`supervisorScope` of
    /// Kotlin.)
    Supervise,
    /// All run to their ends, and the answer counts the failures. The first panic goes on when
    /// all have ended. (`awaitAll` of Java's joiners.)
    AwaitAll,
}

/// Why a scope did not go as its policy wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// [`Policy::AllOrFail`]: a child failed.
    ChildFailed,
    /// [`Policy::FirstSuccess`]: children failed and none succeeded.
    NoneSucceeded,
    /// [`Policy::AwaitAll`]: so many children failed.
    Failures(u32),
    /// The deadline passed before body and children had ended.
    Elapsed,
}

/// What a scope answers when it did not go as its policy wants. The body has ended like the
/// children, so its output is there, and nothing that it had taken is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeError<R> {
    /// What went wrong first.
    pub why: Why,
    /// What the body was ready with.
    pub output: R,
}

impl<R> fmt::Display for ScopeError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.why {
            Why::ChildFailed => f.write_str("a child failed"),
            Why::NoneSucceeded => f.write_str("no child succeeded"),
            Why::Failures(failures) => write!(f, "{failures} children failed"),
            Why::Elapsed => f.write_str("the deadline of the scope passed"),
        }
    }
}

impl<R: fmt::Debug> core::error::Error for ScopeError<R> {}

/// Why a child has no output.
#[derive(Debug)]
pub enum Ended {
    /// It was asked to end before it began, or its scope is over.
    Cancelled,
    /// It panicked. The panic is here if the policy leaves it to the handle, and otherwise goes
    /// on in the scope.
    Panicked(Option<Panic>),
}

/// What a scope keeps of its children and of what is asked of its body.
pub(crate) struct Tally {
    policy: Cell<Policy>,
    failed: Cell<u32>,
    succeeded: Cell<u32>,
    why: Cell<Option<Why>>,
    body_asked: Cell<bool>,
    /// Names the body in the tree of wakes.
    body: Handle,
}

impl Tally {
    pub(crate) fn new(body: Handle) -> Tally {
        Tally {
            policy: Cell::new(Policy::AllOrFail),
            failed: Cell::new(0),
            succeeded: Cell::new(0),
            why: Cell::new(None),
            body_asked: Cell::new(false),
            body,
        }
    }

    pub(crate) fn follow(&self, policy: Policy) {
        self.policy.set(policy);
    }

    /// Asks children and body to end. Wakes them: cancellation is a mode of polls, so
    /// what is asked has to be polled.
    pub(crate) fn ask_all(&self, family: &Family) {
        family.cancel();
        if !self.body_asked.replace(true) {
            self.body.wake();
        }
    }

    /// As [`Tally::ask_all`], for a reason that the scope answers with unless there is one.
    pub(crate) fn break_off(&self, family: &Family, why: Why) {
        if self.why.get().is_none() {
            self.why.set(Some(why));
        }
        self.ask_all(family);
    }

    /// A panic that no handle gets goes on when all have ended.
    #[cold]
    pub(crate) fn panicked(&self, family: &Family, panic: Panic) {
        family.keep(panic);
        if self.policy.get() == Policy::AllOrFail {
            self.ask_all(family);
        }
    }

    pub(crate) fn is_body_asked(&self) -> bool {
        self.body_asked.get()
    }

    /// What the scope answers beside the body's output.
    pub(crate) fn verdict(&self) -> Option<Why> {
        self.why.get().or(match (self.policy.get(), self.failed.get(), self.succeeded.get()) {
            (Policy::FirstSuccess, 1.., 0) => Some(Why::NoneSucceeded),
            (Policy::AwaitAll, failures @ 1.., _) => Some(Why::Failures(failures)),
            _ => None,
        })
    }

    fn count(&self, family: &Family, failed: bool, asked: bool) {
        let counter = if failed { &self.failed } else { &self.succeeded };
        if failed && asked {
            return;
        }
        counter.set(counter.get().saturating_add(1));
        match self.policy.get() {
            Policy::AllOrFail if failed => self.break_off(family, Why::ChildFailed),
            Policy::FirstSuccess if !failed => family.cancel(),
            _ => {}
        }
    }
}

/// Counts the end of one child. Lives in the child, so the tally outlives it.
pub(crate) struct Counted<T> {
    tally: *const Tally,
    fails: fn(&T) -> bool,
}

impl<T> Counted<T> {
    /// # Safety
    /// The tally outlives it.
    pub(crate) unsafe fn new(tally: &Tally, fails: fn(&T) -> bool) -> Counted<T> {
        Counted { tally, fails }
    }

    fn tally(&self) -> &Tally {
        // SAFETY: outlives this by the promise of `new`.
        unsafe { &*self.tally }
    }
}

impl<T> Judge<T> for Counted<T> {
    type Output = Result<T, Ended>;

    fn ready(&self, family: &Family, output: T, asked: bool) -> Result<T, Ended> {
        self.tally().count(family, (self.fails)(&output), asked);
        Ok(output)
    }

    fn panicked(&self, family: &Family, panic: Panic) -> Result<T, Ended> {
        let tally = self.tally();
        match tally.policy.get() {
            Policy::AllOrFail | Policy::AwaitAll => {
                tally.panicked(family, panic);
                Err(Ended::Panicked(None))
            }
            // A panic is a failure also of a child that had been asked to end.
            Policy::FirstSuccess | Policy::Supervise => {
                tally.count(family, true, false);
                Err(Ended::Panicked(Some(panic)))
            }
        }
    }
}
