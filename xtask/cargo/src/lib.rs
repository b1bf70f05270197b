//! Starting cargo, for everything that is measured.
//!
//! What is built must not depend on who builds it: a variable of the environment or a
//! configuration file of the caller could otherwise change the compiler, the profile, the
//! flags or the place of the artifact, and another binary would be measured under the name of
//! this revision. [`clean`] removes what the environment adds, [`pins`] states the profile of
//! the manifest again where no configuration file can overrule it, [`config`] finds the
//! files that set what cannot be pinned, and [`build`] takes the path of an artifact from
//! cargo itself and never guesses it.

mod build;
pub mod config;
mod environment;
mod group;
mod guard;
mod passing;
mod pins;

pub use build::{Ended, Watch, build, watched};
pub use environment::{clean, now, output, shown, target_base};
pub use group::Alive;
pub use guard::Guard;
pub use passing::{Passed, Through, passing};
pub use pins::{Pins, pins};
