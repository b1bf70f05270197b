//! What differs between runtimes that all spawn: what a dropped handle means, and what is
//! kept of a task and of its panics. A type parameter, so that a mode costs what it does and
//! nothing else.

use core::convert::Infallible;
use core::task::{Context, Poll};

use crate::aborted::Aborted;
use crate::token::Token;

/// A mode of this design. Sealed: they are [`Detach`], [`Cancel`], [`ByToken`] and, with the
/// feature `std`, `Production`.
pub trait Mode: sealed::Sealed + Sized + 'static {
    /// Whether dropping a handle asks for the end of its task. Else the task goes on without it.
    const CANCEL_ON_DROP: bool;
    /// Whether a task whose end was asked for is dropped at its next turn. Else it is told
    /// ([`Mode::asked`]) and goes on.
    #[doc(hidden)]
    const ABORTS: bool = true;
    /// Whether [`Mode::spawned`] runs foreign code.
    #[doc(hidden)]
    const HAS_HOOKS: bool;
    /// What is kept with every task.
    #[doc(hidden)]
    type Extra;
    /// What is kept of a poll that panicked. Uninhabited where panics unwind through the
    /// executor.
    #[doc(hidden)]
    type Panic: Into<Aborted>;

    /// A task is being made, with the token that its program was given, if it was.
    #[doc(hidden)]
    fn spawned(token: Option<Token>) -> Self::Extra;

    /// The end of a task that is not aborted was asked for; it is about to have a turn.
    #[doc(hidden)]
    fn asked(extra: &Self::Extra) {
        let _ = extra;
    }

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

/// The seal of [`Mode`].
pub(crate) mod sealed {
    /// Only the modes of this design have it.
    pub trait Sealed {}
    impl Sealed for super::Detach {}
    impl Sealed for super::Cancel {}
    impl Sealed for super::ByToken {}
}

impl From<Infallible> for Aborted {
    fn from(never: Infallible) -> Aborted {
        match never {}
    }
}

/// Dropping a handle lets its task go on; nothing can join it any more.
#[derive(Clone, Copy, Debug)]
pub enum Detach {}

/// Dropping a handle aborts its task, whose future is dropped at its next turn: *after* the
/// drop of the handle has returned.
#[derive(Clone, Copy, Debug)]
pub enum Cancel {}

/// Nothing ends a task from outside. Dropping a handle, an abort and the end of a scope cancel
/// the [`Token`] that the task's program was given, at the task's next turn; the task ends when
/// the program looks, and one without a token goes on to its own end.
#[derive(Clone, Copy, Debug)]
pub enum ByToken {}

impl Mode for Detach {
    const CANCEL_ON_DROP: bool = false;
    const HAS_HOOKS: bool = false;
    type Extra = ();
    type Panic = Infallible;

    fn spawned(_: Option<Token>) {}

    fn turn<R>(_: &(), f: impl FnOnce() -> R) -> Result<R, Infallible> {
        Ok(f())
    }

    fn dropping<R>(f: impl FnOnce() -> R) -> Result<R, Infallible> {
        Ok(f())
    }
}

impl Mode for Cancel {
    const CANCEL_ON_DROP: bool = true;
    const HAS_HOOKS: bool = false;
    type Extra = ();
    type Panic = Infallible;

    fn spawned(_: Option<Token>) {}

    fn turn<R>(_: &(), f: impl FnOnce() -> R) -> Result<R, Infallible> {
        Ok(f())
    }

    fn dropping<R>(f: impl FnOnce() -> R) -> Result<R, Infallible> {
        Ok(f())
    }
}

impl Mode for ByToken {
    const CANCEL_ON_DROP: bool = true;
    const ABORTS: bool = false;
    const HAS_HOOKS: bool = false;
    type Extra = Option<Token>;
    type Panic = Infallible;

    fn spawned(token: Option<Token>) -> Option<Token> {
        token
    }

    fn asked(token: &Option<Token>) {
        if let Some(token) = token {
            token.cancel();
        }
    }

    fn turn<R>(_: &Option<Token>, f: impl FnOnce() -> R) -> Result<R, Infallible> {
        Ok(f())
    }

    fn dropping<R>(f: impl FnOnce() -> R) -> Result<R, Infallible> {
        Ok(f())
    }
}
