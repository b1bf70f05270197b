//! The design `rent` in mode [`keep`](design_rent::keep): a read or an accept that lost its race
//! is asked to end, and what it had done by then is kept for the next call.
//!
//! The names of the mode shadow those of the design.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "io")]
pub use design_rent::keep::{
    Accept, Conn, Listener, Read, accept, accept_or, connect, listen, read, read_exact, write,
    write_all,
};
pub use design_rent::*;
