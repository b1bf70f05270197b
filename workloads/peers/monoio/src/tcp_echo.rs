//! `TcpListener`, `TcpStream` and a task per connection with owned buffers that are passed
//! in and returned, as in the crate's README. Every buffer is used again; the client reads
//! into a boxed slice, which `read_exact` fills.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;

use contract::{Case, Params, Role, World};
use monoio::io::{AsyncReadRent, AsyncReadRentExt, AsyncWriteRentExt};
use monoio::net::{TcpListener, TcpStream};
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
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let addr = listener.local_addr()?;
    let mut tasks = Vec::new();
    for _ in 0..run.connections() {
        tasks.push(monoio::spawn(client(Rc::clone(run), addr)));
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tasks.push(monoio::spawn(serve(stream, run.message_len())));
    }
    for task in tasks {
        task.await?;
    }
    Ok(())
}

/// Writes back what it reads, until its client is through.
pub(crate) async fn serve(mut stream: TcpStream, len: usize) -> io::Result<()> {
    let mut buf: Vec<u8> = Vec::with_capacity(len);
    let mut res;
    loop {
        (res, buf) = stream.read(buf).await;
        if res? == 0 {
            return Ok(());
        }
        (res, buf) = stream.write_all(buf).await;
        res?;
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
    let mut stream = TcpStream::connect_addr(to).await?;
    stream.set_nodelay(true)?;
    let mut message = vec![0; run.message_len()].into_boxed_slice();
    let mut buf = message.clone();
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
    message: &mut Box<[u8]>,
    buf: &mut Box<[u8]>,
    number: u32,
    round: u32,
) -> io::Result<bool> {
    mark(message, number, round);
    let (written, returned) = stream.write_all(std::mem::take(message)).await;
    *message = returned;
    written?;
    let (read, returned) = stream.read_exact(std::mem::take(buf)).await;
    *buf = returned;
    read?;
    Ok(is_marked(&buf[..message.len()], number, round))
}
