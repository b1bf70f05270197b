//! A cancelled update leaves what a lock guards in a temporary state.
//!
//! An update takes a value out of the state that a lock guards, works for 20 ms, and puts a new
//! one back. It is run under a limit of 0 to 25 ms, each time on a state of its own, and then
//! once more without a limit. The guard opens the lock when it is dropped, and says nothing: the
//! second update finds no value.
//!
//! `question-mark` leaves with `?` when its wait is cancelled, `roll-back` puts the old value back
//! then, and `shielded` marks the update as one step (`shield`, the identity where cancelling is
//! dropping). Where cancelling is dropping, neither of the last two runs.
//!
//! The control works first, and takes and puts without a wait between them.
//!
//! After sunshowers, "Cancelling async Rust" (2025), and Oxide RFD 397.

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// An update under limit `item` began to wait for its lock.
pub const BEGAN: u16 = 1;
/// The second update found the value, `value`.
pub const FOUND: u16 = 2;
/// The caller of the limited update went on, `value` milliseconds after its limit.
pub const RETURNED: u16 = 3;

/// Actor: both updates.
pub const UPDATER: u16 = 1;

/// The update takes this long.
pub const WORK_MS: u32 = 20;
/// Limits of 0 to 25 ms.
pub const LIMITS: u32 = 26;
/// The value at the beginning.
pub const VALUE: u32 = 10;

/// A lock around a value that may be away.
pub type State = d::Lock<Option<u32>>;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "question-mark", role: Role::Hazard, run: question_mark, judge },
    Case { id: "roll-back", role: Role::Hazard, run: roll_back, judge },
    Case { id: "shielded", role: Role::Hazard, run: shielded, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn question_mark(world: &'static World, _: &Params) {
    d::block_on(world, each_limit(world, Form::QuestionMark));
}

fn roll_back(world: &'static World, _: &Params) {
    d::block_on(world, each_limit(world, Form::RollBack));
}

fn shielded(world: &'static World, _: &Params) {
    d::block_on(world, each_limit(world, Form::Shielded));
}

fn control(world: &'static World, _: &Params) {
    d::block_on(world, each_limit(world, Form::WorkFirst));
}

/// How an update is written.
#[derive(Clone, Copy)]
enum Form {
    QuestionMark,
    RollBack,
    Shielded,
    WorkFirst,
}

#[d::task_fn]
async fn each_limit(world: &'static World, form: Form) {
    for limit_ms in 0..LIMITS {
        d::lock!(state = Some(VALUE));
        world.log(UPDATER, BEGAN, limit_ms, 0);
        let started_ms = world.now_ms();
        let _limited = d::timeout(limit_ms, update(state, form)).await;
        let late_ms = world.now_ms().saturating_sub(started_ms + limit_ms);
        world.log(UPDATER, RETURNED, limit_ms, i32::try_from(late_ms).unwrap_or(i32::MAX));
        if let Ok(Some(value)) = update(state, form).await {
            world.log(UPDATER, FOUND, limit_ms, i32::try_from(value).unwrap_or(i32::MAX));
        }
    }
}

/// One update; ready with the value that it found.
#[d::task_fn]
async fn update(state: &State, form: Form) -> Result<Option<u32>, d::Error> {
    match form {
        Form::QuestionMark => take_work_put(state).await,
        Form::RollBack => take_work_put_either(state).await,
        Form::Shielded => d::shield(take_work_put(state)).await,
        Form::WorkFirst => work_take_put(state).await,
    }
}

#[d::task_fn]
async fn take_work_put(state: &State) -> Result<Option<u32>, d::Error> {
    let mut guard = state.lock().await?;
    let Some(value) = guard.take() else { return Ok(None) };
    d::sleep(WORK_MS).await?;
    *guard = Some(value + 1);
    Ok(Some(value))
}

#[d::task_fn]
async fn take_work_put_either(state: &State) -> Result<Option<u32>, d::Error> {
    let mut guard = state.lock().await?;
    let Some(value) = guard.take() else { return Ok(None) };
    let worked = d::sleep(WORK_MS).await;
    *guard = Some(if worked.is_ok() { value + 1 } else { value });
    worked?;
    Ok(Some(value))
}

#[d::task_fn]
async fn work_take_put(state: &State) -> Result<Option<u32>, d::Error> {
    d::sleep(WORK_MS).await?;
    let mut guard = state.lock().await?;
    let Some(value) = guard.take() else { return Ok(None) };
    *guard = Some(value + 1);
    Ok(Some(value))
}

/// The second update of every limit finds a value. Severity: limits after which it does not.
pub fn judge(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    let began = ledger.count(BEGAN);
    let broken = LIMITS.saturating_sub(ledger.count(FOUND));
    let longest = ledger.of_kind(RETURNED).map(|event| event.value.unsigned_abs()).max();
    metrics.set(Metric::UnmatchedEffects, broken.into());
    metrics.set(Metric::CancelMsMax, longest.unwrap_or(0).into());
    Judged::from_severity(broken.saturating_add(LIMITS.abs_diff(began)))
}
