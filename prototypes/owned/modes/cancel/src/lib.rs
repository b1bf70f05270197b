//! The design `owned` in mode [`Cancel`]: dropping a handle aborts its task, as in smol. The
//! future is dropped at the task's next turn, after the drop of the handle has returned.
//!
//! Names that depend on the mode are declared by [`design_owned::bind!`] and shadow those of the
//! design.

#![no_std]
#![forbid(unsafe_code)]

pub use design_owned::*;

design_owned::bind!(Cancel);

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
