//! What every peer passes on the machine's clock. A peer's own tests say what its runtime makes
//! of operations that are given up.

use contract::{Case, Metric, Outcome, Params, Workload, World};

/// What gives operations up while the kernel works on them, and may lose something.
fn gives_up(workload: &Workload) -> bool {
    workload.id.starts_with("socket-")
}

/// Enough for a full window of tasks, and small enough for sockets.
fn size(workload: &str) -> u32 {
    if workload == "tcp-echo" { 4 } else { 64 }
}

fn outcome(world: &'static World, case: &Case, n: u32) -> Outcome {
    world.reset();
    let params = Params { n };
    (case.run)(world, &params);
    (case.judge)(world.ledger(), &params, world.metrics()).outcome
}

/// Everything that is asked of the peer is done, in a measured part that begins and ends.
/// `on_virtual_time` are workloads that are no matter of this clock.
pub(crate) fn every_operation_is_made(peer: &[Workload], on_virtual_time: &[&str]) {
    let world: &'static World = Box::leak(Box::new(World::new()));
    let skipped = |one: &Workload| gives_up(one) || on_virtual_time.contains(&one.id);
    for workload in peer.iter().filter(|one| !skipped(one)) {
        for case in workload.cases {
            let name = format!("{}/{}", workload.id, case.id);
            assert_eq!(outcome(world, case, size(workload.id)), Outcome::Absent, "{name}");
            assert!(world.had_region(), "{name}");
            assert!(world.metrics().get(Metric::Ops) > Some(0), "{name}");
        }
    }
}

/// What becomes of a read and of an accept that are given up is `then`; of the controls,
/// nothing.
pub(crate) fn given_up(peer: &[Workload], then: Outcome) {
    let world: &'static World = Box::leak(Box::new(World::new()));
    let mut seen = Vec::new();
    for workload in peer.iter().filter(|one| gives_up(one)) {
        for case in workload.cases {
            seen.push((workload.id, case.id, outcome(world, case, 4)));
        }
    }
    let expected = [
        ("socket-buffer-cancel", "cancels", then),
        ("socket-buffer-cancel", "control", Outcome::Absent),
        ("socket-op-leak", "ignore", then),
        ("socket-op-leak", "control", Outcome::Absent),
    ];
    assert_eq!(seen, expected);
}
