//! The leaves: futures that wait for one thing, and what they are made of.

pub mod borrowed;
pub mod chan;
pub mod line;
pub mod lock;
#[cfg(feature = "io")]
pub mod provided;
#[cfg(feature = "io")]
pub mod ready;
pub mod resource;
#[cfg(feature = "io")]
pub mod runtime_owned;
pub mod sem;
pub mod sleep;
#[cfg(feature = "io")]
pub mod socket;
pub mod turns;
mod wait;
