//! What becomes of an accept and of a read that are given up while the kernel works on them.
//!
//! As its documentation says: the operation goes on, and what it is given is nobody's. How many
//! depends on the machine's clock; that there are some does not.

use contract::{Outcome, Params, World};

#[test]
fn what_is_left_of_operations_that_were_given_up() {
    let world: &'static World = Box::leak(Box::new(World::new()));
    let mut seen = Vec::new();
    for workload in peer_tokio_uring::WORKLOADS.iter().filter(|one| one.id.starts_with("socket-")) {
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
            ("socket-buffer-cancel", "cancels", Outcome::Occurs),
            ("socket-buffer-cancel", "control", Outcome::Absent),
            ("socket-op-leak", "ignore", Outcome::Occurs),
            ("socket-op-leak", "control", Outcome::Absent),
        ]
    );
}
