//! Events and judges of `scope-laws`: what languages with structured concurrency promise of a
//! scope, as an order of events.
//!
//! A law says what must not come after an event, how often something happens at least, or how
//! often at most. Each breach counts one.

use contract::{Judged, Ledger, Metric, Metrics, Params};

/// Child `item` did a piece of work.
pub const EFFECT: u16 = 1;
/// Nothing is left of the frame of child `item`.
pub const ENDED: u16 = 2;
/// The clean-up of child `item` has finished.
pub const CLEANED: u16 = 3;
/// What the law is about has happened: a failure, a success, a request to end.
pub const MARK: u16 = 4;
/// The caller has the value or the error of child `item`.
pub const TOLD: u16 = 5;
/// The caller continues behind the scope, `value` milliseconds after the limit, if there is one.
pub const RETURNED: u16 = 6;

/// Actor: runs in a scope.
pub const CHILD: u16 = 1;
/// Actor: the body of the scope.
pub const BODY: u16 = 2;
/// Actor: awaits the scope.
pub const CALLER: u16 = 3;

/// Milliseconds between the effects of a child.
pub const EFFECT_MS: u32 = 10;
/// Effects of a child that works until it is ended.
pub const EFFECTS: u32 = 10;
/// Effects of a child that is awaited.
pub const FEW: u32 = 3;
/// What the law is about happens after this long, between the second effect and the third.
pub const MARK_MS: u32 = 25;
/// The body waits so long for something else than its child.
pub const BESIDE_MS: u32 = 60;
/// What is shielded takes this long; it is cancelled at [`SHIELD_LIMIT_MS`].
pub const SHIELDED_MS: u32 = 20;
/// See [`SHIELDED_MS`].
pub const SHIELD_LIMIT_MS: u32 = 10;
/// A clean-up waits for this long.
pub const CLEAN_MS: u32 = 5;
/// The later one of two deadlines.
pub const LATER_MS: u32 = 95;
/// Afterwards everything is quiet, whatever the design does.
pub const SETTLE_MS: u32 = 500;

/// What is ended after [`MARK_MS`] has at most so many effects; without an end it has
/// [`EFFECTS`].
const MOST: u32 = 4;

/// A law.
struct Law {
    /// After the first event of this kind there is none of `quiet`.
    after: u16,
    quiet: &'static [u16],
    /// Of this kind there are at least so many.
    least: (u16, u32),
    /// Of effects there are at most so many.
    most: u32,
}

const NOTHING: &[u16] = &[];
const OF_A_CHILD: &[u16] = &[EFFECT, ENDED, CLEANED];
const WORK: &[u16] = &[EFFECT];

fn judged(ledger: &Ledger, metrics: &Metrics, law: &Law) -> Judged {
    let mut passed = false;
    let mut late = 0;
    for event in ledger.events() {
        late += u32::from(passed && law.quiet.contains(&event.kind));
        passed |= event.kind == law.after;
    }
    let (kind, least) = law.least;
    let missing = least.saturating_sub(ledger.count(kind));
    let beyond = ledger.count(EFFECT).saturating_sub(law.most);
    breaches(ledger, metrics, late + beyond, missing)
}

/// A run that does not return, or never comes to what the law is about, keeps no law.
fn breaches(ledger: &Ledger, metrics: &Metrics, late: u32, missing: u32) -> Judged {
    let at = |kind| ledger.of_kind(kind).map(|event| event.at_ms).next();
    let after_mark = at(RETURNED).zip(at(MARK)).map(|(over, mark)| over.saturating_sub(mark));
    let after_limit = ledger.of_kind(RETURNED).map(|event| event.value.unsigned_abs()).next();
    let waited = after_mark.or(after_limit).unwrap_or(0);
    metrics.set(Metric::LateEffects, late.into());
    metrics.set(Metric::LostItems, missing.into());
    metrics.set(Metric::CancelMsMax, waited.into());
    Judged::from_severity(late + missing + u32::from(at(RETURNED).is_none()))
}

/// The scope is over after its children, which have all done their work: `effects` of it.
fn waits(ledger: &Ledger, metrics: &Metrics, effects: u32) -> Judged {
    let least = (EFFECT, effects);
    judged(ledger, metrics, &Law { after: RETURNED, quiet: OF_A_CHILD, least, most: u32::MAX })
}

/// Two children do all of their work before the caller continues.
pub fn judge_two_children(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    waits(ledger, metrics, 2 * FEW)
}

/// One child does all of its work before the caller continues.
pub fn judge_one_child(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    waits(ledger, metrics, FEW)
}

/// A child, or a sibling of a failed one, does all of its work before the caller continues.
pub fn judge_undisturbed(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    waits(ledger, metrics, EFFECTS)
}

/// Both children that a limit ends are gone before the caller continues.
pub fn judge_two_ended(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    let least = (ENDED, 2);
    judged(ledger, metrics, &Law { after: RETURNED, quiet: OF_A_CHILD, least, most: u32::MAX })
}

/// The child has done its work when the body has waited for something else.
pub fn judge_moves(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    let least = (EFFECT, FEW);
    judged(ledger, metrics, &Law { after: MARK, quiet: WORK, least, most: u32::MAX })
}

/// A child that had begun does no work after the failure, the success or the request.
pub fn judge_quiet(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    let least = (EFFECT, 1);
    judged(ledger, metrics, &Law { after: MARK, quiet: WORK, least, most: u32::MAX })
}

/// The body stops when a child has failed. Where the child moves with the body only, its failure
/// comes too late for an order of events; so the effects are counted.
pub fn judge_body_stops(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    let least = (MARK, 1);
    judged(ledger, metrics, &Law { after: RETURNED, quiet: NOTHING, least, most: MOST })
}

/// Nothing of the child has happened.
pub fn judge_nothing(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    judged(ledger, metrics, &Law { after: RETURNED, quiet: NOTHING, least: (MARK, 1), most: 0 })
}

/// Both failures reach the caller.
pub fn judge_both_told(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    let least = (TOLD, 2);
    judged(ledger, metrics, &Law { after: RETURNED, quiet: NOTHING, least, most: u32::MAX })
}

/// What the child had taken reaches the caller.
pub fn judge_told(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    let least = (TOLD, 1);
    judged(ledger, metrics, &Law { after: RETURNED, quiet: NOTHING, least, most: u32::MAX })
}

/// What was begun under a shield is done before the caller continues.
pub fn judge_shielded(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    waits(ledger, metrics, 1)
}

/// The clean-up, which waits, has finished before the caller continues.
pub fn judge_cleaned(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    let least = (CLEANED, 1);
    judged(ledger, metrics, &Law { after: RETURNED, quiet: OF_A_CHILD, least, most: u32::MAX })
}

/// The first child does nothing after it was cancelled, the second does all of its work.
pub fn judge_one_of_two(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    let (mut passed, mut late, mut done) = (false, 0, 0_u32);
    for event in ledger.events() {
        passed |= event.kind == MARK;
        late += u32::from(passed && event.kind == EFFECT && event.item == 1);
        done += u32::from(event.kind == EFFECT && event.item == 2);
    }
    breaches(ledger, metrics, late, EFFECTS.saturating_sub(done))
}

/// The work under either pair of deadlines ends at the earlier one.
pub fn judge_earliest(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    let least = (EFFECT, 2);
    judged(ledger, metrics, &Law { after: RETURNED, quiet: WORK, least, most: 2 * MOST })
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use contract::World;

    use super::*;

    type Judge = fn(&Ledger, &Params, &Metrics) -> Judged;

    /// The severity of a trace of kinds, all of them child 2's.
    fn severity(judge: Judge, kinds: &[u16]) -> u32 {
        let world = World::new();
        kinds.iter().for_each(|kind| world.log(CHILD, *kind, 2, 0));
        judge(world.ledger(), &Params { n: 2 }, world.metrics()).severity
    }

    /// `times` effects, and then these.
    fn work(times: u32, then: &[u16]) -> Vec<u16> {
        (0..times).map(|_| EFFECT).chain(then.iter().copied()).collect()
    }

    #[test]
    fn a_child_that_works_behind_its_scope_or_not_at_all_breaks_each_law_of_waiting() {
        let laws: [(Judge, u32); 4] = [
            (judge_two_children, 2 * FEW),
            (judge_one_child, FEW),
            (judge_undisturbed, EFFECTS),
            (judge_shielded, 1),
        ];
        for (judge, effects) in laws {
            assert_eq!(severity(judge, &work(effects, &[ENDED, RETURNED])), 0);
            assert_eq!(severity(judge, &work(effects, &[RETURNED, ENDED])), 1);
            assert_eq!(severity(judge, &work(effects, &[RETURNED, EFFECT, ENDED])), 2);
            assert_eq!(severity(judge, &work(effects - 1, &[ENDED, RETURNED])), 1);
            assert_eq!(severity(judge, &work(effects, &[ENDED])), 1, "it never returns");
        }
    }

    #[test]
    fn what_must_be_gone_or_cleaned_comes_before_the_return() {
        assert_eq!(severity(judge_two_ended, &[ENDED, ENDED, RETURNED]), 0);
        assert_eq!(severity(judge_two_ended, &[ENDED, RETURNED, ENDED]), 1);
        assert_eq!(severity(judge_two_ended, &[ENDED, RETURNED]), 1);
        assert_eq!(severity(judge_cleaned, &[CLEANED, RETURNED]), 0);
        assert_eq!(severity(judge_cleaned, &[RETURNED, CLEANED]), 1);
        assert_eq!(severity(judge_cleaned, &[RETURNED]), 1);
    }

    #[test]
    fn what_comes_after_the_mark_counts_once_each() {
        assert_eq!(severity(judge_quiet, &[EFFECT, MARK, RETURNED]), 0);
        assert_eq!(severity(judge_quiet, &[EFFECT, MARK, EFFECT, EFFECT, RETURNED]), 2);
        assert_eq!(severity(judge_quiet, &[MARK, RETURNED]), 1, "it never worked");
        assert_eq!(severity(judge_moves, &work(FEW, &[MARK, RETURNED])), 0);
        assert_eq!(severity(judge_moves, &[MARK, EFFECT, EFFECT, EFFECT, RETURNED]), 3);
        assert_eq!(severity(judge_nothing, &[MARK, RETURNED]), 0);
        assert_eq!(severity(judge_nothing, &[MARK, EFFECT, RETURNED]), 1);
        assert_eq!(severity(judge_nothing, &[RETURNED]), 1, "nothing was asked for");
    }

    #[test]
    fn what_goes_on_to_its_end_was_not_stopped() {
        assert_eq!(severity(judge_body_stops, &work(MOST, &[MARK, RETURNED])), 0);
        assert_eq!(severity(judge_body_stops, &work(EFFECTS, &[MARK, RETURNED])), EFFECTS - MOST);
        assert_eq!(severity(judge_earliest, &work(2 * MOST, &[RETURNED])), 0);
        assert_eq!(severity(judge_earliest, &work(2 * MOST + 3, &[RETURNED])), 3);
        assert_eq!(severity(judge_earliest, &[RETURNED]), 2);
    }

    #[test]
    fn what_is_told_is_counted() {
        assert_eq!(severity(judge_told, &[TOLD, RETURNED]), 0);
        assert_eq!(severity(judge_told, &[RETURNED]), 1);
        assert_eq!(severity(judge_both_told, &[TOLD, TOLD, RETURNED]), 0);
        assert_eq!(severity(judge_both_told, &[TOLD, RETURNED]), 1);
    }

    #[test]
    fn one_child_is_cancelled_and_the_other_is_not() {
        let world = World::new();
        world.log(CHILD, EFFECT, 1, 0);
        world.log(BODY, MARK, 0, 0);
        (0..EFFECTS).for_each(|_| world.log(CHILD, EFFECT, 2, 0));
        world.log(CALLER, RETURNED, 0, 0);
        let judge = || judge_one_of_two(world.ledger(), &Params { n: 2 }, world.metrics()).severity;
        assert_eq!(judge(), 0);
        world.log(CHILD, EFFECT, 1, 0);
        assert_eq!(judge(), 1);
        assert_eq!(severity(judge_one_of_two, &work(EFFECTS - 1, &[MARK, RETURNED])), 1);
    }
}
