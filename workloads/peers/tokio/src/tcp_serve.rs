//! `TcpListener` and a task per connection, as in the documentation of `tokio::net`, on a
//! current-thread runtime with the I/O driver and no timers.
//!
//! A connection reads into room for two messages, as in this peer's `tcp-echo`: a read that
//! does not fill its buffer saves the call that would find the socket empty, and requests
//! that came together are answered together.

use std::io;

use contract::{Case, Load, Params, Role, World};
use oracles::spawn_join::judge;
use oracles::tcp_echo::SMALL;
use oracles::{done, failed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_local;

use crate::runtime;

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "open-loop", role: Role::Control, run: open_loop, judge }];

fn open_loop(world: &'static World, params: &Params) {
    crate::awb_marker_tokio();
    let served = runtime(|builder| builder.enable_io()).block_on(server(world, params.n));
    match served {
        Ok(()) => done(world, params.n, 0),
        Err(error) => failed(world, error.raw_os_error().unwrap_or(-1)),
    }
}

async fn server(world: &'static World, n: u32) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    if !world.has_load() {
        return Err(io::ErrorKind::NotConnected.into());
    }
    world.serving(listener.local_addr()?.port(), Load::OpenLoop(n));
    let mut tasks = Vec::new();
    for _ in 0..n {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tasks.push(spawn_local(serve(stream)));
    }
    for task in tasks {
        task.await.map_err(io::Error::other)??;
    }
    Ok(())
}

/// Writes back what it reads, until the client closes.
async fn serve(mut stream: TcpStream) -> io::Result<()> {
    let mut buf = vec![0; 2 * SMALL];
    loop {
        let n = stream.read(&mut buf).await?;
        if n == 0 {
            return Ok(());
        }
        stream.write_all(&buf[..n]).await?;
    }
}
