//! A dropped `read` has taken nothing, and the kernel does not know the buffer.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use contract::{Case, Params, Role, World};
use oracles::failed;
use oracles::socket_buffer_cancel::{
    OTHER, SIZE, Seen, finish, judge, patience_ms, write_after_ms,
};
use smol::future::FutureExt;
use smol::io::{AsyncReadExt, AsyncWriteExt};
use smol::{Async, LocalExecutor, Timer};

use crate::block_on;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "cancels", role: Role::Hazard, run: cancels, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn cancels(world: &'static World, params: &Params) {
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
    let connected = executor.spawn(Async::<TcpStream>::connect(addr));
    let (mut here, _) = listener.accept().await?;
    let arrived = connected;
    let mut there = arrived.await?;
    let mut seen = Seen::default();
    for round in 0..n {
        let arrived = executor.spawn(write_one(there, round));
        let (stale, came) = read_one(&mut here, patience_ms(round, patient)).await;
        there = arrived.await?;
        seen.keep(stale, came);
    }
    finish(world, n, seen);
    Ok(())
}

/// Reads one message, giving up once. Whether memory was written that was not lent any more,
/// and how many bytes came.
async fn read_one(stream: &mut Async<TcpStream>, limit_ms: u32) -> (bool, usize) {
    let limit = Duration::from_millis(limit_ms.into());
    let mut buffer = vec![0; SIZE];
    let first = stream.read(&mut buffer).or(late(limit)).await;
    if let Ok(came) = first {
        return (false, came);
    }
    buffer.fill(OTHER);
    Timer::after(Duration::from_millis(20)).await;
    let stale = buffer.iter().any(|byte| *byte != OTHER);
    let again = stream.read_exact(&mut buffer).or(late(Duration::from_millis(200))).await;
    (stale, if again.is_ok() { SIZE } else { 0 })
}

/// Writes one message after a while; gives the stream back.
async fn write_one(mut stream: Async<TcpStream>, round: u32) -> io::Result<Async<TcpStream>> {
    Timer::after(Duration::from_millis(write_after_ms(round).into())).await;
    stream.write_all(&[0; SIZE]).await?;
    Ok(stream)
}

/// The end of patience.
async fn late<T>(limit: Duration) -> io::Result<T> {
    Timer::after(limit).await;
    Err(io::ErrorKind::TimedOut.into())
}
