//! A dropped `read` keeps its buffer: it was given away with the operation. What the peer wrote
//! may be in it.
//!
//! In the cases with `-late` the bytes are there when the read is given up, and the program has not
//! looked. In `cancels-late` it drops the read, as every program does that uses a timeout. A
//! read of this crate cannot be told to end.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use contract::{Case, Params, Role, World};
use oracles::failed;
use oracles::socket_buffer_cancel::{
    BUSY_AFTER_MS, Busy, LATE_LIMIT_MS, OTHER, SIZE, Seen, finish, gives_up, judge, patience_ms,
    write_after_ms,
};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tokio_uring::buf::BoundedBuf;
use tokio_uring::net::{TcpListener, TcpStream};

use crate::block_on;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "cancels", role: Role::Hazard, run: cancels, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
    Case { id: "cancels-late", role: Role::Hazard, run: cancels_late, judge },
    Case { id: "control-late", role: Role::Control, run: control_late, judge },
];

fn cancels(world: &'static World, params: &Params) {
    run(world, params.n, false);
}

fn control(world: &'static World, params: &Params) {
    run(world, params.n, true);
}

fn cancels_late(world: &'static World, params: &Params) {
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
    let connected = tokio_uring::spawn(TcpStream::connect(addr));
    let (mut here, _) = listener.accept().await?;
    let arrived = connected;
    let mut there = arrived.await.map_err(io::Error::other)??;
    let mut seen = Seen::default();
    for round in 0..n {
        let arrived = tokio_uring::spawn(write_one(there, round));
        let (stale, came) = read_one(&mut here, patience_ms(round, patient)).await;
        there = arrived.await.map_err(io::Error::other)??;
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
    let buffer = vec![OTHER; SIZE];
    sleep(Duration::from_millis(20)).await;
    let stale = buffer.iter().any(|byte| *byte != OTHER);
    let again = timeout(Duration::from_millis(200), read_exact(stream, buffer)).await;
    (stale, if matches!(again, Ok(Ok(()))) { SIZE } else { 0 })
}

/// Writes one message after a while; gives the stream back.
async fn write_one(stream: TcpStream, round: u32) -> io::Result<TcpStream> {
    sleep(Duration::from_millis(write_after_ms(round).into())).await;
    stream.write_all(vec![0; SIZE]).await.0?;
    Ok(stream)
}

/// The crate has it for files only.
async fn read_exact(stream: &TcpStream, mut buffer: Vec<u8>) -> io::Result<()> {
    let mut got = 0;
    while got < SIZE {
        let (came, slice) = stream.read(buffer.slice(got..)).await;
        buffer = slice.into_inner();
        match came? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            came => got += came,
        }
    }
    Ok(())
}

/// The message comes when the program is busy; who writes is outside of the runtime.
async fn late_rounds(world: &'static World, n: u32, patient: bool) -> io::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let mut there = Busy::connect(listener.local_addr()?.port())?;
    let (mut here, _) = listener.accept().await?;
    let mut seen = Seen::default();
    for round in 0..n {
        let stops = gives_up(round, patient);
        let (stop, stopped) = oneshot::channel();
        let written = tokio_uring::spawn(write_late(there, stops, stop));
        let (stale, came) = read_until(&mut here, ordered(stops, stopped)).await;
        there = written.await.map_err(io::Error::other)??;
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
async fn read_until(stream: &mut TcpStream, stop: impl Future<Output = ()>) -> (bool, usize) {
    let first = tokio::select! {
        biased;
        () = stop => None,
        (came, _) = stream.read(vec![0; SIZE]) => Some(came.unwrap_or(0)),
    };
    match first {
        Some(came) => (false, came),
        None => read_again(stream).await,
    }
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
