//! A dropped `accept`, which the crate cancels.
//!
//! Case `ignore`: the program drops the accept, as every program does that uses a timeout. The
//! crate then does both of what a design can choose: it tells the kernel, and it closes what
//! comes nevertheless. There is no case `reclaim` for that reason.
//! Case `cancel`: an accept with a token, which is told to end and then waited for, so that a
//! connection that came meanwhile is the program's.
//!
//! The cases with `-late` are those of the suite: the connection is there when the accept is
//! given up, and the program has not looked.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use compio::net::{TcpListener, TcpStream};
use compio::runtime::{CancelToken, FutureExt, ResumeUnwind};
use compio::time::{sleep, timeout};
use contract::{Case, Params, Role, World};
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use oracles::failed;
use oracles::socket_op_leak::{
    BUSY_AFTER_MS, LATE_LIMIT_MS, arrival_ms, arrive_while_busy, finish, gives_up, judge,
    patience_ms, start,
};

use crate::block_on;

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
    crate::awb_marker_compio();
    let made = block_on(rounds(world, n, told, patient)).and_then(|made| made);
    if let Err(error) = made {
        failed(world, error.raw_os_error().unwrap_or(-1));
    }
}

fn run_late(world: &'static World, n: u32, told: bool, patient: bool) {
    crate::awb_marker_compio();
    let made = block_on(late_rounds(world, n, told, patient)).and_then(|made| made);
    if let Err(error) = made {
        failed(world, error.raw_os_error().unwrap_or(-1));
    }
}

async fn rounds(world: &'static World, n: u32, told: bool, patient: bool) -> io::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let addr = listener.local_addr()?;
    let before = start();
    let mut missed = 0;
    for round in 0..n {
        let arrived = compio::runtime::spawn(arrive(addr, arrival_ms(round)));
        let limit = Duration::from_millis(patience_ms(round, patient).into());
        let taken = match told {
            true => accept_within(&listener, limit).await,
            false => matches!(timeout(limit, listener.accept()).await, Ok(Ok(_))),
        };
        missed += u32::from(!taken && !gives_up(round, patient));
        arrived.await.resume_unwind().ok_or(io::ErrorKind::Interrupted)??;
    }
    sleep(Duration::from_millis(20)).await;
    finish(world, n, missed, before);
    Ok(())
}

/// Whether a connection was taken in time. What came when the accept was told to end is taken
/// too, and closed at once like every other.
async fn accept_within(listener: &TcpListener, limit: Duration) -> bool {
    let token = CancelToken::new();
    let mut accept = pin!(listener.accept().with_cancel(token.clone()));
    if let Ok(accepted) = timeout(limit, accept.as_mut()).await {
        return accepted.is_ok();
    }
    token.cancel();
    drop(accept.await);
    false
}

/// A client that comes after a while and leaves.
async fn arrive(to: SocketAddr, after_ms: u32) -> io::Result<()> {
    sleep(Duration::from_millis(after_ms.into())).await;
    TcpStream::connect(to).await?;
    Ok(())
}

/// Every round has a listener of its own, so that a connection which nothing has taken is closed
/// with it and is not taken by the next.
async fn late_rounds(world: &'static World, n: u32, told: bool, patient: bool) -> io::Result<()> {
    let before = start();
    let mut missed = 0;
    for round in 0..n {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let port = listener.local_addr()?.port();
        let stops = gives_up(round, patient);
        let (stop, stopped) = oneshot::channel();
        let arrived = compio::runtime::spawn(arrive_late(port, stops, stop));
        let taken = accept_until(&listener, ordered(stops, stopped), told).await;
        missed += u32::from(!taken && !stops);
        arrived.await.resume_unwind().ok_or(io::ErrorKind::Interrupted)??;
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
    let token = CancelToken::new();
    let accept = async {
        match told {
            true => listener.accept().with_cancel(token.clone()).await,
            false => listener.accept().await,
        }
    };
    match select(pin!(stop), pin!(accept)).await {
        Either::Left(((), accept)) => {
            if told {
                token.clone().cancel();
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
