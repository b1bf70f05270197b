//! The design `owned` in mode [`Parity`]: with what production runtimes carry, so that a
//! comparison with them does not rest on having left it out. The leaves are charged to the
//! budget of the turn; see [`design_owned::parity`] for the list.
//!
//! Names that depend on the mode are declared here and shadow those of the design.

#![no_std]
#![forbid(unsafe_code)]

use contract::World;

pub use design_owned::coop::{Chan, Coop, Lock, Sem, sleep};
#[cfg(feature = "io")]
pub use design_owned::coop::{accept, accept_or, read, read_at, read_exact, write, write_all};
pub use design_owned::parity::Parity;
pub use design_owned::*;

/// The mode that this crate's names are bound to.
pub type Bound = Parity;

/// [`design_owned::Task`] of this mode.
pub type Task<T> = design_owned::Task<T, Bound>;

/// [`design_owned::JoinSet`] of this mode; made by `new_in`.
pub type JoinSet<T> = design_owned::JoinSet<T, Bound>;

/// [`design_owned::Scope`] of this mode.
pub type Scope = design_owned::Scope<Bound>;

/// [`design_owned::Child`] of this mode.
pub type Child<T> = design_owned::Child<T, Bound>;

/// Starts a task: [`spawn_in`] with this crate's mode.
///
/// # Panics
/// As [`spawn_in`].
pub fn spawn<F>(future: F) -> Task<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    spawn_in(future)
}

/// Runs an operation to its end: [`block_on_in`] with this crate's mode.
///
/// # Panics
/// As [`block_on_in`].
pub fn block_on(world: &'static World, op: impl Op<Output = ()>) {
    block_on_in::<Bound>(world, op);
}

/// A window of tasks: [`buffered_in`] with this crate's mode.
pub fn buffered<const N: usize, I, F, B>(ops: I, body: F) -> Buffered<N, I::IntoIter, F, B, Bound>
where
    I: IntoIterator<Item: Op<Output: 'static> + 'static>,
    F: FnMut(<I::Item as Future>::Output) -> B,
    B: Op<Output = ()>,
{
    buffered_in(ops, body)
}

/// [`design_owned::hold!`] for this mode.
#[macro_export]
macro_rules! hold {
    ($op:expr, |$h:ident| $body:expr $(,)?) => {
        $crate::__hold!(($crate::Bound) $op, |$h| $body)
    };
}

/// [`design_owned::scope!`] for this mode.
#[macro_export]
macro_rules! scope {
    (cap = $cap:expr, bytes = $bytes:expr, |$s:ident| $body:expr $(,)?) => {
        $crate::__scope!(($crate::Bound) $cap, $bytes, |$s| $body)
    };
}

/// [`design_owned::chan!`] of charged operations.
#[macro_export]
macro_rules! chan {
    ($name:ident : $item:ty, $capacity:expr) => {
        let $name = &$crate::Owned::new($crate::Chan::<$item, { $capacity }>::new());
    };
}

/// [`design_owned::lock!`] of charged operations.
#[macro_export]
macro_rules! lock {
    ($name:ident = $value:expr) => {
        let $name = &$crate::Owned::new($crate::Lock::new($value));
    };
}

/// [`design_owned::sem!`] of charged operations.
#[macro_export]
macro_rules! sem {
    ($name:ident = $permits:expr) => {
        let $name = &$crate::Owned::new($crate::Sem::new($permits));
    };
}
