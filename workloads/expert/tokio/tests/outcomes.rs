//! What the hazards come to on tokio as published, and what the expert forms come to.
//!
//! The script is as written, so every value is exact.

use contract::{Metric, Outcome, Params, Workload, World};

/// Outcome, severity, lost items and end of every case, in the order of the package.
fn outcomes(workloads: &[Workload]) -> Vec<String> {
    let world: &'static World = Box::leak(Box::new(World::new()));
    let mut lines = Vec::new();
    for workload in workloads {
        let Some(n) = size(workload.id) else { continue };
        for case in workload.cases {
            world.reset();
            let params = Params { n };
            (case.run)(world, &params);
            let judged = (case.judge)(world.ledger(), &params, world.metrics());
            let lost =
                world.metrics().get(Metric::LostItems).expect("every judge here counts them");
            let word = match judged.outcome {
                Outcome::Occurs => "occurs",
                Outcome::Absent => "absent",
            };
            lines.push(format!(
                "{}/{} {word} lost {lost} at {}",
                workload.id,
                case.id,
                world.now_ms()
            ));
        }
    }
    lines
}

/// The size of a hazard; the other workloads are on the machine's clock.
fn size(workload: &str) -> Option<u32> {
    match workload {
        "futurelock" => Some(2),
        "buffered-body-stall" => Some(20),
        "select-fix-matrix" | "select-recreate-loss" => Some(30),
        _ => None,
    }
}

#[test]
fn tokio_as_published() {
    assert_eq!(
        outcomes(peer_tokio::WORKLOADS),
        [
            "buffered-body-stall/hazard occurs lost 0 at 4040",
            "buffered-body-stall/control absent lost 0 at 120",
            "futurelock/a occurs lost 2 at 3600000",
            "futurelock/b occurs lost 2 at 3600000",
            "futurelock/c occurs lost 2 at 3600000",
            "futurelock/control-by-value absent lost 0 at 5010",
            "futurelock/control-job absent lost 0 at 5020",
            "select-fix-matrix/recreate-empty occurs lost 11 at 200",
            "select-fix-matrix/recreate-send occurs lost 13 at 251",
            "select-fix-matrix/hoist-empty absent lost 0 at 301",
            "select-fix-matrix/hoist-send occurs lost 26 at 3600000",
            "select-fix-matrix/job absent lost 0 at 381",
            "select-recreate-loss/hazard occurs lost 11 at 200",
            "select-recreate-loss/control absent lost 0 at 301",
        ]
    );
}

#[test]
fn expert_forms() {
    assert_eq!(
        outcomes(expert_tokio::WORKLOADS),
        [
            "buffered-body-stall/hazard absent lost 0 at 4010",
            "futurelock/a absent lost 0 at 5020",
            "futurelock/b absent lost 0 at 300",
            "futurelock/c absent lost 0 at 5020",
            "select-fix-matrix/cursor absent lost 0 at 381",
            "select-fix-matrix/stop-flag absent lost 0 at 381",
            "select-fix-matrix/outer-by-value absent lost 0 at 381",
            "select-fix-matrix/driven-handler absent lost 0 at 381",
            "select-fix-matrix/merge absent lost 0 at 381",
            "select-fix-matrix/counted absent lost 0 at 381",
            "select-recreate-loss/hazard absent lost 0 at 301",
        ]
    );
}
