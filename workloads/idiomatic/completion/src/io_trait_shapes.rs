//! `io-trait-shapes`, case `idle`, with buffers that the kernel chooses.
//!
//! A run registers sixteen buffers of 16 KiB, and the kernel takes one when there is
//! something to read: an idle connection holds its operation and no buffer. The sixteen are
//! mapped memory and not on the heap; spread over the connections they are below 30 B each.

use contract::{Case, Load, Params, Role, World};
use design as d;
use oracles::io_trait_shapes::{HOLD, judge_idle};
use oracles::tcp_echo::Progress;
use oracles::{done, failed};

const BUFFERS: u16 = 16;

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "idle", role: Role::Hazard, run: idle, judge: judge_idle }];

fn idle(world: &'static World, params: &Params) {
    d::block_on(world, connections(world, params.n));
}

#[d::task_fn]
async fn connections(world: &'static World, n: u32) {
    let (mut listener, port) = match d::listen() {
        Ok(listening) => listening,
        Err(error) => return failed(world, error.code()),
    };
    let bytes = u32::try_from(HOLD).expect("a buffer is small");
    if !world.has_load() || d::provide(BUFFERS, bytes).is_err() {
        return failed(world, 0);
    }
    world.serving(port, Load::Idle(n));
    d::own!(progress = Progress::new(n));
    d::chan!(gate: (), 1);
    d::begin(world);
    d::scope!(cap = 1, bytes = 1024, |scope| {
        for _ in 0..n {
            match d::accept(&mut listener).await {
                Ok(stream) => {
                    let (progress, gate) = (d::share(&progress), d::share(gate));
                    let _child = scope.spawn(hold(world, stream, progress, gate));
                }
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

#[d::task_fn]
async fn hold(
    world: &'static World,
    mut stream: d::Conn,
    progress: &Progress,
    gate: &d::Chan<(), 1>,
) {
    let read = d::read_provided(&mut stream);
    if let d::Either::A(_) = d::race(read, count(world, progress, gate)).await {
        progress.wrong();
    }
    progress.leave(1);
}

/// Polled after the read beside it, which has begun by then.
#[d::task_fn]
async fn count(world: &'static World, progress: &Progress, gate: &d::Chan<(), 1>) {
    if progress.arrive() {
        d::end(world, progress.connections());
        gate.close();
    }
    let _closed = gate.recv().await;
}
