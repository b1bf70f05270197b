//! The suite's text, but that tasks are `Send`: what they tell each other is behind atomics and
//! locks, and the root begins and ends the measured part.

use contract::{Case, Drivers, Params, Role, World};
use design::parallel as d;
use oracles::echo_workers::EchoWorkers;
use oracles::failed;
use oracles::tcp_echo::{SMALL, ends, judge, mark};

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "64b-multi", role: Role::Hazard, run: small, judge }];

fn small(world: &'static World, params: &Params) {
    world.uses(Drivers::SOCKETS);
    d::block_on(world, echo(world, params.n, SMALL));
}

#[d::task_fn]
async fn echo(world: &'static World, n: u32, size: usize) {
    let (mut listener, port) = match d::listen() {
        Ok(listening) => listening,
        Err(error) => return failed(world, error.code()),
    };
    d::own!(run = EchoWorkers::new(n, size));
    let _all = d::scope!(cap = 64, bytes = 32_768, |scope| {
        for _ in 0..n {
            match d::join(d::accept(&mut listener), d::connect(port)).await {
                (Ok(server), Ok(client)) => {
                    let _child = scope.spawn(serve(server, size));
                    let number = run.number();
                    let client = Client { stream: client, number, size };
                    let _child = scope.spawn(client.run(d::share(&run)));
                }
                (Err(error), _) | (_, Err(error)) => {
                    failed(world, error.code());
                    run.abandon();
                    break;
                }
            }
        }
        run.measured(world, d::begin).await;
    })
    .await;
    run.finish(world, &Ok(()));
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
}

impl Client {
    /// All clients together make the first round trips, and then the measured ones. None closes
    /// before all are through: a close is not part of a round trip.
    #[d::task_fn]
    async fn run(mut self, run: d::Shared<EchoWorkers>) {
        let (mut message, mut reply) = (d::buf(self.size), d::buf(2 * self.size));
        run.connected().await;
        for round in run.warm_up() {
            if !self.round_trip(&mut message, &mut reply, round).await {
                run.wrong();
            }
        }
        run.ready().await;
        for round in run.rounds() {
            if !self.round_trip(&mut message, &mut reply, round).await {
                run.wrong();
            }
        }
        run.through().await;
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
