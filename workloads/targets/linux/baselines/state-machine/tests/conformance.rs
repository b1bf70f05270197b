//! This baseline on the machine's clock; the behaviour is in `workloads/conformance/peer.rs`.

#[path = "../../../../../conformance/peer.rs"]
#[expect(dead_code, reason = "it gives nothing up")]
mod peer;

#[test]
fn every_operation_is_made() {
    peer::every_operation_is_made(baseline_state_machine::WORKLOADS, &[]);
}
