//! `TcpListener`, `TcpStream` and a task per connection with owned buffers that are passed
//! in and returned, as in the crate's example `net`. Every buffer is used again.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;

use compio::BufResult;
use compio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use compio::net::{TcpListener, TcpStream};
use compio::runtime::ResumeUnwind;
use contract::{Case, Params, Role, World};
use oracles::echo_run::EchoRun;
use oracles::tcp_echo::{LARGE, SMALL, is_marked, judge, mark};

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
    let echoed = block_on(echo(&run)).and_then(|echoed| echoed);
    run.finish(&echoed);
}

async fn echo(run: &Rc<EchoRun>) -> io::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let addr = listener.local_addr()?;
    let mut tasks = Vec::new();
    for _ in 0..run.connections() {
        tasks.push(compio::runtime::spawn(client(Rc::clone(run), addr)));
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tasks.push(compio::runtime::spawn(serve(stream, run.message_len())));
    }
    for task in tasks {
        task.await.resume_unwind().ok_or(io::ErrorKind::Interrupted)??;
    }
    Ok(())
}

/// Writes back what it reads, until its client is through.
pub(crate) async fn serve(mut stream: TcpStream, len: usize) -> io::Result<()> {
    let mut buf = Vec::with_capacity(len);
    loop {
        let BufResult(read, returned) = stream.read(buf).await;
        if read? == 0 {
            return Ok(());
        }
        let BufResult(written, returned) = stream.write_all(returned).await;
        written?;
        buf = returned;
        // A read makes a buffer longer and never shorter.
        buf.clear();
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
    let mut stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
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
    stream: &mut TcpStream,
    message: &mut Vec<u8>,
    buf: &mut Vec<u8>,
    number: u32,
    round: u32,
) -> io::Result<bool> {
    mark(message, number, round);
    let BufResult(written, returned) = stream.write_all(std::mem::take(message)).await;
    *message = returned;
    written?;
    let BufResult(read, returned) = stream.read_exact(std::mem::take(buf)).await;
    *buf = returned;
    read?;
    Ok(is_marked(&buf[..message.len()], number, round))
}
