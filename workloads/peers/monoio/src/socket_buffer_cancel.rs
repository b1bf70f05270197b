//! A dropped `read` keeps its buffer: it was given away with the operation. What the peer wrote
//! may be in it.
//!
//! In the cases with `-late` the bytes are there when the read is given up, and the program has not
//! looked. In `cancels-late` it drops the read, as every program does that uses a timeout. In
//! `told-late` it is a `cancelable_read`, which is told to end and then waited for.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use contract::{Case, Params, Role, World};
use futures_util::future::{Either, select};
use local_sync::oneshot;
use monoio::io::{
    AsyncReadRent, AsyncReadRentExt, AsyncWriteRentExt, CancelableAsyncReadRent, Canceller,
};
use monoio::net::{TcpListener, TcpStream};
use monoio::time::{sleep, timeout};
use oracles::failed;
use oracles::socket_buffer_cancel::{
    BUSY_AFTER_MS, Busy, LATE_LIMIT_MS, OTHER, SIZE, Seen, finish, gives_up, judge, patience_ms,
    write_after_ms,
};

use crate::block_on_with_timer;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "cancels", role: Role::Hazard, run: cancels, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
    Case { id: "cancels-late", role: Role::Hazard, run: cancels_late, judge },
    Case { id: "told-late", role: Role::Hazard, run: told_late, judge },
    Case { id: "control-late", role: Role::Control, run: control_late, judge },
];

fn cancels(world: &'static World, params: &Params) {
    run(world, params.n, false);
}

fn control(world: &'static World, params: &Params) {
    run(world, params.n, true);
}

fn cancels_late(world: &'static World, params: &Params) {
    run_late(world, params.n, false, false);
}

fn told_late(world: &'static World, params: &Params) {
    run_late(world, params.n, true, false);
}

fn control_late(world: &'static World, params: &Params) {
    run_late(world, params.n, false, true);
}

fn run(world: &'static World, n: u32, patient: bool) {
    crate::awb_marker_monoio();
    let made = block_on_with_timer(rounds(world, n, patient)).and_then(|made| made);
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

async fn rounds(world: &'static World, n: u32, patient: bool) -> io::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let addr = listener.local_addr()?;
    let connected = monoio::spawn(TcpStream::connect_addr(addr));
    let (mut here, _) = listener.accept().await?;
    let arrived = connected;
    let mut there = arrived.await?;
    let mut seen = Seen::default();
    for round in 0..n {
        let arrived = monoio::spawn(write_one(there, round));
        let (stale, came) = read_one(&mut here, patience_ms(round, patient)).await;
        there = arrived.await?;
        seen.keep(stale, came);
    }
    finish(world, n, seen);
    Ok(())
}

/// Reads one message, giving up once. Whether memory was written that was not lent any more,
/// and how many bytes came.
async fn read_one(stream: &mut TcpStream, limit_ms: u32) -> (bool, usize) {
    let limit = Duration::from_millis(limit_ms.into());
    if let Ok((came, _)) = timeout(limit, stream.read(vec![0; SIZE])).await {
        return (false, came.unwrap_or(0));
    }
    read_again(stream).await
}

/// What is done after a read was given up: its buffer was given away with it, so the program
/// goes on with another one, and then reads the message with patience.
async fn read_again(stream: &mut TcpStream) -> (bool, usize) {
    let buffer = vec![OTHER; SIZE].into_boxed_slice();
    sleep(Duration::from_millis(20)).await;
    let stale = buffer.iter().any(|byte| *byte != OTHER);
    let again = timeout(Duration::from_millis(200), stream.read_exact(buffer)).await;
    (stale, if matches!(again, Ok((Ok(_), _))) { SIZE } else { 0 })
}

/// Writes one message after a while; gives the stream back.
async fn write_one(mut stream: TcpStream, round: u32) -> io::Result<TcpStream> {
    sleep(Duration::from_millis(write_after_ms(round).into())).await;
    stream.write_all(vec![0; SIZE]).await.0?;
    Ok(stream)
}

/// The message comes when the program is busy; who writes is outside of the runtime.
async fn late_rounds(world: &'static World, n: u32, told: bool, patient: bool) -> io::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let mut there = Busy::connect(listener.local_addr()?.port())?;
    let (mut here, _) = listener.accept().await?;
    let mut seen = Seen::default();
    for round in 0..n {
        let stops = gives_up(round, patient);
        let (stop, stopped) = oneshot::channel();
        let written = monoio::spawn(write_late(there, stops, stop));
        let (stale, came) = read_until(&mut here, ordered(stops, stopped), told).await;
        there = written.await?;
        seen.keep(stale, came);
    }
    finish(world, n, seen);
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

/// Reads one message, giving up when it is told to, which is looked at first.
async fn read_until(
    stream: &mut TcpStream,
    stop: impl Future<Output = ()>,
    told: bool,
) -> (bool, usize) {
    {
        let canceller = Canceller::new();
        let handle = canceller.handle();
        let read = async {
            match told {
                true => stream.cancelable_read(vec![0; SIZE], handle).await,
                false => stream.read(vec![0; SIZE]).await,
            }
        };
        match select(pin!(stop), pin!(read)).await {
            Either::Right(((came, _), _)) => return (false, came.unwrap_or(0)),
            Either::Left(((), read)) if told => {
                canceller.cancel();
                let (came, _) = read.await;
                if let Ok(came @ 1..) = came {
                    return (false, came);
                }
            }
            Either::Left(_) => {}
        }
    }
    read_again(stream).await
}

/// Writes a message while the program is busy, and then, perhaps, the order to stop.
async fn write_late(mut to: Busy, stops: bool, stop: oneshot::Sender<()>) -> io::Result<Busy> {
    sleep(Duration::from_millis(BUSY_AFTER_MS.into())).await;
    to.write()?;
    if stops {
        let _told = stop.send(());
    }
    Ok(to)
}
