//! `TcpListener`, `TcpStream` and a task per connection, as in the documentation of
//! `tokio::net`, on a current-thread runtime with the I/O driver.
//!
//! Both sides read into a buffer that has room for more than a message: a read that does
//! not fill its buffer tells tokio that the socket is empty, which saves the call that
//! would find that out. `read_exact` into a buffer of the message's size makes that call
//! on every round trip.
//!
//! `-multi` is the multi-threaded scheduler with two workers: the root is in `block_on`, as in
//! `#[tokio::main]`, and accepts there; its tasks run on the workers.

use std::io;
use std::rc::Rc;
use std::sync::Arc;

use contract::{Case, Params, Role, World};
use oracles::echo_run::EchoRun;
use oracles::echo_workers::{EchoWorkers, WORKERS};
use oracles::tcp_echo::{LARGE, SMALL, is_marked, judge, mark};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::task::spawn_local;

use crate::{begin, runtime};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "64b", role: Role::Hazard, run: small, judge },
    Case { id: "16k", role: Role::Hazard, run: large, judge },
    Case { id: "64b-multi", role: Role::Hazard, run: small_on_workers, judge },
];

fn small(world: &'static World, params: &Params) {
    run(world, params.n, SMALL);
}

fn large(world: &'static World, params: &Params) {
    run(world, params.n, LARGE);
}

fn small_on_workers(world: &'static World, params: &Params) {
    let run = Arc::new(EchoWorkers::new(params.n, SMALL));
    let runtime = Builder::new_multi_thread().worker_threads(WORKERS).enable_io().build();
    let runtime = runtime.expect("epoll, an eventfd and two threads can be had");
    let echoed = runtime.block_on(echo_on_workers(world, &run));
    run.finish(world, &echoed);
}

fn run(world: &'static World, n: u32, len: usize) {
    let run = EchoRun::new(world, n, len);
    let echoed = runtime(|builder| builder.enable_io()).block_on(echo(&run));
    run.finish(&echoed);
}

async fn echo(run: &Rc<EchoRun>) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    let mut tasks = Vec::new();
    for _ in 0..run.connections() {
        tasks.push(spawn_local(client(Rc::clone(run), port)));
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tasks.push(spawn_local(serve(stream, run.message_len())));
    }
    for task in tasks {
        task.await.map_err(io::Error::other)??;
    }
    Ok(())
}

/// Writes back what it reads, until its client is through.
pub(crate) async fn serve(mut stream: TcpStream, len: usize) -> io::Result<()> {
    let mut buf = vec![0; room(len)];
    loop {
        let n = stream.read(&mut buf).await?;
        if n == 0 {
            return Ok(());
        }
        stream.write_all(&buf[..n]).await?;
    }
}

async fn client(run: Rc<EchoRun>, port: u16) -> io::Result<()> {
    let made = all_rounds(&run, port).await;
    if made.is_err() {
        run.abandon();
    }
    made
}

async fn all_rounds(run: &EchoRun, port: u16) -> io::Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let (mut message, mut buf) = (vec![0; run.message_len()], vec![0; room(run.message_len())]);
    let number = run.number();
    run.connected().await;
    for round in run.warm_up() {
        if !round_trip(&mut stream, &mut message, &mut buf, number, round).await? {
            run.wrong();
        }
    }
    run.ready(begin).await;
    for round in run.rounds() {
        if !round_trip(&mut stream, &mut message, &mut buf, number, round).await? {
            run.wrong();
        }
    }
    run.through().await;
    Ok(())
}

async fn echo_on_workers(world: &'static World, run: &Arc<EchoWorkers>) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    let mut tasks = Vec::new();
    for _ in 0..run.connections() {
        tasks.push(tokio::spawn(client_on_workers(Arc::clone(run), port)));
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tasks.push(tokio::spawn(serve(stream, run.message_len())));
    }
    run.measured(world, begin).await;
    for task in tasks {
        task.await.map_err(io::Error::other)??;
    }
    Ok(())
}

async fn client_on_workers(run: Arc<EchoWorkers>, port: u16) -> io::Result<()> {
    let made = all_rounds_on_workers(&run, port).await;
    if made.is_err() {
        run.abandon();
    }
    made
}

async fn all_rounds_on_workers(run: &EchoWorkers, port: u16) -> io::Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let (mut message, mut buf) = (vec![0; run.message_len()], vec![0; room(run.message_len())]);
    let number = run.number();
    run.connected().await;
    for round in run.warm_up() {
        if !round_trip(&mut stream, &mut message, &mut buf, number, round).await? {
            run.wrong();
        }
    }
    run.ready().await;
    for round in run.rounds() {
        if !round_trip(&mut stream, &mut message, &mut buf, number, round).await? {
            run.wrong();
        }
    }
    run.through().await;
    Ok(())
}

/// Sends a message and reads as many bytes; whether they are those of this client and round.
async fn round_trip(
    stream: &mut TcpStream,
    message: &mut [u8],
    buf: &mut [u8],
    number: u32,
    round: u32,
) -> io::Result<bool> {
    mark(message, number, round);
    stream.write_all(message).await?;
    let mut got = 0;
    while got < message.len() {
        match stream.read(&mut buf[got..]).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => got += n,
        }
    }
    Ok(is_marked(&buf[..message.len()], number, round))
}

/// Bytes of a buffer for messages of `len` bytes.
fn room(len: usize) -> usize {
    2 * len
}
