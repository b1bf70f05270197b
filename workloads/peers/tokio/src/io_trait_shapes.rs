//! `io-trait-shapes`: idle connections with `AsyncReadExt::read`, a task for each.
//!
//! A task owns its stream and the buffer that it reads into, as in the documentation of
//! `tokio::net`. That a connection need not hold a buffer while nothing comes is the expert
//! form's.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;

use contract::{Case, Load, Params, Role, World};
use oracles::io_trait_shapes::{HOLD, judge_idle};
use oracles::tcp_echo::Progress;
use oracles::{done, failed};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::select;
use tokio::sync::Notify;
use tokio::task::spawn_local;

use crate::{begin, runtime};

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "idle", role: Role::Hazard, run: idle, judge: judge_idle }];

/// Connections that may wait to be accepted, as many as the designs let wait. Of the 1024 that
/// `TcpListener::bind` lets wait, ten thousand clients that come at once are too many: the kernel
/// drops what exceeds them, and their next attempts come after one, two, four and more seconds.
const BACKLOG: u32 = 4096;

/// What the connections of a run share.
#[derive(Debug)]
pub struct Held {
    world: &'static World,
    progress: Progress,
    over: Notify,
}

fn idle(world: &'static World, params: &Params) {
    connections(world, params.n, |held, stream| spawn_local(hold(held, stream)));
}

/// Accepts `n` connections and makes each a task with `spawn`, until all of them wait.
///
/// # Panics
/// When the runtime cannot be built.
pub fn connections(
    world: &'static World,
    n: u32,
    spawn: impl Fn(Rc<Held>, TcpStream) -> tokio::task::JoinHandle<()>,
) {
    let held = Rc::new(Held { world, progress: Progress::new(n), over: Notify::new() });
    let held_all = runtime(|builder| builder.enable_io()).block_on(accept_all(&held, n, spawn));
    match held_all {
        Ok(()) => {
            let (count, wrong) = held.progress.totals();
            done(world, count, wrong);
        }
        Err(error) => failed(world, error.raw_os_error().unwrap_or(-1)),
    }
}

async fn accept_all(
    held: &Rc<Held>,
    n: u32,
    spawn: impl Fn(Rc<Held>, TcpStream) -> tokio::task::JoinHandle<()>,
) -> io::Result<()> {
    let listener = listen()?;
    if !held.world.has_load() {
        return Err(io::ErrorKind::NotConnected.into());
    }
    held.world.serving(listener.local_addr()?.port(), Load::Idle(n));
    let mut tasks = Vec::with_capacity(n as usize);
    begin(held.world);
    for _ in 0..n {
        let (stream, _) = listener.accept().await?;
        tasks.push(spawn(Rc::clone(held), stream));
    }
    for task in tasks {
        task.await.map_err(io::Error::other)?;
    }
    Ok(())
}

fn listen() -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    socket.listen(BACKLOG)
}

async fn hold(held: Rc<Held>, mut stream: TcpStream) {
    let mut buf = vec![0; HOLD];
    held.until_all_wait(stream.read(&mut buf)).await;
}

impl Held {
    /// Reads, until all do. The last one ends what is measured.
    pub async fn until_all_wait(&self, read: impl Future<Output = io::Result<usize>>) {
        select! {
            biased;
            _ = read => self.progress.wrong(),
            () = self.counted() => {}
        }
        self.progress.leave(1);
    }

    /// Polled after the read beside it, which has begun by then.
    async fn counted(&self) {
        if self.progress.arrive() {
            self.world.end(self.progress.connections().into());
            self.over.notify_waiters();
        } else {
            self.over.notified().await;
        }
    }
}
