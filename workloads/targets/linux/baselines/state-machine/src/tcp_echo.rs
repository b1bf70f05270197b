//! The echo as a state machine that is written by hand: a number and a flag for a client, a
//! queue of buffers for a server, and one loop that asks the ring what happened next. There is
//! no task, no waker and nothing that could be cancelled. It shows what the kernel's own means come
//! to without a runtime, and is nothing that could carry a second workload.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::fd::AsRawFd;

use contract::{Case, Params, Role, World};
use oracles::tcp_echo::{LARGE, Progress, SMALL, WARM_UP, ends, judge, mark, round_trips, rounds};

use crate::begin;
use crate::ring::{Event, Filled, Ring};

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
    let progress = Progress::new(n);
    match echo(world, &progress, len) {
        Ok(()) => {
            let (made, wrong) = progress.totals();
            oracles::done(world, made, wrong);
        }
        Err(error) => oracles::failed(world, error.raw_os_error().unwrap_or(-1)),
    }
}

/// Client `i` is socket `2 i`, its server socket `2 i + 1`.
fn echo(world: &World, progress: &Progress, len: usize) -> io::Result<()> {
    let streams = connected(progress.connections())?;
    let sockets: Vec<_> = streams.iter().map(AsRawFd::as_raw_fd).collect();
    let mut machine = Machine {
        ring: Ring::new(&sockets, len)?,
        world,
        progress,
        clients: (0..progress.connections()).map(|_| Client::default()).collect(),
        servers: (0..progress.connections()).map(|_| Server::new()).collect(),
        through: false,
    };
    let mut events = Vec::with_capacity(4 * sockets.len());
    for client in 0..progress.connections() {
        machine.ask(client)?;
    }
    while !machine.through {
        machine.step(&mut events)?;
    }
    // Both ends of every connection hear of it, so that no receive stays behind.
    for client in streams.iter().step_by(2) {
        client.shutdown(Shutdown::Both)?;
    }
    while machine.ring.armed() > 0 {
        machine.step(&mut events)?;
    }
    Ok(())
}

/// Both ends of `n` connections, the client's first.
fn connected(n: u32) -> io::Result<Vec<TcpStream>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let addr = listener.local_addr()?;
    let mut streams = Vec::new();
    for _ in 0..n {
        streams.push(TcpStream::connect(addr)?);
        streams.push(listener.accept()?.0);
    }
    streams.iter().try_for_each(|stream| stream.set_nodelay(true))?;
    Ok(streams)
}

/// Where a client is: in which round, with how much of its answer.
#[derive(Debug, Default)]
struct Client {
    round: u32,
    got: usize,
    wrong: bool,
}

/// What a server has to send back, the first of it on its way.
#[derive(Debug)]
struct Server {
    back: VecDeque<Filled>,
}

impl Server {
    fn new() -> Server {
        Server { back: VecDeque::with_capacity(4) }
    }
}

struct Machine<'a> {
    ring: Ring,
    world: &'a World,
    progress: &'a Progress,
    clients: Vec<Client>,
    servers: Vec<Server>,
    through: bool,
}

impl Machine<'_> {
    /// Waits, and does what follows from what happened.
    fn step(&mut self, events: &mut Vec<Event>) -> io::Result<()> {
        self.ring.wait(events)?;
        for event in events.drain(..) {
            match event {
                Event::Received { socket, filled } if socket % 2 == 0 => {
                    self.answered(socket / 2, filled)?;
                }
                Event::Received { socket, filled } => self.asked(socket / 2, filled)?,
                Event::Sent { socket, len } => self.sent(socket, len)?,
                Event::Closed if self.through => {}
                Event::Closed => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        Ok(())
    }

    /// A client sends its message.
    fn ask(&mut self, client: u32) -> io::Result<()> {
        let round = self.clients[client as usize].round;
        mark(self.ring.message(2 * client), client, round);
        self.ring.send_message(2 * client)
    }

    /// A server sends back what came, in order.
    fn asked(&mut self, server: u32, filled: Filled) -> io::Result<()> {
        let back = &mut self.servers[server as usize].back;
        if back.is_empty() {
            self.ring.send_back(2 * server + 1, &filled)?;
        }
        back.push_back(filled);
        Ok(())
    }

    fn sent(&mut self, socket: u32, len: usize) -> io::Result<()> {
        if socket.is_multiple_of(2) {
            let all = len == self.ring.message(socket).len();
            return if all { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) };
        }
        let back = &mut self.servers[(socket / 2) as usize].back;
        let filled = back.pop_front().filter(|filled| filled.len() == len);
        self.ring.give_back(filled.ok_or(io::ErrorKind::WriteZero)?)?;
        match back.front() {
            Some(next) => self.ring.send_back(socket, next),
            None => Ok(()),
        }
    }

    /// A client has some of its answer.
    fn answered(&mut self, client: u32, filled: Filled) -> io::Result<()> {
        let size = self.ring.message(2 * client).len();
        let state = &mut self.clients[client as usize];
        let [first, last] = ends(client, state.round);
        let bytes = self.ring.bytes(&filled);
        state.wrong |= state.got == 0 && bytes.first() != Some(&first);
        state.got += filled.len();
        let complete = state.got == size;
        state.wrong |= complete && bytes.last() != Some(&last);
        self.ring.give_back(filled)?;
        if complete { self.next_round(client) } else { Ok(()) }
    }

    /// Warming up is over for all before the next round is any owner's.
    fn next_round(&mut self, client: u32) -> io::Result<()> {
        let measured = rounds(self.progress.connections());
        let state = &mut self.clients[client as usize];
        state.got = 0;
        if state.round + 1 == WARM_UP + measured {
            if state.wrong {
                self.progress.wrong();
            }
            if self.progress.leave(measured) {
                self.world.end(round_trips(self.progress.connections()).into());
                self.through = true;
            }
            return Ok(());
        }
        state.round += 1;
        if state.round != WARM_UP {
            return self.ask(client);
        }
        if self.progress.arrive() {
            begin(self.world);
            (0..self.progress.connections()).try_for_each(|client| self.ask(client))?;
        }
        Ok(())
    }
}
