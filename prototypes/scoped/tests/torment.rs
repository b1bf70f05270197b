//! Every foreign call of this design misbehaves in turn; see `workloads/conformance/torment`.

extern crate design_scoped as design;

/// Lets every foreign call reach what may be reached from there: here children borrow, and only
/// what they capture can.
macro_rules! everywhere {
    ($deeds:expr) => {
        let _ = &$deeds;
    };
}

#[path = "../../../workloads/conformance/torment/mod.rs"]
mod torment;

use torment::parts::PARTS;

#[test]
fn every_foreign_call_misbehaves() {
    torment::torment("scoped", &PARTS);
}

#[cfg(plant)]
#[test]
fn planted_faults_are_found() {
    // A child that panics ends the whole scope here, so a child that is left as it is (2) shows
    // only in designs whose handles drive.
    torment::finds_planted_faults("every_foreign_call_misbehaves", &[1, 3, 4, 5]);
}
