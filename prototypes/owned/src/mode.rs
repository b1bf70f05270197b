//! What differs between runtimes that all spawn: what a dropped handle means, and what is
//! kept of a task and of its panics. A type parameter, so that a mode costs what it does and
//! nothing else.

use core::convert::Infallible;
use core::task::{Context, Poll};

use crate::task::Aborted;

/// A mode of this design. Sealed: the three are [`Detach`], [`Cancel`] and, with the feature
/// `std`, `Parity`.
pub trait Mode: sealed::Sealed + Sized + 'static {
    /// Whether dropping a handle aborts its task. Else the task goes on without it.
    const CANCEL_ON_DROP: bool;
    /// What is kept with every task.
    #[doc(hidden)]
    type Extra;
    /// What is kept of a poll that panicked. Uninhabited where panics unwind through the
    /// executor.
    #[doc(hidden)]
    type Panic: Into<Aborted>;

    /// A task is being made.
    #[doc(hidden)]
    fn spawned() -> Self::Extra;

    /// Runs a poll of a task.
    ///
    /// # Errors
    /// What is kept of a panic.
    #[doc(hidden)]
    fn turn<R>(extra: &Self::Extra, f: impl FnOnce() -> R) -> Result<R, Self::Panic>;

    /// Runs the destructor of a task's future.
    ///
    /// # Errors
    /// What is kept of a panic.
    #[doc(hidden)]
    fn dropping<R>(f: impl FnOnce() -> R) -> Result<R, Self::Panic>;

    /// The task has ended.
    #[doc(hidden)]
    fn ended(extra: &Self::Extra) {
        let _ = extra;
    }

    /// Whether an operation may make progress now. Pending: it asked for another turn.
    #[doc(hidden)]
    fn proceed(cx: &mut Context<'_>) -> Poll<()> {
        let _ = cx;
        Poll::Ready(())
    }

    /// Runs a poll of the root.
    #[doc(hidden)]
    fn root<R>(f: impl FnOnce() -> R) -> R {
        f()
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Detach {}
    impl Sealed for super::Cancel {}
    #[cfg(feature = "std")]
    impl Sealed for crate::parity::Parity {}
}

impl From<Infallible> for Aborted {
    fn from(never: Infallible) -> Aborted {
        match never {}
    }
}

/// Dropping a handle lets its task go on; nobody can join it any more.
#[derive(Clone, Copy, Debug)]
pub enum Detach {}

/// Dropping a handle aborts its task, whose future is dropped at its next turn: *after* the
/// drop of the handle has returned.
#[derive(Clone, Copy, Debug)]
pub enum Cancel {}

impl Mode for Detach {
    const CANCEL_ON_DROP: bool = false;
    type Extra = ();
    type Panic = Infallible;

    fn spawned() {}

    fn turn<R>(_: &(), f: impl FnOnce() -> R) -> Result<R, Infallible> {
        Ok(f())
    }

    fn dropping<R>(f: impl FnOnce() -> R) -> Result<R, Infallible> {
        Ok(f())
    }
}

impl Mode for Cancel {
    const CANCEL_ON_DROP: bool = true;
    type Extra = ();
    type Panic = Infallible;

    fn spawned() {}

    fn turn<R>(_: &(), f: impl FnOnce() -> R) -> Result<R, Infallible> {
        Ok(f())
    }

    fn dropping<R>(f: impl FnOnce() -> R) -> Result<R, Infallible> {
        Ok(f())
    }
}
