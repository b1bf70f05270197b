//! A dropped `accept`, with the crate's default feature `async-cancel`.
//!
//! Case `ignore`: the program drops the accept, as every program does that uses a timeout. The
//! crate then tells the kernel. What comes nevertheless is closed by nothing (version 0.2.4,
//! `Lifecycle::Ignored`), so whether a connection leaks depends on which of the two is first.
//! There is no case `reclaim`, because the crate has no way to ask for it.
//! Case `cancel`: `cancelable_accept`, which is told to end and then waited for, so that a
//! connection that came meanwhile is the program's.
//!
//! The cases with `-late` are those of the suite: the connection is there when the accept is
//! given up, and the program has not looked.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use contract::{Case, Params, Role, World};
use futures_util::future::{Either, select};
use local_sync::oneshot;
use monoio::io::Canceller;
use monoio::net::{TcpListener, TcpStream};
use monoio::time::{sleep, timeout};
use oracles::failed;
use oracles::socket_op_leak::{
    BUSY_AFTER_MS, LATE_LIMIT_MS, arrival_ms, arrive_while_busy, finish, gives_up, judge,
    patience_ms, start,
};

use crate::block_on_with_timer;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "ignore", role: Role::Hazard, run: ignore, judge },
    Case { id: "cancel", role: Role::Hazard, run: cancel, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
    Case { id: "ignore-late", role: Role::Hazard, run: ignore_late, judge },
    Case { id: "cancel-late", role: Role::Hazard, run: cancel_late, judge },
    Case { id: "control-late", role: Role::Control, run: control_late, judge },
];

fn ignore(world: &'static World, params: &Params) {
    run(world, params.n, false, false);
}

fn cancel(world: &'static World, params: &Params) {
    run(world, params.n, true, false);
}

fn control(world: &'static World, params: &Params) {
    run(world, params.n, false, true);
}

fn ignore_late(world: &'static World, params: &Params) {
    run_late(world, params.n, false, false);
}

fn cancel_late(world: &'static World, params: &Params) {
    run_late(world, params.n, true, false);
}

fn control_late(world: &'static World, params: &Params) {
    run_late(world, params.n, false, true);
}

fn run(world: &'static World, n: u32, told: bool, patient: bool) {
    crate::awb_marker_monoio();
    let made = block_on_with_timer(rounds(world, n, told, patient)).and_then(|made| made);
    if let Err(error) = made {
        failed(world, error.raw_os_error().unwrap_or(-1));
    }
}

fn run_late(world: &'static World, n: u32, told: bool, patient: bool) {
    crate::awb_marker_monoio();
    let made = block_on_with_timer(late_rounds(world, n, told, patient)).and_then(|made| made);
    if let Err(error) = made {
        failed(world, error.raw_os_error().unwrap_or(-1));
    }
}

async fn rounds(world: &'static World, n: u32, told: bool, patient: bool) -> io::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let addr = listener.local_addr()?;
    let before = start();
    let mut missed = 0;
    for round in 0..n {
        let arrived = monoio::spawn(arrive(addr, arrival_ms(round)));
        let limit = Duration::from_millis(patience_ms(round, patient).into());
        let taken = match told {
            true => accept_within(&listener, limit).await,
            false => matches!(timeout(limit, listener.accept()).await, Ok(Ok(_))),
        };
        missed += u32::from(!taken && !gives_up(round, patient));
        arrived.await?;
    }
    sleep(Duration::from_millis(20)).await;
    finish(world, n, missed, before);
    Ok(())
}

/// Whether a connection was taken in time. What came when the accept was told to end is taken
/// too, and closed at once like every other.
async fn accept_within(listener: &TcpListener, limit: Duration) -> bool {
    let canceller = Canceller::new();
    let mut accept = pin!(listener.cancelable_accept(canceller.handle()));
    if let Ok(accepted) = timeout(limit, accept.as_mut()).await {
        return accepted.is_ok();
    }
    canceller.cancel();
    drop(accept.await);
    false
}

/// A client that comes after a while and leaves.
async fn arrive(to: SocketAddr, after_ms: u32) -> io::Result<()> {
    sleep(Duration::from_millis(after_ms.into())).await;
    TcpStream::connect_addr(to).await?;
    Ok(())
}

/// Every round has a listener of its own, so that a connection which nothing has taken is closed
/// with it and is not taken by the next.
async fn late_rounds(world: &'static World, n: u32, told: bool, patient: bool) -> io::Result<()> {
    let before = start();
    let mut missed = 0;
    for round in 0..n {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let port = listener.local_addr()?.port();
        let stops = gives_up(round, patient);
        let (stop, stopped) = oneshot::channel();
        let arrived = monoio::spawn(arrive_late(port, stops, stop));
        let taken = accept_until(&listener, ordered(stops, stopped), told).await;
        missed += u32::from(!taken && !stops);
        arrived.await?;
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

/// Whether a connection was taken before the order to stop, which is looked at first. What the
/// accept has when it is told to end is taken too, and closed at once like every other.
async fn accept_until(listener: &TcpListener, stop: impl Future<Output = ()>, told: bool) -> bool {
    let canceller = Canceller::new();
    let handle = canceller.handle();
    let accept = async {
        match told {
            true => listener.cancelable_accept(handle).await,
            false => listener.accept().await,
        }
    };
    match select(pin!(stop), pin!(accept)).await {
        Either::Left(((), accept)) => {
            if told {
                canceller.cancel();
                drop(accept.await);
            }
            false
        }
        Either::Right((accepted, _)) => accepted.is_ok(),
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
