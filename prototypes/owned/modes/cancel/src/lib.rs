//! The design `owned` in mode [`Cancel`]: dropping a handle aborts its task, as in smol. The
//! future is dropped at the task's next turn, after the drop of the handle has returned.
//!
//! Names that depend on the mode are declared by [`design_owned::bind!`] and shadow those of the
//! design.

#![no_std]
#![forbid(unsafe_code)]

pub use design_owned::*;

design_owned::bind!(Cancel, $);
