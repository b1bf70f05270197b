//! A dropped `accept`, of which the ring goes on to work.
//!
//! Case `ignore`: the program drops the accept, as every program does that uses a timeout.
//! There is neither `cancel` nor `reclaim`: an accept of this crate cannot be told to end, and
//! what a dropped one is given is closed by nothing.
//!
//! The cases with `-late` are those of the suite: the connection is there when the accept is
//! given up, and the program has not looked.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use contract::{Case, Params, Role, World};
use oracles::failed;
use oracles::socket_op_leak::{
    BUSY_AFTER_MS, LATE_LIMIT_MS, arrival_ms, arrive_while_busy, finish, gives_up, judge,
    patience_ms, start,
};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tokio_uring::net::{TcpListener, TcpStream};

use crate::block_on;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "ignore", role: Role::Hazard, run: ignore, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
    Case { id: "ignore-late", role: Role::Hazard, run: ignore_late, judge },
    Case { id: "control-late", role: Role::Control, run: control_late, judge },
];

fn ignore(world: &'static World, params: &Params) {
    run(world, params.n, false);
}

fn control(world: &'static World, params: &Params) {
    run(world, params.n, true);
}

fn ignore_late(world: &'static World, params: &Params) {
    run_late(world, params.n, false);
}

fn control_late(world: &'static World, params: &Params) {
    run_late(world, params.n, true);
}

fn run(world: &'static World, n: u32, patient: bool) {
    crate::awb_marker_tokio_uring();
    let made = block_on(rounds(world, n, patient)).and_then(|made| made);
    if let Err(error) = made {
        failed(world, error.raw_os_error().unwrap_or(-1));
    }
}

fn run_late(world: &'static World, n: u32, patient: bool) {
    crate::awb_marker_tokio_uring();
    let made = block_on(late_rounds(world, n, patient)).and_then(|made| made);
    if let Err(error) = made {
        failed(world, error.raw_os_error().unwrap_or(-1));
    }
}

async fn rounds(world: &'static World, n: u32, patient: bool) -> io::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let addr = listener.local_addr()?;
    let before = start();
    let mut missed = 0;
    for round in 0..n {
        let arrived = tokio_uring::spawn(arrive(addr, arrival_ms(round)));
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

/// Every round has a listener of its own, so that a connection which nothing has taken is closed
/// with it and is not taken by the next.
async fn late_rounds(world: &'static World, n: u32, patient: bool) -> io::Result<()> {
    let before = start();
    let mut missed = 0;
    for round in 0..n {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let port = listener.local_addr()?.port();
        let stops = gives_up(round, patient);
        let (stop, stopped) = oneshot::channel();
        let arrived = tokio_uring::spawn(arrive_late(port, stops, stop));
        let taken = accept_until(&listener, ordered(stops, stopped)).await;
        missed += u32::from(!taken && !stops);
        arrived.await.map_err(io::Error::other)??;
    }
    sleep(Duration::from_millis(20)).await;
    finish(world, n, missed, before);
    Ok(())
}

/// The order to stop, if it comes.
async fn ordered(stops: bool, stopped: oneshot::Receiver<()>) {
    if stops {
        let _told = stopped.await;
    } else {
        sleep(Duration::from_millis(LATE_LIMIT_MS.into())).await;
    }
}

/// Whether a connection was taken before the order to stop, which is looked at first.
async fn accept_until(listener: &TcpListener, stop: impl Future<Output = ()>) -> bool {
    tokio::select! {
        biased;
        () = stop => false,
        accepted = listener.accept() => accepted.is_ok(),
    }
}

/// A connection that comes while the program is busy, and then, perhaps, the order to stop.
async fn arrive_late(port: u16, stops: bool, stop: oneshot::Sender<()>) -> io::Result<()> {
    sleep(Duration::from_millis(BUSY_AFTER_MS.into())).await;
    arrive_while_busy(port)?;
    if stops {
        let _told = stop.send(());
    }
    Ok(())
}
