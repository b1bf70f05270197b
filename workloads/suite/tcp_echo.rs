//! An echo server and its clients, over loopback, in one thread.
//!
//! Every connection is two children of one scope: a server that writes back what it reads,
//! and a client that writes a message and reads it again. What is set up before the measured
//! part, and what one operation is, says `oracles::tcp_echo`. Both ends belong to the same
//! runtime, so that nothing is parked while there is work and no second thread competes for
//! the core; both ends therefore pay for the design. Both read into a buffer with room for
//! more than a message, as the peers do: over readiness a read that does not fill its buffer
//! says that nothing is left, which saves the call that would find it out.
//!
//! The control makes the same round trips on one connection from one task, without children:
//! what remains is the cost of the operations themselves.
//!
//! After the echo benches of compio, monoio and glommio.

use contract::{Case, Drivers, Params, Role, World};
use design as d;
use oracles::tcp_echo::{LARGE, Progress, SMALL, WARM_UP, ends, is_marked, judge, mark, rounds};
use oracles::{done, failed};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "64b", role: Role::Hazard, run: small, judge },
    Case { id: "16k", role: Role::Hazard, run: large, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn small(world: &'static World, params: &Params) {
    world.uses(Drivers::SOCKETS);
    d::block_on(world, echo(world, params.n, SMALL));
}

fn large(world: &'static World, params: &Params) {
    world.uses(Drivers::SOCKETS);
    d::block_on(world, echo(world, params.n, LARGE));
}

fn control(world: &'static World, params: &Params) {
    world.uses(Drivers::SOCKETS);
    d::block_on(world, by_one_task(world, params.n));
}

#[d::task_fn]
async fn echo(world: &'static World, n: u32, size: usize) {
    let (mut listener, port) = match d::listen() {
        Ok(listening) => listening,
        Err(error) => return failed(world, error.code()),
    };
    d::own!(progress = Progress::new(n));
    d::chan!(connected: (), 1);
    d::chan!(ready: (), 1);
    d::chan!(over: (), 1);
    let _all = d::scope!(cap = 64, bytes = 32_768, |scope| {
        for number in 0..n {
            match d::join(d::accept(&mut listener), d::connect(port)).await {
                (Ok(server), Ok(client)) => {
                    let _child = scope.spawn(serve(server, size));
                    let client = Client { stream: client, number, size, rounds: rounds(n) };
                    let gates = (d::share(connected), d::share(ready), d::share(over));
                    let run = client.run(world, d::share(&progress), gates);
                    let _child = scope.spawn(run);
                }
                (Err(error), _) | (_, Err(error)) => {
                    failed(world, error.code());
                    connected.close();
                    ready.close();
                    over.close();
                    break;
                }
            }
        }
    })
    .await;
    let (round_trips, wrong) = progress.totals();
    done(world, round_trips, wrong);
}

/// Writes back what it reads, as it comes, until the client closes.
#[d::task_fn]
async fn serve(mut stream: d::Conn, size: usize) {
    let mut buffer = d::buf(2 * size);
    loop {
        match d::read(&mut stream, &mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(len) => {
                if d::write_all(&mut stream, &mut buffer, len).await.is_err() {
                    return;
                }
            }
        }
    }
}

struct Client {
    stream: d::Conn,
    number: u32,
    size: usize,
    rounds: u32,
}

type Gate = d::Chan<(), 1>;
type Gates<'a> = (d::Shared<'a, Gate>, d::Shared<'a, Gate>, d::Shared<'a, Gate>);

impl Client {
    /// All clients together make the first round trips, and then the measured ones. Nothing
    /// closes before all are through: a close is not part of a round trip.
    #[d::task_fn]
    async fn run(
        mut self,
        world: &'static World,
        progress: d::Shared<'_, Progress>,
        (connected, ready, over): Gates<'_>,
    ) {
        let (mut message, mut reply) = (d::buf(self.size), d::buf(2 * self.size));
        if progress.connect() {
            connected.close();
        } else {
            let _closed = connected.recv().await;
        }
        let mut made = 0;
        while made < WARM_UP && self.round_trip(&mut message, &mut reply, made).await {
            made += 1;
        }
        if made < WARM_UP {
            progress.wrong();
        }
        if progress.arrive() {
            d::begin(world);
            ready.close();
        } else {
            let _closed = ready.recv().await;
        }
        made = 0;
        while made < self.rounds && self.round_trip(&mut message, &mut reply, WARM_UP + made).await
        {
            made += 1;
        }
        if progress.leave(made) {
            d::end(world, oracles::tcp_echo::round_trips(progress.connections()));
            over.close();
        } else {
            let _closed = over.recv().await;
        }
    }

    /// Writes a message and reads as many bytes. False if they do not come back as they went.
    #[d::task_fn]
    async fn round_trip(&mut self, message: &mut d::Buf, reply: &mut d::Buf, round: u32) -> bool {
        let size = self.size;
        let [first, last] = ends(self.number, round);
        mark(message.as_mut(), self.number, round);
        if d::write_all(&mut self.stream, message, size).await.is_err() {
            return false;
        }
        let mut got = 0;
        while got < size {
            let read = d::read(&mut self.stream, reply).await.unwrap_or(0);
            let bytes = reply.as_ref().get(..read).unwrap_or_default();
            let fine = got > 0 || bytes.first() == Some(&first);
            got += read;
            if read == 0 || !fine || (got >= size && bytes.last() != Some(&last)) {
                return false;
            }
        }
        got == size
    }
}

#[d::task_fn]
async fn by_one_task(world: &'static World, n: u32) {
    let (mut listener, port) = match d::listen() {
        Ok(listening) => listening,
        Err(error) => return failed(world, error.code()),
    };
    let (mut server, mut client) = match d::join(d::accept(&mut listener), d::connect(port)).await {
        (Ok(server), Ok(client)) => (server, client),
        (Err(error), _) | (_, Err(error)) => return failed(world, error.code()),
    };
    let (mut here, mut there) = (d::buf(SMALL), d::buf(SMALL));
    let total = oracles::tcp_echo::round_trips(n);
    let mut made = 0;
    while made < WARM_UP + total {
        if made == WARM_UP {
            d::begin(world);
        }
        mark(here.as_mut(), 0, made);
        let sent = d::write_all(&mut client, &mut here, SMALL).await;
        let got = d::read_exact(&mut server, &mut there, SMALL).await;
        let back = d::write_all(&mut server, &mut there, SMALL).await;
        let echoed = d::read_exact(&mut client, &mut here, SMALL).await;
        let fine = sent.is_ok() && got.is_ok() && back.is_ok() && echoed.is_ok();
        if !fine || !is_marked(here.as_ref(), 0, made) {
            break;
        }
        made += 1;
    }
    if made < WARM_UP {
        return failed(world, -1);
    }
    d::end(world, total);
    done(world, made - WARM_UP, 0);
}
