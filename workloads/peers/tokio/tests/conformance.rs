//! This peer on the machine's clock; the behaviour is in `workloads/conformance/peer.rs`.

use contract::Outcome;

#[path = "../../../conformance/peer.rs"]
mod peer;

/// Those are hazards that fire as written; all but `unflushed-drop` run in virtual time.
const HAZARDS: [&str; 11] = [
    "select-recreate-loss",
    "select-fix-matrix",
    "futurelock",
    "buffered-body-stall",
    "buffered-permit-deadlock",
    "async-cleanup-on-drop",
    "orphan-work-after-cancel",
    "scope-laws",
    "send-cancel-loss",
    "timeout-skips-tail",
    "unflushed-drop",
];

#[test]
fn every_operation_is_made() {
    peer::every_operation_is_made(peer_tokio::WORKLOADS, &HAZARDS);
}

/// Nothing is lost.
#[test]
fn what_is_left_of_operations_that_were_given_up() {
    peer::given_up(peer_tokio::WORKLOADS, Outcome::Absent, &[]);
}
