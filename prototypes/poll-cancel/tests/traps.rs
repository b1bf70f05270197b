//! Traps of the scope; the tests are in `workloads/conformance`.

extern crate design_poll_cancel as design;

#[path = "../../../workloads/conformance/scope_traps.rs"]
mod scope_traps;

#[path = "../../../workloads/conformance/doubles.rs"]
mod doubles;
#[path = "../../../workloads/conformance/scope_foreign.rs"]
mod scope_foreign;

/// Cancels a child when it is dropped.
struct Cancels<'c, 's>(&'c design::Child<'s, (), 1024>);

impl Drop for Cancels<'_, '_> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

#[test]
fn a_child_that_is_cancelled_outside_of_a_run_is_dropped() {
    use std::future::{pending, poll_fn};
    let cleaned = std::cell::Cell::new(false);
    let mut scope = Box::pin(design::scope!(cap = 1, bytes = 1024, |s| {
        let child = s.spawn(design::cleanup!(pending().await, cleaned.set(true)));
        let _cancels = Cancels(&child);
        // Drives it, so that it has begun.
        let _never = s.spawn(pending::<()>()).await;
    }));
    let world: &'static contract::World = Box::leak(Box::new(contract::World::new()));
    design::block_on(world, async {
        let scope = design::wait(poll_fn(|cx| scope.as_mut().poll(cx)));
        assert!(design::timeout(10, scope).await.is_err(), "it waits for ever");
    });
    drop(scope);
    assert!(!cleaned.get(), "nothing could have awaited it");
}
