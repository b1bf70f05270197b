//! The two fixes of a lossy `tokio::select!` loop against each other, and the producer as a
//! task of its own.

use contract::{Case, Params, Role, World};
use suite::select_fix_matrix::{MARKER, judge};
use suite::select_recreate_loss::{LOOP, PACKET_OUT, PACKET_ROOM};
use tokio::sync::mpsc;
use tokio::task::spawn_local;

use crate::select_recreate_loss::{Database, around, arrive, consume, read_send};
use crate::{Env, block_on};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "recreate-empty", role: Role::Hazard, run: recreate_empty, judge },
    Case { id: "recreate-send", role: Role::Hazard, run: recreate_send, judge },
    Case { id: "hoist-empty", role: Role::Hazard, run: hoist_empty, judge },
    Case { id: "hoist-send", role: Role::Hazard, run: hoist_send, judge },
    Case { id: "job", role: Role::Control, run: job, judge },
];

/// What the packet handler does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handler {
    Empty,
    Sends,
}

fn recreate_empty(world: &'static World, params: &Params) {
    block_on(world, |env| recreated(env, params.n, Handler::Empty));
}

fn recreate_send(world: &'static World, params: &Params) {
    block_on(world, |env| recreated(env, params.n, Handler::Sends));
}

fn hoist_empty(world: &'static World, params: &Params) {
    block_on(world, |env| hoisted(env, params.n, Handler::Empty));
}

fn hoist_send(world: &'static World, params: &Params) {
    block_on(world, |env| hoisted(env, params.n, Handler::Sends));
}

fn job(world: &'static World, params: &Params) {
    block_on(world, |env| as_job(env, params.n));
}

async fn recreated(env: Env, n: u32, handler: Handler) {
    around(env, async |columns, packets| {
        let mut database = Database::new(n);
        loop {
            tokio::select! {
                biased;
                Some(packet) = packets.recv() => on_packet(env, columns, packet, handler).await,
                () = read_send(env, &mut database, columns) => break,
            }
        }
    })
    .await;
}

async fn hoisted(env: Env, n: u32, handler: Handler) {
    around(env, async |columns, packets| {
        let mut database = Database::new(n);
        let producer = read_send(env, &mut database, columns);
        tokio::pin!(producer);
        loop {
            tokio::select! {
                biased;
                Some(packet) = packets.recv() => on_packet(env, columns, packet, handler).await,
                () = &mut producer => break,
            }
        }
    })
    .await;
}

/// Everything is a task; the consumer ends when the last sender is gone.
async fn as_job(env: Env, n: u32) {
    let (columns, mut delivered) = mpsc::channel(1);
    let (incoming, mut packets) = mpsc::channel(PACKET_ROOM);
    let producer_columns = columns.clone();
    spawn_local(async move {
        read_send(env, &mut Database::new(n), &producer_columns).await;
    });
    spawn_local(async move { packet_loop(env, &columns, &mut packets).await });
    spawn_local(async move { arrive(env, &incoming).await });
    consume(env, &mut delivered).await;
}

/// Handles packets until nothing can send one.
pub async fn packet_loop(env: Env, columns: &mpsc::Sender<u32>, packets: &mut mpsc::Receiver<u32>) {
    while let Some(packet) = packets.recv().await {
        handle(env, columns, packet).await;
    }
}

async fn on_packet(env: Env, columns: &mpsc::Sender<u32>, packet: u32, handler: Handler) {
    match handler {
        Handler::Empty => env.log(LOOP, PACKET_OUT, packet, 0),
        Handler::Sends => handle(env, columns, packet).await,
    }
}

/// The handler that awaits: it sends into the channel of the columns.
pub async fn handle(env: Env, columns: &mpsc::Sender<u32>, packet: u32) {
    let _sent = columns.send(MARKER + packet).await;
    env.log(LOOP, PACKET_OUT, packet, 0);
}
