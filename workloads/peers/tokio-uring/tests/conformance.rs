//! This peer on the machine's clock; the behaviour is in `workloads/conformance/peer.rs`.

use contract::Outcome;

#[path = "../../../conformance/peer.rs"]
mod peer;

#[test]
fn every_operation_is_made() {
    peer::every_operation_is_made(peer_tokio_uring::WORKLOADS, &[]);
}

/// As its documentation says: the operation goes on, and what it is given has no owner. How many
/// depends on the machine's clock; that there are some does not.
#[test]
fn what_is_left_of_operations_that_were_given_up() {
    let late = [("ignore-late", Outcome::Occurs), ("cancels-late", Outcome::Occurs)];
    peer::given_up(peer_tokio_uring::WORKLOADS, Outcome::Occurs, &late);
}
