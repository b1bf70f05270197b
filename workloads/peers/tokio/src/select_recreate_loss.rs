//! `tokio::select!` in a loop: the producer arm created afresh, and the same hoisted.
//!
//! The branches are `biased;`, packets first, because the contract fixes the order. The
//! channels are tokio's; a sender that is dropped closes its channel, as everywhere in
//! tokio. Consumer and network are joined with the loop, so that no form needs a spawn.

use contract::{Case, Params, Role, World};
use suite::select_recreate_loss::{
    COLUMNS, CONSUME_MS, CONSUMER, DELIVERED, LOOP, NETWORK, PACKET_IN, PACKET_MS, PACKET_OUT,
    PACKET_ROOM, PACKETS, judge,
};
use tokio::sync::mpsc;

use crate::{Env, block_on};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "hazard", role: Role::Hazard, run: hazard, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn hazard(world: &'static World, params: &Params) {
    block_on(world, |env| recreated(env, params.n));
}

fn control(world: &'static World, params: &Params) {
    block_on(world, |env| hoisted(env, params.n));
}

async fn recreated(env: Env, n: u32) {
    around(env, async |columns, packets| {
        let mut database = Database::new(n);
        loop {
            tokio::select! {
                biased;
                Some(packet) = packets.recv() => env.log(LOOP, PACKET_OUT, packet, 0),
                () = read_send(env, &mut database, columns) => break,
            }
        }
    })
    .await;
}

async fn hoisted(env: Env, n: u32) {
    around(env, async |columns, packets| {
        let mut database = Database::new(n);
        let producer = read_send(env, &mut database, columns);
        tokio::pin!(producer);
        loop {
            tokio::select! {
                biased;
                Some(packet) = packets.recv() => env.log(LOOP, PACKET_OUT, packet, 0),
                () = &mut producer => break,
            }
        }
    })
    .await;
}

/// What all forms share: the two channels, the consumer, the network, closing at the end.
/// The channel of packets stays open, as a socket would.
pub async fn around(
    env: Env,
    form: impl AsyncFnOnce(&mpsc::Sender<u32>, &mut mpsc::Receiver<u32>),
) {
    let (columns, mut delivered) = mpsc::channel(1);
    let (incoming, mut packets) = mpsc::channel(PACKET_ROOM);
    let select = async {
        form(&columns, &mut packets).await;
        drop(columns);
    };
    tokio::join!(biased; select, consume(env, &mut delivered), arrive(env, &incoming));
}

/// Reads rows and sends their columns until the database is empty.
///
/// # Cancellation
/// Loses the columns that were taken and not yet sent.
pub async fn read_send(env: Env, database: &mut Database, columns: &mpsc::Sender<u32>) {
    while let Some(row) = database.read_next(env).await {
        send_row(row, columns).await;
    }
}

/// Sends the columns of a row.
///
/// # Cancellation
/// Loses the columns that were not yet sent.
pub async fn send_row(row: u32, columns: &mpsc::Sender<u32>) {
    for column in 0..COLUMNS {
        // The consumer takes until the last sender is gone, so this cannot fail.
        let _sent = columns.send(row * COLUMNS + column).await;
    }
}

/// Takes columns, slowly, until the channel is closed.
pub async fn consume(env: Env, columns: &mut mpsc::Receiver<u32>) {
    while let Some(column) = columns.recv().await {
        env.log(CONSUMER, DELIVERED, column, 0);
        env.sleep(CONSUME_MS).await;
    }
}

/// Packets come in, one every 25 ms, and then no more.
pub async fn arrive(env: Env, packets: &mpsc::Sender<u32>) {
    for packet in 0..PACKETS {
        env.sleep(PACKET_MS).await;
        env.log(NETWORK, PACKET_IN, packet, 0);
        let _sent = packets.send(packet).await;
    }
}

/// The database: rows in order, each given out once.
#[derive(Debug)]
pub struct Database {
    rows: std::ops::Range<u32>,
}

impl Database {
    /// A database of `items / 3` rows.
    #[must_use]
    pub fn new(items: u32) -> Database {
        Database { rows: 0..items / COLUMNS }
    }

    /// The next row, after a millisecond.
    ///
    /// # Cancellation
    /// Loses nothing: the row is taken in the step in which it is returned.
    pub async fn read_next(&mut self, env: Env) -> Option<u32> {
        env.sleep(1).await;
        self.rows.next()
    }
}
