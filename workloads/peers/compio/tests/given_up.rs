//! What becomes of an accept and of a read that are given up while the kernel works on them.

use contract::{Outcome, Params, World};

#[test]
fn what_is_left_of_operations_that_were_given_up() {
    let world: &'static World = Box::leak(Box::new(World::new()));
    let mut seen = Vec::new();
    for workload in peer_compio::WORKLOADS.iter().filter(|one| one.id.starts_with("socket-")) {
        for case in workload.cases {
            world.reset();
            let params = Params { n: 4 };
            (case.run)(world, &params);
            let judged = (case.judge)(world.ledger(), &params, world.metrics());
            seen.push((workload.id, case.id, judged.outcome));
        }
    }
    assert_eq!(
        seen,
        [
            ("socket-buffer-cancel", "cancels", Outcome::Absent),
            ("socket-buffer-cancel", "control", Outcome::Absent),
            ("socket-op-leak", "ignore", Outcome::Absent),
            ("socket-op-leak", "control", Outcome::Absent),
        ]
    );
}
