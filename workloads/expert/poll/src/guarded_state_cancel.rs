//! A guard puts the old value back when the update is dropped before it has a new one.

use contract::{Case, Params, Role, World};
use design as d;
use suite::guarded_state_cancel::{
    BEGAN, FOUND, LIMITS, RETURNED, State, UPDATER, VALUE, WORK_MS, judge,
};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "question-mark", role: Role::Hazard, run, judge },
    Case { id: "roll-back", role: Role::Hazard, run, judge },
];

fn run(world: &'static World, _: &Params) {
    d::block_on(world, each_limit(world));
}

async fn each_limit(world: &'static World) {
    for limit_ms in 0..LIMITS {
        d::lock!(state = Some(VALUE));
        world.log(UPDATER, BEGAN, limit_ms, 0);
        let _limited = d::timeout(limit_ms, update(state)).await;
        world.log(UPDATER, RETURNED, limit_ms, 0);
        if let Ok(Some(value)) = update(state).await {
            world.log(UPDATER, FOUND, limit_ms, i32::try_from(value).unwrap_or(i32::MAX));
        }
    }
}

async fn update(state: &State) -> Result<Option<u32>, d::Error> {
    let mut guard = state.lock().await?;
    let Some(value) = guard.take() else { return Ok(None) };
    let mut put_back = PutBack { guard, value };
    d::sleep(WORK_MS).await?;
    put_back.value += 1;
    Ok(Some(value))
}

/// A value that is taken out of its lock until this is dropped.
struct PutBack<'l> {
    guard: d::Guard<'l, Option<u32>>,
    value: u32,
}

impl Drop for PutBack<'_> {
    fn drop(&mut self) {
        *self.guard = Some(self.value);
    }
}
