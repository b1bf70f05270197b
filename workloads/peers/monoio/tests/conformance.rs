//! This peer on the machine's clock; the behaviour is in `workloads/conformance/peer.rs`.

use contract::Outcome;

#[path = "../../../conformance/peer.rs"]
mod peer;

#[test]
fn every_operation_is_made() {
    peer::every_operation_is_made(peer_monoio::WORKLOADS, &[]);
}

/// Nothing is lost, but for bytes and a connection that were there when their operation was
/// dropped.
#[test]
fn what_is_left_of_operations_that_were_given_up() {
    let late = [("ignore-late", Outcome::Occurs), ("cancels-late", Outcome::Occurs)];
    peer::given_up(peer_monoio::WORKLOADS, Outcome::Absent, &late);
}
