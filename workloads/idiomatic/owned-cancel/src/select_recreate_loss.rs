//! The program of `owned-token`, to the letter: here its request to end is an abort, and the
//! token that it looks at says nothing.

#[path = "../../owned-token/src/select_recreate_loss.rs"]
mod program;

pub use program::{CASES, produce};
