//! The design `owned` in mode [`Production`]: with what production runtimes carry, so that a
//! comparison with them does not rest on having left it out. The leaves are charged to the
//! budget of the turn; see [`design_owned::production`] for the list.
//!
//! Names that depend on the mode are declared by [`design_owned::bind!`] and shadow those of the
//! design.

#![no_std]
#![forbid(unsafe_code)]

pub use design_owned::coop::{Chan, Coop, Lock, Sem, sleep};
#[cfg(feature = "io")]
pub use design_owned::coop::{accept, accept_or, read, read_at, read_exact, write, write_all};
pub use design_owned::*;

design_owned::bind!(Production, $);

/// [`design_owned::chan!`] of charged operations.
#[macro_export]
macro_rules! chan {
    ($name:ident : $item:ty, $capacity:expr) => {
        let $name = &$crate::TaskRc::new($crate::Chan::<$item, { $capacity }>::new());
    };
}

/// [`design_owned::lock!`] of charged operations.
#[macro_export]
macro_rules! lock {
    ($name:ident = $value:expr) => {
        let $name = &$crate::TaskRc::new($crate::Lock::new($value));
    };
}

/// [`design_owned::sem!`] of charged operations.
#[macro_export]
macro_rules! sem {
    ($name:ident = $permits:expr) => {
        let $name = &$crate::TaskRc::new($crate::Sem::new($permits));
    };
}
