//! The design `owned` in mode [`ByToken`]: a task is never ended from outside. Dropping its handle,
//! aborting it or ending its scope cancels the [`Token`] that its program was given
//! ([`spawn_with`]), and the task ends when the program looks at it. The remedy against lost
//! work that needs no other runtime: tokio-util has such a token.
//!
//! Names that depend on the mode are declared by [`design_owned::bind!`] and shadow those of the
//! design.

#![no_std]
#![forbid(unsafe_code)]

pub use design_owned::*;

design_owned::bind!(ByToken, $);
