//! An echo server under load from outside.
//!
//! The server accepts `n` connections and echoes on each until its peer closes. The load comes
//! from another thread, at times that were chosen before, whether or not the server keeps up
//! (an open loop): latency counts from the intended time, so that a server that stalls is
//! charged for all who had to wait.
//!
//! It reads into a buffer with room for more than a request, as `tcp-echo` and the peers do: over
//! readiness a read that does not fill its buffer says that nothing is left, which saves the call
//! that would find it out.
//!
//! There is no hazard: the case is a control, and what counts is its latency.

use contract::{Case, Drivers, Judged, Ledger, Load, Metrics, Params, Role, World};
use design as d;
use oracles::tcp_echo::SMALL;
use oracles::{done, failed};

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "open-loop", role: Role::Control, run: open_loop, judge }];

fn open_loop(world: &'static World, params: &Params) {
    world.uses(Drivers::SOCKETS);
    d::block_on(world, server(world, params.n));
}

#[d::task_fn]
async fn server(world: &'static World, n: u32) {
    let (mut listener, port) = match d::listen() {
        Ok(listening) => listening,
        Err(error) => return failed(world, error.code()),
    };
    if !world.has_load() {
        return failed(world, 0);
    }
    world.serving(port, Load::OpenLoop(n));
    let _all = d::scope!(cap = 64, bytes = 32_768, |scope| {
        for _ in 0..n {
            match d::accept(&mut listener).await {
                Ok(stream) => {
                    let _child = scope.spawn(serve(stream));
                }
                Err(error) => {
                    failed(world, error.code());
                    break;
                }
            }
        }
    })
    .await;
    done(world, n, 0);
}

/// Writes back what it reads, as it comes, until the client closes.
#[d::task_fn]
async fn serve(mut stream: d::Conn) {
    let mut buffer = d::buf(2 * SMALL);
    loop {
        match d::read(&mut stream, &mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(len) => {
                if d::write_all(&mut stream, &mut buffer, len).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Every connection was served until its end.
fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    oracles::spawn_join::judge(ledger, params, metrics)
}
