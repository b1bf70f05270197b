//! With which of cargo's profiles a target is built.

use crate::options::Profile;

/// The profile without optimisation across crates. What happens to a hazard and what is counted
/// do not depend on it (`tests/builds.rs` compares), and it is built in a fraction of the time.
pub(super) const FAST: &str = "fast";
/// The profile whose instructions and time are quoted.
pub(super) const OPTIMISED: &str = "release";

/// The cargo profile with which a target is built under a profile of `bench`.
#[must_use]
pub fn cargo_profile(target: &str, profile: Profile) -> &'static str {
    // Of a smoke run no number is quoted.
    if target == "sim" || profile == Profile::Smoke { FAST } else { OPTIMISED }
}
