//! A dropped `accept`: the connection is taken within a poll, so that there is nothing to lose.
//!
//! Case `ignore`: the program drops the accept, as every program does that uses a timeout.
//! There is neither `cancel` nor `reclaim`: nothing is in flight that could be told to end.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use contract::{Case, Params, Role, World};
use oracles::failed;
use oracles::socket_op_leak::{arrival_ms, finish, gives_up, judge, patience_ms, start};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};

use crate::runtime;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "ignore", role: Role::Hazard, run: ignore, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn ignore(world: &'static World, params: &Params) {
    run(world, params.n, false);
}

fn control(world: &'static World, params: &Params) {
    run(world, params.n, true);
}

fn run(world: &'static World, n: u32, patient: bool) {
    crate::awb_marker_tokio();
    let runtime = runtime(|builder| builder.enable_all());
    let made = runtime.block_on(rounds(world, n, patient));
    if let Err(error) = made {
        failed(world, error.raw_os_error().unwrap_or(-1));
    }
}

async fn rounds(world: &'static World, n: u32, patient: bool) -> io::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let addr = listener.local_addr()?;
    let before = start();
    let mut missed = 0;
    for round in 0..n {
        let arrived = spawn_local(arrive(addr, arrival_ms(round)));
        let limit = Duration::from_millis(patience_ms(round, patient).into());
        let taken = matches!(timeout(limit, listener.accept()).await, Ok(Ok(_)));
        missed += u32::from(!taken && !gives_up(round, patient));
        arrived.await.map_err(io::Error::other)??;
    }
    sleep(Duration::from_millis(20)).await;
    finish(world, n, missed, before);
    Ok(())
}

/// A client that comes after a while and leaves.
async fn arrive(to: SocketAddr, after_ms: u32) -> io::Result<()> {
    sleep(Duration::from_millis(after_ms.into())).await;
    TcpStream::connect(to).await?;
    Ok(())
}
