//! `io-trait-shapes`, case `idle`: no buffer is made or held before there is something to
//! read.
//!
//! A connection waits with `readable`, as in the documentation of `TcpStream::try_read`, and
//! only then makes its buffer.

extern crate std;

use std::io::ErrorKind;
use std::rc::Rc;
use std::vec;

use contract::{Case, Params, Role, World};
use oracles::io_trait_shapes::{HOLD, judge_idle};
use peer_tokio::io_trait_shapes::{Held, connections};
use tokio::net::TcpStream;
use tokio::task::spawn_local;

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "idle", role: Role::Hazard, run: idle, judge: judge_idle }];

fn idle(world: &'static World, params: &Params) {
    connections(world, params.n, |held, stream| spawn_local(hold(held, stream)));
}

async fn hold(held: Rc<Held>, stream: TcpStream) {
    held.until_all_wait(async {
        loop {
            stream.readable().await?;
            let mut buf = vec![0; HOLD];
            match stream.try_read(&mut buf) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    })
    .await;
}
