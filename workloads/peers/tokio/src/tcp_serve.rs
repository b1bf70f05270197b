//! `TcpListener` and a task per connection, as in the documentation of `tokio::net`, on a
//! current-thread runtime with the I/O driver and no timers.
//!
//! A connection is served as in this peer's `tcp-echo`, with room for two messages: a read
//! that does not fill its buffer saves the call that would find the socket empty, and
//! requests that came together are answered together.

use std::io;

use contract::{Case, Load, Params, Role, World};
use oracles::spawn_join::judge;
use oracles::tcp_echo::SMALL;
use oracles::{done, failed};
use tokio::net::TcpListener;
use tokio::task::spawn_local;

use crate::runtime;
use crate::tcp_echo::serve;

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
        tasks.push(spawn_local(serve(stream, SMALL)));
    }
    for task in tasks {
        task.await.map_err(io::Error::other)??;
    }
    Ok(())
}
