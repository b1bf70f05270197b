//! A dropped `read` has taken nothing, and the kernel does not know the buffer.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use contract::{Case, Params, Role, World};
use oracles::failed;
use oracles::socket_buffer_cancel::{
    OTHER, SIZE, Seen, finish, judge, patience_ms, write_after_ms,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};

use crate::runtime;

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
    let connected = spawn_local(TcpStream::connect(addr));
    let (mut here, _) = listener.accept().await?;
    let arrived = connected;
    let mut there = arrived.await.map_err(io::Error::other)??;
    let mut seen = Seen::default();
    for round in 0..n {
        let arrived = spawn_local(write_one(there, round));
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
    let mut buffer = vec![0; SIZE];
    if let Ok(came) = timeout(limit, stream.read(&mut buffer)).await {
        return (false, came.unwrap_or(0));
    }
    buffer.fill(OTHER);
    sleep(Duration::from_millis(20)).await;
    let stale = buffer.iter().any(|byte| *byte != OTHER);
    let again = timeout(Duration::from_millis(200), stream.read_exact(&mut buffer)).await;
    (stale, if matches!(again, Ok(Ok(_))) { SIZE } else { 0 })
}

/// Writes one message after a while; gives the stream back.
async fn write_one(mut stream: TcpStream, round: u32) -> io::Result<TcpStream> {
    sleep(Duration::from_millis(write_after_ms(round).into())).await;
    stream.write_all(&[0; SIZE]).await?;
    Ok(stream)
}
