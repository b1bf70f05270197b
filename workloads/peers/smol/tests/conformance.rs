//! This peer on the machine's clock; the behaviour is in `workloads/conformance/peer.rs`.

use contract::Outcome;

#[path = "../../../conformance/peer.rs"]
mod peer;

#[test]
fn every_operation_is_made() {
    peer::every_operation_is_made(peer_smol::WORKLOADS, &[]);
}

/// Nothing is lost.
#[test]
fn what_is_left_of_operations_that_were_given_up() {
    peer::given_up(peer_smol::WORKLOADS, Outcome::Absent, &[]);
}
