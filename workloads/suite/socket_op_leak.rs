//! `completion-op-leak` with real connections.
//!
//! Every second round gives up accepting after two milliseconds, while the connection comes
//! after ten; the others wait until it comes. At the end the process must have as many open
//! descriptors as at the beginning. What a dropped accept does is chosen as in
//! `completion-op-leak`, where it can be dropped while the kernel works on it.
//!
//! The kernel may hear in time of an accept that is given up before its connection comes. In
//! the cases with `-late` it cannot: the program holds its thread while the connection comes,
//! and is then told to stop, so that both are there when it looks, and the order to stop is
//! looked at first. Where a completion delivers the connection, it was delivered to an accept
//! that nothing will ask.
//!
//! The controls take every connection, and rounds with patience must have theirs in every case.

use contract::{Case, Params, Role, World};
use design as d;
use oracles::failed;
use oracles::socket_op_leak::{
    BUSY_AFTER_MS, LATE_LIMIT_MS, arrival_ms, arrive_while_busy, finish, gives_up, judge,
    patience_ms, start,
};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "ignore", role: Role::Hazard, run: ignore, judge },
    Case { id: "cancel", role: Role::Hazard, run: cancel, judge },
    Case { id: "reclaim", role: Role::Hazard, run: reclaim, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
    Case { id: "ignore-late", role: Role::Hazard, run: ignore_late, judge },
    Case { id: "cancel-late", role: Role::Hazard, run: cancel_late, judge },
    Case { id: "reclaim-late", role: Role::Hazard, run: reclaim_late, judge },
    Case { id: "control-late", role: Role::Control, run: control_late, judge },
];

type Stop = d::Chan<(), 1>;

fn ignore(world: &'static World, params: &Params) {
    d::block_on(world, rounds(world, params.n, d::Orphan::Ignore, false));
}

fn cancel(world: &'static World, params: &Params) {
    d::block_on(world, rounds(world, params.n, d::Orphan::Cancel, false));
}

fn reclaim(world: &'static World, params: &Params) {
    d::block_on(world, rounds(world, params.n, d::Orphan::Reclaim, false));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, rounds(world, params.n, d::Orphan::Reclaim, true));
}

fn ignore_late(world: &'static World, params: &Params) {
    d::block_on(world, late_rounds(world, params.n, d::Orphan::Ignore, false));
}

fn cancel_late(world: &'static World, params: &Params) {
    d::block_on(world, late_rounds(world, params.n, d::Orphan::Cancel, false));
}

fn reclaim_late(world: &'static World, params: &Params) {
    d::block_on(world, late_rounds(world, params.n, d::Orphan::Reclaim, false));
}

fn control_late(world: &'static World, params: &Params) {
    d::block_on(world, late_rounds(world, params.n, d::Orphan::Reclaim, true));
}

#[d::task_fn]
async fn rounds(world: &'static World, n: u32, orphan: d::Orphan, patient: bool) {
    let (mut listener, port) = match d::listen() {
        Ok(listening) => listening,
        Err(error) => return failed(world, error.code()),
    };
    let before = start();
    let mut missed = 0;
    for round in 0..n {
        let wait = accept_within(&mut listener, orphan, patience_ms(round, patient));
        let (taken, arrived) = d::join(wait, arrive(port, arrival_ms(round))).await;
        missed += u32::from(!taken && !gives_up(round, patient));
        if let Err(error) = arrived {
            failed(world, error.code());
        }
    }
    let _settled = d::sleep(20).await;
    finish(world, n, missed, before);
}

/// True if a connection was taken in time. It is closed at once.
#[d::task_fn]
async fn accept_within(listener: &mut d::Listener, orphan: d::Orphan, limit_ms: u32) -> bool {
    let accepted = d::race(d::sleep(limit_ms), d::accept_or(listener, orphan)).await;
    matches!(accepted, d::Either::B(Ok(_)))
}

/// A client that comes after a while and leaves.
#[d::task_fn]
async fn arrive(port: u16, after_ms: u32) -> Result<(), d::IoError> {
    let _waited = d::sleep(after_ms).await;
    d::connect(port).await?;
    Ok(())
}

/// Every round has a listener of its own, so that a connection which nothing has taken is closed
/// with it and is not taken by the next.
#[d::task_fn]
async fn late_rounds(world: &'static World, n: u32, orphan: d::Orphan, patient: bool) {
    d::chan!(stop: (), 1);
    let before = start();
    let mut missed = 0;
    for round in 0..n {
        let (mut listener, port) = match d::listen() {
            Ok(listening) => listening,
            Err(error) => return failed(world, error.code()),
        };
        let stops = gives_up(round, patient);
        let wait = accept_until(&mut listener, orphan, d::share(stop));
        let (taken, arrived) = d::join(wait, arrive_late(port, d::share(stop), stops)).await;
        missed += u32::from(!taken && !stops);
        if !arrived {
            failed(world, -1);
        }
    }
    let _settled = d::sleep(20).await;
    finish(world, n, missed, before);
}

/// True if a connection was taken before the order to stop. It is closed at once.
#[d::task_fn]
async fn accept_until(
    listener: &mut d::Listener,
    orphan: d::Orphan,
    stop: d::Shared<'_, Stop>,
) -> bool {
    let limit = d::race(stop.recv(), d::sleep(LATE_LIMIT_MS));
    let accepted = d::race(limit, d::accept_or(listener, orphan)).await;
    matches!(accepted, d::Either::B(Ok(_)))
}

/// A connection that comes while the program is busy, and then, perhaps, the order to stop.
#[d::task_fn]
async fn arrive_late(port: u16, stop: d::Shared<'_, Stop>, stops: bool) -> bool {
    let _waited = d::sleep(BUSY_AFTER_MS).await;
    let arrived = arrive_while_busy(port).is_ok();
    if stops {
        let _told = stop.send(()).await;
    }
    arrived
}
