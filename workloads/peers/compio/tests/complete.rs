//! Everything that is asked of this peer on the machine's clock is done, in a measured part
//! that begins and ends.

use contract::{Metric, Outcome, Params, World};

/// Enough for a full window of tasks, and small enough for sockets.
fn size(workload: &str) -> u32 {
    if workload == "tcp-echo" { 4 } else { 64 }
}

#[test]
fn every_operation_is_made() {
    let world: &'static World = Box::leak(Box::new(World::new()));
    for workload in peer_compio::WORKLOADS.iter() {
        // Those may lose something: given_up.rs.
        if workload.id.starts_with("socket-") {
            continue;
        }
        for case in workload.cases {
            world.reset();
            let params = Params { n: size(workload.id) };
            (case.run)(world, &params);
            let judged = (case.judge)(world.ledger(), &params, world.metrics());
            assert_eq!(judged.outcome, Outcome::Absent, "{}/{}", workload.id, case.id);
            assert!(world.had_region(), "{}/{}", workload.id, case.id);
            assert!(world.metrics().get(Metric::Ops) > Some(0), "{}/{}", workload.id, case.id);
        }
    }
}
