//! One half of a protocol is started and not polled while the other half waits for it.
//!
//! `drains`: three bodies are channels of two; what drains them are children of a scope. The loop
//! sends n chunks to each body before it awaits any child. `connection`: a client puts a request
//! into a channel and awaits the reply; the connection that answers is kept beside it and is not
//! awaited. Where a child moves only while it is awaited, both stop.
//!
//! The control drives both halves by one join.
//!
//! After "AWS engineer: solving a deadlock" and "Barbara tries Unix sockets" (wg-async, 2021).

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// A chunk was drained, or a reply was received.
pub const ARRIVED: u16 = 1;

/// Actor: takes what arrives.
pub const RECEIVER: u16 = 1;

/// Bodies, each with a channel of [`ROOM`] chunks.
pub const BODIES: u32 = 3;
/// Chunks that a body has room for.
pub const ROOM: usize = 2;
/// The connection takes this long over a request.
pub const REPLY_MS: u32 = 5;

/// Chunks of one body.
pub type Body = d::Chan<u32, ROOM>;
/// Requests, or replies.
pub type Line = d::Chan<u32, 1>;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "drains", role: Role::Hazard, run: drains, judge: judge_drains },
    Case { id: "connection", role: Role::Hazard, run: connection, judge },
    Case { id: "control", role: Role::Control, run: control, judge: judge_drains },
    Case { id: "control-connection", role: Role::Control, run: joined_connection, judge },
];

fn drains(world: &'static World, params: &Params) {
    d::block_on(world, children(world, params.n));
}

fn connection(world: &'static World, params: &Params) {
    d::block_on(world, kept(world, params.n));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, joined(world, params.n));
}

fn joined_connection(world: &'static World, params: &Params) {
    d::block_on(world, beside(world, params.n));
}

#[d::task_fn]
async fn children(world: &'static World, chunks: u32) {
    d::chan!(one: u32, ROOM);
    d::chan!(two: u32, ROOM);
    d::chan!(three: u32, ROOM);
    d::scope!(cap = 3, bytes = 2048, |scope| {
        let _one = scope.spawn(shared_drain(world, d::share(one)));
        let _two = scope.spawn(shared_drain(world, d::share(two)));
        let _three = scope.spawn(shared_drain(world, d::share(three)));
        send_all([one, two, three], chunks).await;
    })
    .await;
}

/// Sends to all bodies in turn, and ends them.
#[d::task_fn]
async fn send_all(bodies: [&Body; BODIES as usize], chunks: u32) {
    for chunk in 0..chunks {
        for body in bodies {
            let _sent = body.send(chunk).await;
        }
    }
    bodies.into_iter().for_each(Body::close);
}

#[d::task_fn]
async fn shared_drain(world: &'static World, body: d::Shared<'_, Body>) {
    drain(world, &body).await;
}

/// Takes all chunks of a body.
#[d::task_fn]
pub async fn drain(world: &'static World, body: &Body) {
    while let Ok(Some(chunk)) = body.recv().await {
        world.log(RECEIVER, ARRIVED, chunk, 0);
    }
}

#[d::task_fn]
async fn joined(world: &'static World, chunks: u32) {
    d::chan!(one: u32, ROOM);
    d::chan!(two: u32, ROOM);
    d::chan!(three: u32, ROOM);
    let drains = d::join(drain(world, one), d::join(drain(world, two), drain(world, three)));
    d::join(drains, send_all([one, two, three], chunks)).await;
}

#[d::task_fn]
async fn kept(world: &'static World, n: u32) {
    d::chan!(requests: u32, 1);
    d::chan!(replies: u32, 1);
    d::hold!(shared_answers(d::share(requests), d::share(replies)), |connection| {
        ask(world, requests, replies, n).await;
        connection.turn().await;
    })
    .await;
}

/// Asks n times, and ends the connection.
#[d::task_fn]
async fn ask(world: &'static World, requests: &Line, replies: &Line, n: u32) {
    for number in 0..n {
        let _asked = requests.send(number).await;
        if let Ok(Some(reply)) = replies.recv().await {
            world.log(RECEIVER, ARRIVED, reply, 0);
        }
    }
    requests.close();
}

#[d::task_fn]
async fn shared_answers(requests: d::Shared<'_, Line>, replies: d::Shared<'_, Line>) {
    answer(&requests, &replies).await;
}

/// Answers requests until there are no more.
#[d::task_fn]
pub async fn answer(requests: &Line, replies: &Line) {
    while let Ok(Some(number)) = requests.recv().await {
        let _worked = d::sleep(REPLY_MS).await;
        let _replied = replies.send(number).await;
    }
}

#[d::task_fn]
async fn beside(world: &'static World, n: u32) {
    d::chan!(requests: u32, 1);
    d::chan!(replies: u32, 1);
    d::join(answer(requests, replies), ask(world, requests, replies, n)).await;
}

/// Every chunk of every body arrives.
pub fn judge_drains(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    complete(ledger, metrics, params.n * BODIES)
}

/// Every request is answered.
pub fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    complete(ledger, metrics, params.n)
}

fn complete(ledger: &Ledger, metrics: &Metrics, wanted: u32) -> Judged {
    let missing = wanted.saturating_sub(ledger.count(ARRIVED));
    metrics.set(Metric::LostItems, missing.into());
    Judged::from_severity(missing.max(u32::from(ledger.watchdog_fired())))
}
