//! `published-bugs`: defects of released crates, and the same function in the designs.
//!
//! A run is a number of rounds that know nothing of each other. Each of them brings about what the
//! defect needs, in most an operation that is given up, and then waits for something that must
//! come nevertheless: the answer to another request, a message that was acknowledged, a lock.

use contract::{Judged, Ledger, Metric, Metrics, Params, World};

/// The program waits for what must come after an operation was given up.
const WAITER: u16 = 2;
/// What the defect needs is there in round `item`.
pub const STAGED: u16 = 10;
/// What came in round `item`: `value` is the number of the round that it belongs to.
pub const CAME: u16 = 11;

/// Logs that what the defect needs is there in `round`.
pub fn staged(world: &World, round: u32) {
    world.log(WAITER, STAGED, round, 0);
}

/// Logs what came after that; `of` is the round that it belongs to, and anything else is wrong.
pub fn came(world: &World, round: u32, of: i32) {
    world.log(WAITER, CAME, round, of);
}

/// In every round what the defect needs was there, and what must come came, once. Severity: rounds
/// without, and rounds that were not staged, which show nothing.
///
/// Lost items are rounds that were staged and have what is another's, or nothing.
#[must_use]
pub fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let (mut lost, mut idle) = (0, 0);
    for round in 0..params.n {
        let of_round = |kind| ledger.of_kind(kind).filter(move |event| event.item == round);
        let right = of_round(CAME).count() == 1
            && of_round(CAME).all(|event| u32::try_from(event.value) == Ok(round));
        if of_round(STAGED).count() == 1 {
            lost += u32::from(!right);
        } else {
            idle += 1;
        }
    }
    metrics.set(Metric::LostItems, lost.into());
    Judged::from_severity(lost + idle + ledger.count(crate::FAILED))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(log: impl Fn(&World)) -> (u32, Option<u64>) {
        let world = World::new();
        log(&world);
        let judged = judge(world.ledger(), &Params { n: 2 }, world.metrics());
        (judged.severity, world.metrics().get(Metric::LostItems))
    }

    #[test]
    fn what_is_anothers_or_does_not_come_is_lost() {
        let both = |second: Option<i32>| {
            judged(|world| {
                (0..2).for_each(|round| staged(world, round));
                came(world, 0, 0);
                if let Some(of) = second {
                    came(world, 1, of);
                }
            })
        };
        assert_eq!(both(Some(1)), (0, Some(0)));
        assert_eq!(both(Some(0)), (1, Some(1)));
        assert_eq!(both(Some(-2)), (1, Some(1)));
        assert_eq!(both(None), (1, Some(1)));
    }

    #[test]
    fn a_round_that_is_not_staged_is_wrong_and_loses_nothing() {
        let idle = judged(|world| (0..2).for_each(|round| came(world, round, 0)));
        assert_eq!(idle, (2, Some(0)));
        let twice = judged(|world| {
            (0..2).for_each(|round| staged(world, round));
            [0, 1, 1].into_iter().for_each(|round| came(world, round, 0));
            crate::failed(world, -1);
        });
        assert_eq!(twice, (2, Some(1)));
    }
}
