//! The cost of one wake against the depth of the frame that waits.
//!
//! A chain of `n` frames, each awaiting the next; the bottom one yields again and again.
//! Where a wake polls from the root, every wake walks the whole chain. Chains up to a
//! hundred frames are one nested type; beyond that every hundredth frame is boxed, because
//! the type would be too large to compile.
//!
//! The control, `hand`, does the same work in one frame.
//!
//! After "Barbara carefully dismisses embedded future" (wg-async, 2021); case `a` only.

use contract::{Case, Judged, Ledger, Metrics, Params, Role, World};
use design as d;

/// The bottom frame has ended; `item` is the number of its wakes.
pub const WOKEN: u16 = 1;
const BOTTOM: u16 = 1;

/// Wakes per run. Cost per wake is exact, so more would only take longer.
pub const WAKES: u32 = if cfg!(target_os = "none") { 1000 } else { 2000 };

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "a", role: Role::Hazard, run: chain, judge },
    Case { id: "hand", role: Role::Control, run: hand, judge },
];

fn chain(world: &'static World, params: &Params) {
    match params.n {
        1 => d::block_on(world, bottom(world)),
        10 => d::block_on(world, nine(bottom(world))),
        100 => d::block_on(world, ninety_nine(bottom(world))),
        #[cfg(not(target_os = "none"))]
        1000 => d::block_on(world, thousand(world)),
        other => panic!("chains are written out for 1, 10, 100 and 1000 frames, not {other}"),
    }
}

fn hand(world: &'static World, _: &Params) {
    d::block_on(world, bottom(world));
}

#[d::task_fn]
async fn bottom(world: &'static World) {
    for _ in 0..WAKES {
        let _turn = d::yield_now().await;
    }
    world.log(BOTTOM, WOKEN, WAKES, 0);
}

/// One frame; polling it is a call, as across crates.
fn frame<F: d::Op<Output = ()>>(inner: F) -> impl d::Op<Output = ()> {
    d::barrier(d::task!(async move { inner.await }))
}

fn nine<F: d::Op<Output = ()>>(inner: F) -> impl d::Op<Output = ()> {
    frame(frame(frame(frame(frame(frame(frame(frame(frame(inner)))))))))
}

fn ten<F: d::Op<Output = ()>>(inner: F) -> impl d::Op<Output = ()> {
    frame(nine(inner))
}

fn ninety_nine<F: d::Op<Output = ()>>(inner: F) -> impl d::Op<Output = ()> {
    ten(ten(ten(ten(ten(ten(ten(ten(ten(nine(inner))))))))))
}

#[cfg(not(target_os = "none"))]
fn thousand(world: &'static World) -> impl d::Op<Output = ()> {
    fn hundred<F: d::Op<Output = ()>>(inner: F) -> impl d::Op<Output = ()> {
        ten(ninety(inner))
    }
    fn ninety<F: d::Op<Output = ()>>(inner: F) -> impl d::Op<Output = ()> {
        ten(ten(ten(ten(ten(ten(ten(ten(ten(inner)))))))))
    }
    let mut chain = d::boxed(ninety_nine(bottom(world)));
    for _ in 1..10 {
        chain = d::boxed(hundred(chain));
    }
    chain
}

/// The bottom frame ends. What a wake costs is a metric, not an outcome of one run: the
/// slope over `n` is judged by claims.
fn judge(ledger: &Ledger, _: &Params, _: &Metrics) -> Judged {
    Judged::from_severity(u32::from(ledger.count(WOKEN) != 1))
}
