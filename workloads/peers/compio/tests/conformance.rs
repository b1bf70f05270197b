//! This peer on the machine's clock; the behaviour is in `workloads/conformance/peer.rs`.

use contract::Outcome;

#[path = "../../../conformance/peer.rs"]
mod peer;

#[test]
fn every_operation_is_made() {
    peer::every_operation_is_made(peer_compio::WORKLOADS, &[]);
}

/// Nothing is lost, but for bytes that were there when their read was dropped.
#[test]
fn what_is_left_of_operations_that_were_given_up() {
    let late = [("ignore-late", Outcome::Absent), ("cancels-late", Outcome::Occurs)];
    peer::given_up(peer_compio::WORKLOADS, Outcome::Absent, &late);
}
