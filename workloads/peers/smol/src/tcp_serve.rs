//! `Async<TcpListener>` and a task per connection, as in the crate's example `tcp-server`, on
//! an executor for one thread.
//!
//! A connection waits with `readable` before it reads, as in this peer's `tcp-echo`: the next
//! request is not there yet. It reads into room for two messages, so that requests that came
//! together are answered together.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use contract::{Case, Load, Params, Role, World};
use oracles::spawn_join::judge;
use oracles::tcp_echo::SMALL;
use oracles::{done, failed};
use smol::{Async, LocalExecutor};

use crate::block_on;
use crate::tcp_echo::serve;

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "open-loop", role: Role::Control, run: open_loop, judge }];

fn open_loop(world: &'static World, params: &Params) {
    crate::awb_marker_smol();
    let executor = LocalExecutor::new();
    let served = block_on(&executor, server(world, params.n, &executor));
    match served {
        Ok(()) => done(world, params.n, 0),
        Err(error) => failed(world, error.raw_os_error().unwrap_or(-1)),
    }
}

async fn server(world: &'static World, n: u32, executor: &LocalExecutor<'_>) -> io::Result<()> {
    let listener = Async::<TcpListener>::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    if !world.has_load() {
        return Err(io::ErrorKind::NotConnected.into());
    }
    world.serving(listener.get_ref().local_addr()?.port(), Load::OpenLoop(n));
    let mut tasks = Vec::new();
    for _ in 0..n {
        let (stream, _) = listener.accept().await?;
        stream.get_ref().set_nodelay(true)?;
        tasks.push(executor.spawn(serve(stream, 2 * SMALL)));
    }
    for task in tasks {
        task.await?;
    }
    Ok(())
}
