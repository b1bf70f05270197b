//! What languages with structured concurrency promise of a scope: twenty laws, a case each.
//!
//! A law is broken when the hazard occurs. A child works: it makes an effect every 10 ms, ten in
//! all or three, until one of its waits fails, and its frame tells when it is gone. What a law is
//! about (a failure, a request to end) happens after 25 ms.
//!
//! The words of a case are those of a program that relies on its scope. Where the dialect has no
//! word for a failed child, the program returns the error and writes nothing else, so that the
//! case shows what the scope does by itself; `error-ends-siblings-asked` is the same law with one
//! line of the program. Another form of a design may have a word (a policy).
//!
//! The body waits for a child that sleeps, and not for a timer, because in some designs children
//! move only while one is awaited; `moves-beside-body` alone shows that difference.
//!
//! The control cancels nothing, and nothing fails. Events and judges are in `oracles`.
//!
//! After the documentation of Kotlin's `coroutineScope` and `supervisorScope`, Trio's nurseries
//! and cancel scopes, Swift's task groups and Java's `StructuredTaskScope` with its joiners.

use contract::{Case, Params, Role, World};
use design as d;
use oracles::scope_laws::{
    BESIDE_MS, BODY, CALLER, CHILD, CLEAN_MS, CLEANED, EFFECT, EFFECT_MS, EFFECTS, ENDED, FEW,
    LATER_MS, MARK, MARK_MS, RETURNED, SETTLE_MS, SHIELD_LIMIT_MS, SHIELDED_MS, TOLD,
    judge_body_stops, judge_both_told, judge_cleaned, judge_earliest, judge_moves, judge_nothing,
    judge_one_child, judge_one_of_two, judge_quiet, judge_shielded, judge_told, judge_two_children,
    judge_two_ended, judge_undisturbed,
};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "waits-for-children", role: Role::Hazard, run: waits, judge: judge_two_children },
    Case { id: "nested-spawn", role: Role::Hazard, run: nested, judge: judge_one_child },
    Case { id: "moves-beside-body", role: Role::Hazard, run: beside, judge: judge_moves },
    Case { id: "cancel-waits", role: Role::Hazard, run: limited, judge: judge_two_ended },
    Case {
        id: "cancel-reaches-grandchildren",
        role: Role::Hazard,
        run: grandchildren,
        judge: judge_two_ended,
    },
    Case { id: "error-ends-siblings", role: Role::Hazard, run: error, judge: judge_quiet },
    Case {
        id: "error-ends-siblings-asked",
        role: Role::Hazard,
        run: error_asked,
        judge: judge_quiet,
    },
    Case { id: "error-ends-body", role: Role::Hazard, run: body_of_error, judge: judge_body_stops },
    Case {
        id: "body-error-ends-children",
        role: Role::Hazard,
        run: body_error,
        judge: judge_quiet,
    },
    Case { id: "supervisor-isolates", role: Role::Hazard, run: isolated, judge: judge_undisturbed },
    Case { id: "errors-kept", role: Role::Hazard, run: errors, judge: judge_both_told },
    Case { id: "first-success-ends-rest", role: Role::Hazard, run: success, judge: judge_quiet },
    Case { id: "cancel-is-sticky", role: Role::Hazard, run: sticky, judge: judge_quiet },
    Case { id: "shield-defers", role: Role::Hazard, run: shield, judge: judge_shielded },
    Case { id: "cleanup-awaits", role: Role::Hazard, run: cleanup, judge: judge_cleaned },
    Case { id: "cancel-one", role: Role::Hazard, run: one, judge: judge_one_of_two },
    Case { id: "cancelled-before-start", role: Role::Hazard, run: unbegun, judge: judge_nothing },
    Case { id: "spawn-after-cancel", role: Role::Hazard, run: spawned_late, judge: judge_nothing },
    Case { id: "result-survives-cancel", role: Role::Hazard, run: result, judge: judge_told },
    Case { id: "abandoned-wait", role: Role::Hazard, run: unjoined, judge: judge_undisturbed },
    Case { id: "earliest-deadline", role: Role::Hazard, run: deadlines, judge: judge_earliest },
    Case { id: "control", role: Role::Control, run: control, judge: judge_two_children },
];

/// Each case is a program of its own.
macro_rules! programs {
    ($($case:ident: $program:ident,)*) => {$(
        fn $case(world: &'static World, _: &Params) {
            d::block_on(world, $program(world));
        }
    )*};
}

programs! {
    waits: waits_for_children,
    nested: nested_spawn,
    beside: moves_beside_body,
    limited: cancel_waits,
    grandchildren: cancel_reaches_grandchildren,
    error: error_ends_siblings,
    error_asked: error_ends_siblings_asked,
    body_of_error: error_ends_body,
    body_error: body_error_ends_children,
    isolated: supervisor_isolates,
    errors: errors_kept,
    success: first_success_ends_rest,
    sticky: cancel_is_sticky,
    shield: shield_defers,
    cleanup: cleanup_awaits,
    one: cancel_one,
    unbegun: cancelled_before_start,
    spawned_late: spawn_after_cancel,
    result: result_survives_cancel,
    unjoined: abandoned_wait,
    deadlines: earliest_deadline,
    control: nothing_cancelled,
}

/// Tells that the frame of a child is gone.
struct Ends(&'static World, u32);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.log(CHILD, ENDED, self.1, 0);
    }
}

/// A child that works until a wait fails.
#[d::task_fn]
pub async fn work(world: &'static World, child: u32, effects: u32) {
    let _ended = Ends(world, child);
    for _ in 0..effects {
        if d::sleep(EFFECT_MS).await.is_err() {
            return;
        }
        world.log(CHILD, EFFECT, child, 0);
    }
}

/// A child that waits.
#[d::task_fn]
pub async fn pause(ms: u32) {
    let _passed = d::sleep(ms).await;
}

/// A child that fails.
#[d::task_fn]
pub async fn fail(world: &'static World, child: u32) -> Result<(), u32> {
    if d::sleep(MARK_MS * child).await.is_err() {
        return Ok(());
    }
    world.log(CHILD, MARK, child, 0);
    Err(child)
}

/// The caller continues behind a scope.
#[d::task_fn]
pub async fn settle(world: &'static World) {
    settle_after(world, u32::MAX).await;
}

/// The caller continues behind what a limit has ended, and looks on.
#[d::task_fn]
async fn settle_after(world: &'static World, limit_ms: u32) {
    let late_ms = world.now_ms().saturating_sub(limit_ms);
    world.log(CALLER, RETURNED, 0, i32::try_from(late_ms).unwrap_or(i32::MAX));
    let _settled = d::sleep(SETTLE_MS).await;
}

#[d::task_fn]
async fn waits_for_children(world: &'static World) {
    d::scope!(cap = 2, bytes = 1024, |scope| {
        let _one = scope.spawn(work(world, 1, FEW));
        let _two = scope.spawn(work(world, 2, FEW));
    })
    .await;
    settle(world).await;
}

/// A child starts a sibling, and ends before it.
#[d::task_fn]
async fn nested_spawn(world: &'static World) {
    d::scope!(cap = 2, bytes = 1024, |scope| {
        let _child = scope.spawn(d::task!(async move {
            let _later = d::sleep(EFFECT_MS).await;
            let _sibling = scope.spawn(work(world, 1, FEW));
        }));
    })
    .await;
    settle(world).await;
}

#[d::task_fn]
async fn moves_beside_body(world: &'static World) {
    d::scope!(cap = 1, bytes = 512, |scope| {
        let _child = scope.spawn(work(world, 1, FEW));
        let _passed = d::sleep(BESIDE_MS).await;
        world.log(BODY, MARK, 0, 0);
    })
    .await;
    settle(world).await;
}

/// Two children, which are awaited.
#[d::task_fn]
async fn two_children(world: &'static World, effects: u32) {
    d::scope!(cap = 2, bytes = 1024, |scope| {
        let one = scope.spawn(work(world, 1, effects));
        let two = scope.spawn(work(world, 2, effects));
        let _ended = one.await;
        let _ended = two.await;
    })
    .await;
}

#[d::task_fn]
async fn cancel_waits(world: &'static World) {
    let _limited = d::timeout(MARK_MS, two_children(world, EFFECTS)).await;
    settle_after(world, MARK_MS).await;
}

#[d::task_fn]
async fn cancel_reaches_grandchildren(world: &'static World) {
    let parent = d::scope!(cap = 1, bytes = 4096, |scope| {
        let child = scope.spawn(two_children(world, EFFECTS));
        let _ended = child.await;
    });
    let _limited = d::timeout(MARK_MS, parent).await;
    settle_after(world, MARK_MS).await;
}

#[d::task_fn]
async fn error_ends_siblings(world: &'static World) {
    d::scope!(cap = 2, bytes = 1024, |scope| {
        let fails = scope.spawn(fail(world, 1));
        let _sibling = scope.spawn(work(world, 2, EFFECTS));
        let _error = fails.await;
    })
    .await;
    settle(world).await;
}

/// The child that fails says what that means for the others.
#[d::task_fn]
async fn error_ends_siblings_asked(world: &'static World) {
    d::scope!(cap = 2, bytes = 1024, |scope| {
        let fails = scope.spawn(d::task!(async move {
            let error = fail(world, 1).await;
            scope.cancel_all();
            error
        }));
        let _sibling = scope.spawn(work(world, 2, EFFECTS));
        let _error = fails.await;
    })
    .await;
    settle(world).await;
}

#[d::task_fn]
async fn error_ends_body(world: &'static World) {
    d::scope!(cap = 1, bytes = 512, |scope| {
        let _fails = scope.spawn(fail(world, 1));
        for _ in 0..EFFECTS {
            if d::sleep(EFFECT_MS).await.is_err() {
                break;
            }
            world.log(BODY, EFFECT, 0, 0);
        }
    })
    .await;
    settle(world).await;
}

#[d::task_fn]
async fn body_error_ends_children(world: &'static World) {
    let body: Result<(), u32> = d::scope!(cap = 2, bytes = 1024, |scope| {
        let _child = scope.spawn(work(world, 1, EFFECTS));
        let _passed = scope.spawn(pause(MARK_MS)).await;
        world.log(BODY, MARK, 0, 0);
        Err(0)
    })
    .await;
    if body.is_err() {
        world.log(CALLER, TOLD, 0, 0);
    }
    settle(world).await;
}

#[d::task_fn]
async fn supervisor_isolates(world: &'static World) {
    d::scope!(cap = 2, bytes = 1024, |scope| {
        let _fails = scope.spawn(fail(world, 1));
        let sibling = scope.spawn(work(world, 2, EFFECTS));
        let _ended = sibling.await;
    })
    .await;
    settle(world).await;
}

/// No handle is asked: what the scope is ready with has to tell. Here that is what its body has.
#[d::task_fn]
async fn errors_kept(world: &'static World) {
    let () = d::scope!(cap = 2, bytes = 1024, |scope| {
        let _first = scope.spawn(fail(world, 1));
        let _second = scope.spawn(fail(world, 2));
    })
    .await;
    settle(world).await;
}

#[d::task_fn]
async fn first_success_ends_rest(world: &'static World) {
    d::scope!(cap = 2, bytes = 1024, |scope| {
        let succeeds = scope.spawn(pause(MARK_MS));
        let _loser = scope.spawn(work(world, 2, EFFECTS));
        let _success = succeeds.await;
        world.log(BODY, MARK, 0, 0);
    })
    .await;
    settle(world).await;
}

/// A child that looks at no error of its waits.
#[d::task_fn]
async fn stubborn(world: &'static World, child: u32) {
    let _ended = Ends(world, child);
    for _ in 0..EFFECTS {
        if d::sleep(EFFECT_MS).await.is_ok() {
            world.log(CHILD, EFFECT, child, 0);
        }
    }
}

#[d::task_fn]
async fn cancel_is_sticky(world: &'static World) {
    d::scope!(cap = 2, bytes = 1024, |scope| {
        let _child = scope.spawn(stubborn(world, 1));
        let _passed = scope.spawn(pause(MARK_MS)).await;
        world.log(BODY, MARK, 0, 0);
        scope.cancel_all();
    })
    .await;
    settle(world).await;
}

/// A child whose one step is shielded.
#[d::task_fn]
async fn shielded(world: &'static World) {
    let _ended = Ends(world, 1);
    if d::shield(d::sleep(SHIELDED_MS)).await.is_ok() {
        world.log(CHILD, EFFECT, 1, 0);
    }
}

#[d::task_fn]
async fn shield_defers(world: &'static World) {
    let parent = d::scope!(cap = 1, bytes = 512, |scope| {
        let child = scope.spawn(shielded(world));
        let _ended = child.await;
    });
    let _limited = d::timeout(SHIELD_LIMIT_MS, parent).await;
    settle_after(world, SHIELD_LIMIT_MS).await;
}

/// A child whose clean-up waits.
#[d::task_fn]
async fn cleans(world: &'static World) {
    d::cleanup!(work(world, 1, EFFECTS).await, {
        let _closed = d::sleep(CLEAN_MS).await;
        world.log(CHILD, CLEANED, 1, 0);
    })
    .await;
}

#[d::task_fn]
async fn cleanup_awaits(world: &'static World) {
    let parent = d::scope!(cap = 1, bytes = 1024, |scope| {
        let child = scope.spawn(cleans(world));
        let _ended = child.await;
    });
    let _limited = d::timeout(MARK_MS, parent).await;
    settle_after(world, MARK_MS).await;
}

#[d::task_fn]
async fn cancel_one(world: &'static World) {
    d::scope!(cap = 3, bytes = 1024, |scope| {
        let one = scope.spawn(work(world, 1, EFFECTS));
        let two = scope.spawn(work(world, 2, EFFECTS));
        let _passed = scope.spawn(pause(MARK_MS)).await;
        world.log(BODY, MARK, 0, 0);
        one.cancel();
        let _ended = two.await;
    })
    .await;
    settle(world).await;
}

#[d::task_fn]
async fn cancelled_before_start(world: &'static World) {
    d::scope!(cap = 1, bytes = 512, |scope| {
        let child = scope.spawn(d::task!(async move {
            world.log(CHILD, EFFECT, 1, 0);
            let _passed = d::sleep(EFFECT_MS).await;
        }));
        world.log(BODY, MARK, 0, 0);
        child.cancel();
        let _ended = child.await;
    })
    .await;
    settle(world).await;
}

#[d::task_fn]
async fn spawn_after_cancel(world: &'static World) {
    d::scope!(cap = 1, bytes = 512, |scope| {
        world.log(BODY, MARK, 0, 0);
        scope.cancel_all();
        let late = scope.spawn(work(world, 1, FEW));
        let _ended = late.await;
    })
    .await;
    settle(world).await;
}

/// A child that has taken `item`, and returns it also when its next wait is cancelled.
#[d::task_fn]
async fn took(world: &'static World, item: u32) -> u32 {
    let _ended = Ends(world, item);
    let _used = d::sleep(LATER_MS).await;
    item
}

#[d::task_fn]
async fn result_survives_cancel(world: &'static World) {
    d::scope!(cap = 2, bytes = 1024, |scope| {
        let child = scope.spawn(took(world, 1));
        let _passed = scope.spawn(pause(MARK_MS)).await;
        world.log(BODY, MARK, 0, 0);
        child.cancel();
        if let Ok(item) = child.await {
            world.log(CALLER, TOLD, item, 0);
        }
    })
    .await;
    settle(world).await;
}

/// The wait for a child is ended, and not the child.
#[d::task_fn]
async fn abandoned_wait(world: &'static World) {
    d::scope!(cap = 1, bytes = 512, |scope| {
        let child = scope.spawn(work(world, 1, EFFECTS));
        let _limited = d::timeout(MARK_MS, child).await;
        world.log(BODY, MARK, 0, 0);
    })
    .await;
    settle(world).await;
}

#[d::task_fn]
async fn earliest_deadline(world: &'static World) {
    let inner = d::timeout(LATER_MS, work(world, 1, EFFECTS));
    let _limited = d::timeout(MARK_MS, inner).await;
    let inner = d::timeout(MARK_MS, work(world, 2, EFFECTS));
    let _limited = d::timeout(LATER_MS, inner).await;
    settle(world).await;
}

#[d::task_fn]
async fn nothing_cancelled(world: &'static World) {
    two_children(world, FEW).await;
    settle(world).await;
}
