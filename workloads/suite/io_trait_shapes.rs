//! One codec, and ten thousand connections that say nothing, in each shape of reading.
//!
//! How an operation gets its memory is part of a design: a borrowed buffer that stays with
//! the program, a buffer given away and returned, one that the driver owns and copies from,
//! one that the driver picks when there is data. Case `codec` reads frames with a length
//! before them, so that small and large reads alternate; case `idle` has `n` connections
//! wait for their first byte, each with what its shape needs for 16 KiB.
//!
//! The portable form reads as the design's plain `read` does. Shapes that only one design
//! has (readiness before reading, buffers of the driver) stand in its `expert` and
//! `idiomatic` variants.
//!
//! The control makes the codec's reads and writes by one task.

use contract::{Case, Load, Params, Role, World};
use design as d;
use oracles::io_trait_shapes::{BODY, FRAME, HEAD, HOLD, judge_codec, judge_idle};
use oracles::tcp_echo::Progress;
use oracles::{done, failed};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "codec", role: Role::Hazard, run: codec, judge: judge_codec },
    Case { id: "idle", role: Role::Hazard, run: idle, judge: judge_idle },
    Case { id: "control", role: Role::Control, run: control, judge: judge_codec },
];

fn codec(world: &'static World, params: &Params) {
    d::block_on(world, frames(world, params.n));
}

fn idle(world: &'static World, params: &Params) {
    d::block_on(world, connections(world, params.n));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, by_one_task(world, params.n));
}

#[d::task_fn]
async fn pair() -> Result<(d::Conn, d::Conn), d::IoError> {
    let (mut listener, port) = d::listen()?;
    let (here, there) = d::join(d::accept(&mut listener), d::connect(port)).await;
    Ok((here?, there?))
}

#[d::task_fn]
async fn frames(world: &'static World, n: u32) {
    let (mut here, mut there) = match pair().await {
        Ok(pair) => pair,
        Err(error) => return failed(world, error.code()),
    };
    let mut head = d::buf(HEAD);
    let mut body = d::buf(BODY);
    let mut out = d::buf(FRAME);
    d::begin(world);
    let (_sent, read) =
        d::join(send(&mut there, &mut out, n), decode(&mut here, &mut head, &mut body, n)).await;
    d::end(world, n);
    done(world, read, 0);
}

#[d::task_fn]
async fn send(stream: &mut d::Conn, out: &mut d::Buf, n: u32) -> u32 {
    for item in 0..n {
        out.as_mut()[..HEAD].copy_from_slice(&oracles::io_trait_shapes::head());
        if d::write_all(stream, out, FRAME).await.is_err() {
            return item;
        }
    }
    n
}

/// Frames that were read whole.
#[d::task_fn]
async fn decode(stream: &mut d::Conn, head: &mut d::Buf, body: &mut d::Buf, n: u32) -> u32 {
    for item in 0..n {
        if d::read_exact(stream, head, HEAD).await.is_err() {
            return item;
        }
        let len = oracles::io_trait_shapes::len(head.as_ref());
        if len != BODY || d::read_exact(stream, body, len).await.is_err() {
            return item;
        }
    }
    n
}

#[d::task_fn]
async fn by_one_task(world: &'static World, n: u32) {
    let (mut here, mut there) = match pair().await {
        Ok(pair) => pair,
        Err(error) => return failed(world, error.code()),
    };
    let mut head = d::buf(HEAD);
    let mut body = d::buf(BODY);
    let mut out = d::buf(FRAME);
    d::begin(world);
    let mut read = 0;
    for _ in 0..n {
        let sent = send(&mut there, &mut out, 1).await;
        read += sent.min(decode(&mut here, &mut head, &mut body, 1).await);
    }
    d::end(world, n);
    done(world, read, 0);
}

#[d::task_fn]
async fn connections(world: &'static World, n: u32) {
    let (mut listener, port) = match d::listen() {
        Ok(listening) => listening,
        Err(error) => return failed(world, error.code()),
    };
    if !world.has_load() {
        return failed(world, 0);
    }
    world.serving(port, Load::Idle(n));
    d::own!(progress = Progress::new(n));
    d::chan!(gate: (), 1);
    d::begin(world);
    let _all = d::scope!(cap = 1, bytes = 1024, |scope| {
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

type Gate = d::Chan<(), 1>;

/// Reads, until all do.
#[d::task_fn]
async fn hold(
    world: &'static World,
    mut stream: d::Conn,
    progress: d::Shared<'_, Progress>,
    gate: d::Shared<'_, Gate>,
) {
    let mut buffer = d::buf(HOLD);
    let read = d::read(&mut stream, &mut buffer);
    let counted = count(world, d::share(&progress), d::share(&gate));
    if let d::Either::A(_) = d::race(read, counted).await {
        progress.wrong();
    }
    progress.leave(1);
}

/// Polled after the read beside it, which has begun by then.
#[d::task_fn]
async fn count(
    world: &'static World,
    progress: d::Shared<'_, Progress>,
    gate: d::Shared<'_, Gate>,
) {
    if progress.arrive() {
        d::end(world, progress.connections());
        gate.close();
    }
    let _closed = gate.recv().await;
}
