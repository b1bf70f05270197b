//! `io-trait-shapes`, case `idle`, as an expert of readiness writes it: no buffer is made or
//! held before there is something to read.
//!
//! A connection waits to be readable, and only then takes the one buffer that all of them
//! share. Over io_uring this form does not exist.

extern crate alloc;

use core::cell::RefCell;

use contract::{Case, Load, Params, Role, World};
use design as d;
use oracles::io_trait_shapes::{HOLD, judge_idle};
use oracles::tcp_echo::Progress;
use oracles::{done, failed};

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "idle", role: Role::Hazard, run: idle, judge: judge_idle }];

fn idle(world: &'static World, params: &Params) {
    d::block_on(world, connections(world, params.n));
}

async fn connections(world: &'static World, n: u32) {
    let (mut listener, port) = match d::listen() {
        Ok(listening) => listening,
        Err(error) => return failed(world, error.code()),
    };
    if !world.has_load() {
        return failed(world, 0);
    }
    world.serving(port, Load::Idle(n));
    let progress = &Progress::new(n);
    d::chan!(gate: (), 1);
    d::begin(world);
    let shared = &RefCell::new(d::buf(HOLD));
    d::scope!(cap = 1, bytes = 1024, |scope| {
        for _ in 0..n {
            match d::accept(&mut listener).await {
                Ok(stream) => drop(scope.spawn(hold(world, stream, shared, progress, gate))),
                Err(error) => {
                    failed(world, error.code());
                    gate.close();
                    break;
                }
            }
        }
    })
    .await;
    let (held, wrong) = progress.totals();
    done(world, held, wrong);
}

async fn hold(
    world: &'static World,
    mut stream: d::Conn,
    shared: &RefCell<d::Buf>,
    progress: &Progress,
    gate: &d::Chan<(), 1>,
) {
    let read = read(&mut stream, shared);
    if let d::Either::A(_) = d::race(read, count(world, progress, gate)).await {
        progress.wrong();
    }
    progress.leave(1);
}

/// Waits for something to read and takes it into the buffer that all share.
async fn read(stream: &mut d::Conn, shared: &RefCell<d::Buf>) -> Result<usize, d::IoError> {
    loop {
        d::readable(stream).await?;
        if let Some(came) = d::try_read(stream, &mut shared.borrow_mut())? {
            return Ok(came);
        }
    }
}

/// Polled after the read beside it, which has begun by then.
async fn count(world: &'static World, progress: &Progress, gate: &d::Chan<(), 1>) {
    if progress.arrive() {
        d::end(world, progress.connections());
        gate.close();
    }
    let _closed = gate.recv().await;
}
