//! A dropped `accept`: the connection is taken within a poll, so that there is nothing to lose.
//!
//! Case `ignore`: the program drops the accept, as every program does that uses a timeout.
//! There is neither `cancel` nor `reclaim`: nothing is in flight that could be told to end.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use contract::{Case, Params, Role, World};
use oracles::failed;
use oracles::socket_op_leak::{arrival_ms, finish, gives_up, judge, patience_ms, start};
use smol::future::FutureExt;
use smol::{Async, LocalExecutor, Timer};

use crate::block_on;

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
    crate::awb_marker_smol();
    let executor = LocalExecutor::new();
    let made = block_on(&executor, rounds(world, &executor, n, patient));
    if let Err(error) = made {
        failed(world, error.raw_os_error().unwrap_or(-1));
    }
}

async fn rounds(
    world: &'static World,
    executor: &LocalExecutor<'_>,
    n: u32,
    patient: bool,
) -> io::Result<()> {
    let listener = Async::<TcpListener>::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let addr = listener.get_ref().local_addr()?;
    let before = start();
    let mut missed = 0;
    for round in 0..n {
        let arrived = executor.spawn(arrive(addr, arrival_ms(round)));
        let limit = Duration::from_millis(patience_ms(round, patient).into());
        let taken = listener.accept().or(late(limit)).await.is_ok();
        missed += u32::from(!taken && !gives_up(round, patient));
        arrived.await?;
    }
    Timer::after(Duration::from_millis(20)).await;
    finish(world, n, missed, before);
    Ok(())
}

/// A client that comes after a while and leaves.
async fn arrive(to: SocketAddr, after_ms: u32) -> io::Result<()> {
    Timer::after(Duration::from_millis(after_ms.into())).await;
    Async::<TcpStream>::connect(to).await?;
    Ok(())
}

/// The end of patience.
async fn late<T>(limit: Duration) -> io::Result<T> {
    Timer::after(limit).await;
    Err(io::ErrorKind::TimedOut.into())
}
