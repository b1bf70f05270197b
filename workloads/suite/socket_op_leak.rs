//! `completion-op-leak` with real connections.
//!
//! Every second round gives up accepting after two milliseconds, while the connection comes
//! after ten; the others wait until it comes. At the end the process must have as many open
//! descriptors as at the beginning. What a dropped accept does is chosen as in
//! `completion-op-leak`, where it can be dropped while the kernel works on it.
//!
//! The control takes every connection.

use contract::{Case, Params, Role, World};
use design as d;
use oracles::failed;
use oracles::socket_op_leak::{arrival_ms, finish, judge, patience_ms, start};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "ignore", role: Role::Hazard, run: ignore, judge },
    Case { id: "cancel", role: Role::Hazard, run: cancel, judge },
    Case { id: "reclaim", role: Role::Hazard, run: reclaim, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

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

#[d::task_fn]
async fn rounds(world: &'static World, n: u32, orphan: d::Orphan, patient: bool) {
    let (mut listener, port) = match d::listen() {
        Ok(listening) => listening,
        Err(error) => return failed(world, error.code()),
    };
    let before = start();
    for round in 0..n {
        let wait = accept_within(&mut listener, orphan, patience_ms(round, patient));
        let (_taken, arrived) = d::join(wait, arrive(port, arrival_ms(round))).await;
        if let Err(error) = arrived {
            failed(world, error.code());
        }
    }
    let _settled = d::sleep(20).await;
    finish(world, n, before);
}

/// True if a connection was taken in time. It is closed at once.
#[d::task_fn]
async fn accept_within(listener: &mut d::Listener, orphan: d::Orphan, limit_ms: u32) -> bool {
    let accepted = d::race(d::sleep(limit_ms), d::accept_or(listener, orphan)).await;
    matches!(accepted, d::Either::B(Ok(_)))
}

/// A client that comes after a while and goes.
#[d::task_fn]
async fn arrive(port: u16, after_ms: u32) -> Result<(), d::IoErr> {
    let _waited = d::sleep(after_ms).await;
    d::connect(port).await?;
    Ok(())
}
