//! `TcpListener` and a task per connection with an owned buffer that is passed in and
//! returned, as in the crate's example `net`.
//!
//! A connection is served as in this peer's `tcp-echo`, with room for two messages: requests
//! that came together are answered together.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use compio::net::TcpListener;
use compio::runtime::ResumeUnwind;
use contract::{Case, Load, Params, Role, World};
use oracles::spawn_join::judge;
use oracles::tcp_echo::SMALL;
use oracles::{done, failed};

use crate::block_on;
use crate::tcp_echo::serve;

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "open-loop", role: Role::Control, run: open_loop, judge }];

fn open_loop(world: &'static World, params: &Params) {
    crate::awb_marker_compio();
    let served = block_on(server(world, params.n)).and_then(|served| served);
    match served {
        Ok(()) => done(world, params.n, 0),
        Err(error) => failed(world, error.raw_os_error().unwrap_or(-1)),
    }
}

async fn server(world: &'static World, n: u32) -> io::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    if !world.has_load() {
        return Err(io::ErrorKind::NotConnected.into());
    }
    world.serving(listener.local_addr()?.port(), Load::OpenLoop(n));
    let mut tasks = Vec::new();
    for _ in 0..n {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tasks.push(compio::runtime::spawn(serve(stream, 2 * SMALL)));
    }
    for task in tasks {
        task.await.resume_unwind().ok_or(io::ErrorKind::Interrupted)??;
    }
    Ok(())
}
