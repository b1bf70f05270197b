//! `Async<TcpListener>`, `Async<TcpStream>` and a task per connection, as in the crate's
//! example `tcp-server`, on an executor for one thread.
//!
//! Both sides wait with `readable` before they read with `read_with`: after a write the
//! answer is not there yet. `AsyncReadExt::read` tries first, and twice, which is four calls
//! more per round trip.

use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;

use contract::{Case, Params, Role, World};
use oracles::echo_run::EchoRun;
use oracles::tcp_echo::{LARGE, SMALL, is_marked, judge, mark};
use smol::io::AsyncWriteExt;
use smol::{Async, LocalExecutor};

use crate::{begin, block_on};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "64b", role: Role::Hazard, run: small, judge },
    Case { id: "16k", role: Role::Hazard, run: large, judge },
];

fn small(world: &'static World, params: &Params) {
    run(world, params.n, SMALL);
}

fn large(world: &'static World, params: &Params) {
    run(world, params.n, LARGE);
}

fn run(world: &'static World, n: u32, len: usize) {
    let run = EchoRun::new(world, n, len);
    let executor = LocalExecutor::new();
    let echoed = block_on(&executor, echo(&run, &executor));
    run.finish(&echoed);
}

async fn echo(run: &Rc<EchoRun>, executor: &LocalExecutor<'_>) -> io::Result<()> {
    let listener = Async::<TcpListener>::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let addr = listener.get_ref().local_addr()?;
    let mut tasks = Vec::new();
    for _ in 0..run.connections() {
        tasks.push(executor.spawn(client(Rc::clone(run), addr)));
        let (stream, _) = listener.accept().await?;
        stream.get_ref().set_nodelay(true)?;
        tasks.push(executor.spawn(serve(stream, run.message_len())));
    }
    for task in tasks {
        task.await?;
    }
    Ok(())
}

/// Writes back what it reads, until its client is through.
pub(crate) async fn serve(mut stream: Async<TcpStream>, len: usize) -> io::Result<()> {
    let mut buf = vec![0; len];
    loop {
        stream.readable().await?;
        let n = stream.read_with(|mut s| s.read(&mut buf)).await?;
        if n == 0 {
            return Ok(());
        }
        stream.write_all(&buf[..n]).await?;
    }
}

async fn client(run: Rc<EchoRun>, to: SocketAddr) -> io::Result<()> {
    let made = all_rounds(&run, to).await;
    if made.is_err() {
        run.abandon();
    }
    made
}

async fn all_rounds(run: &EchoRun, to: SocketAddr) -> io::Result<()> {
    let mut stream = Async::<TcpStream>::connect(to).await?;
    stream.get_ref().set_nodelay(true)?;
    let (mut message, mut buf) = (vec![0; run.message_len()], vec![0; run.message_len()]);
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

/// Sends a message and reads as many bytes; whether they are those of this client and round.
async fn round_trip(
    stream: &mut Async<TcpStream>,
    message: &mut [u8],
    buf: &mut [u8],
    number: u32,
    round: u32,
) -> io::Result<bool> {
    mark(message, number, round);
    stream.write_all(message).await?;
    let mut got = 0;
    while got < buf.len() {
        stream.readable().await?;
        match stream.read_with(|mut s| s.read(&mut buf[got..])).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => got += n,
        }
    }
    Ok(is_marked(&buf[..message.len()], number, round))
}
