//! Every published defect fires in each of twenty runs, and what its maintainers recommend
//! instead in none.

use contract::{Metric, Outcome, Params, Role, World};
use peer_published::published_bugs::CASES;

const RUNS: u32 = 20;
const ROUNDS: u32 = 2;

/// Lost items of each run of a case, with the outcome that its judge says.
fn runs(id: &str) -> Vec<(Outcome, u64)> {
    let world: &'static World = Box::leak(Box::new(World::new()));
    let case = CASES.iter().find(|case| case.id == id).expect(id);
    let one = |_| {
        world.reset();
        let params = Params { n: ROUNDS };
        (case.run)(world, &params);
        let judged = (case.judge)(world.ledger(), &params, world.metrics());
        assert_eq!(world.ledger().count(oracles::FAILED), 0, "{id}");
        (judged.outcome, world.metrics().get(Metric::LostItems).expect("a judge that counts"))
    };
    (0..RUNS).map(one).collect()
}

#[test]
fn every_bug_fires_in_each_of_twenty_runs() {
    for case in CASES.iter().filter(|case| case.role == Role::Hazard) {
        for seen in runs(case.id) {
            assert_eq!(seen, (Outcome::Occurs, ROUNDS.into()), "{}", case.id);
        }
    }
}

#[test]
fn every_fix_holds_in_each_of_twenty_runs() {
    let fixed: Vec<_> = CASES.iter().filter(|case| case.role == Role::Control).collect();
    assert!(!fixed.is_empty());
    for case in fixed {
        for seen in runs(case.id) {
            assert_eq!(seen, (Outcome::Absent, 0), "{}", case.id);
        }
    }
}
