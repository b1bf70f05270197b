//! `tokio::io::BufWriter` over a TCP connection, dropped with and without a flush. The sockets are
//! real; nothing waits for time, so that the clock of the workload is not asked.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use contract::{Case, Params, Role, World};
use suite::unflushed_drop::{PROGRAM, SINK, TAKEN, WENT_ON, judge};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufWriter};
use tokio::net::{TcpListener, TcpStream};

use crate::runtime;

/// The writer has room for this many bytes.
const ROOM: usize = 64;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "socket", role: Role::Hazard, run: dropped, judge },
    Case { id: "control-socket", role: Role::Control, run: flushed, judge },
];

fn dropped(world: &'static World, params: &Params) {
    run(world, params.n, false);
}

fn flushed(world: &'static World, params: &Params) {
    run(world, params.n, true);
}

fn run(world: &'static World, bytes: u32, flushes: bool) {
    crate::awb_marker_tokio();
    let runtime = runtime(|builder| builder.enable_io());
    // A run whose sockets cannot be had has no events, and so fails its judge.
    let _made = runtime.block_on(write(world, bytes, flushes));
}

async fn write(world: &'static World, bytes: u32, flushes: bool) -> io::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let stream = TcpStream::connect(listener.local_addr()?).await?;
    let (mut peer, _) = listener.accept().await?;
    let mut writer = BufWriter::with_capacity(ROOM, stream);
    writer.write_all(&vec![0; bytes as usize]).await?;
    if flushes {
        writer.flush().await?;
    }
    drop(writer);
    world.log(PROGRAM, WENT_ON, 0, 0);
    let mut received = Vec::new();
    peer.read_to_end(&mut received).await?;
    world.log(SINK, TAKEN, u32::try_from(received.len()).unwrap_or(u32::MAX), 0);
    Ok(())
}
