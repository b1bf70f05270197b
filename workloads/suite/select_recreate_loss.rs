//! A select loop drops half-processed rows.
//!
//! A producer reads rows from a database and sends their columns into a bounded channel; a
//! loop races it against incoming packets. The arm that runs the producer is created
//! afresh in every iteration, so whenever a packet arrives first, whatever the producer had
//! taken from the database and not yet sent is gone, unless cancelling it waits.
//!
//! The control hoists the producer out of the loop and keeps it.
//!
//! Where cancel is a value, `shield` lets a step that has begun to take data run to its end;
//! where cancel is a drop it is the identity. The cases without a suffix say it and are
//! therefore an expert's program in the designs where it does something. Those with
//! `-unshielded` are the same program without that word.
//!
//! After "Barbara gets burned by select" (wg-async, 2021).

use core::cell::Cell;

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// A column reached the consumer; `item` is its number.
pub const DELIVERED: u16 = 1;
/// A packet arrived.
pub const PACKET_IN: u16 = 2;
/// The loop handled a packet.
pub const PACKET_OUT: u16 = 3;

/// Actor: takes columns.
pub const CONSUMER: u16 = 2;
/// Actor: brings packets.
pub const NETWORK: u16 = 3;
/// Actor: the loop with the race.
pub const LOOP: u16 = 4;

/// Columns of a row.
pub const COLUMNS: u32 = 3;
/// Packets: one every 25 ms, the last at 200 ms.
pub const PACKETS: u32 = 8;
/// Room for all packets: their channel is never full.
pub const PACKET_ROOM: usize = PACKETS as usize;
/// Milliseconds between packets.
pub const PACKET_MS: u32 = 25;
/// The consumer takes this long over one column.
pub const CONSUME_MS: u32 = 10;
/// The channel between producer and consumer.
pub type Columns = d::Chan<u32, 1>;
/// The channel of incoming packets; never full.
pub type Packets = d::Chan<u32, PACKET_ROOM>;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "hazard", role: Role::Hazard, run: hazard, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
    Case { id: "hazard-unshielded", role: Role::Hazard, run: hazard_unshielded, judge },
    Case { id: "control-unshielded", role: Role::Control, run: control_unshielded, judge },
];

fn hazard(world: &'static World, params: &Params) {
    d::block_on(world, recreated(world, params.n));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, hoisted(world, params.n));
}

fn hazard_unshielded(world: &'static World, params: &Params) {
    d::block_on(world, recreated_unshielded(world, params.n));
}

fn control_unshielded(world: &'static World, params: &Params) {
    d::block_on(world, hoisted_unshielded(world, params.n));
}

#[d::task_fn]
async fn recreated(world: &'static World, n: u32) {
    let database = Database::new(n);
    d::chan!(columns: u32, 1);
    d::chan!(packets: u32, PACKET_ROOM);
    let producer = recreate_loop(world, &database, columns, packets);
    d::join(d::join(producer, consume(world, columns)), arrive(world, packets)).await;
}

#[d::task_fn]
async fn recreate_loop(
    world: &'static World,
    database: &Database,
    columns: &Columns,
    packets: &Packets,
) {
    while let d::Either::A(Ok(Some(packet))) =
        d::race(packets.recv(), read_send(database, columns)).await
    {
        world.log(LOOP, PACKET_OUT, packet, 0);
    }
    columns.close();
}

#[d::task_fn]
async fn hoisted(world: &'static World, n: u32) {
    let database = Database::new(n);
    d::chan!(columns: u32, 1);
    d::chan!(packets: u32, PACKET_ROOM);
    let producer = hoist_loop(world, &database, columns, packets);
    d::join(d::join(producer, consume(world, columns)), arrive(world, packets)).await;
}

#[d::task_fn]
async fn hoist_loop(
    world: &'static World,
    database: &Database,
    columns: &Columns,
    packets: &Packets,
) {
    d::hold!(read_send(database, columns), |producer| {
        while let d::Either::A(Ok(Some(packet))) = d::race(packets.recv(), producer.turn()).await {
            world.log(LOOP, PACKET_OUT, packet, 0);
        }
    })
    .await;
    columns.close();
}

/// Reads rows and sends their columns until the database is empty.
#[d::task_fn]
pub async fn read_send(database: &Database, columns: &Columns) -> Result<(), d::Error> {
    loop {
        d::sleep(1).await?;
        let Some(row) = database.take() else { return Ok(()) };
        // From here on data is taken: under sticky cancellation this step runs to its end.
        d::shield(send_row(row, columns)).await;
    }
}

/// [`read_send`] without its shield: a step that is cancelled after it has taken data ends too.
#[d::task_fn]
pub async fn read_send_unshielded(database: &Database, columns: &Columns) -> Result<(), d::Error> {
    loop {
        d::sleep(1).await?;
        let Some(row) = database.take() else { return Ok(()) };
        send_row(row, columns).await;
    }
}

#[d::task_fn]
async fn send_row(row: u32, columns: &Columns) {
    for column in 0..COLUMNS {
        // The channel is closed after the producer has ended: this fails only when it is
        // cancelled.
        let _sent = columns.send(row * COLUMNS + column).await;
    }
}

/// Takes columns, slowly, until the channel is closed. Shielded: it ends when its channel
/// does, so that a producer that is cancelled can still hand over what it had taken.
#[d::task_fn]
pub async fn consume(world: &'static World, columns: &Columns) {
    while let Ok(Some(column)) = d::shield(columns.recv()).await {
        world.log(CONSUMER, DELIVERED, column, 0);
        let _consumed = d::shield(d::sleep(CONSUME_MS)).await;
    }
}

/// [`consume`] without its shields.
#[d::task_fn]
pub async fn consume_unshielded(world: &'static World, columns: &Columns) {
    while let Ok(Some(column)) = columns.recv().await {
        world.log(CONSUMER, DELIVERED, column, 0);
        let _consumed = d::sleep(CONSUME_MS).await;
    }
}

#[d::task_fn]
async fn recreated_unshielded(world: &'static World, n: u32) {
    let database = Database::new(n);
    d::chan!(columns: u32, 1);
    d::chan!(packets: u32, PACKET_ROOM);
    let producer = recreate_loop_unshielded(world, &database, columns, packets);
    d::join(d::join(producer, consume_unshielded(world, columns)), arrive(world, packets)).await;
}

#[d::task_fn]
async fn recreate_loop_unshielded(
    world: &'static World,
    database: &Database,
    columns: &Columns,
    packets: &Packets,
) {
    while let d::Either::A(Ok(Some(packet))) =
        d::race(packets.recv(), read_send_unshielded(database, columns)).await
    {
        world.log(LOOP, PACKET_OUT, packet, 0);
    }
    columns.close();
}

#[d::task_fn]
async fn hoisted_unshielded(world: &'static World, n: u32) {
    let database = Database::new(n);
    d::chan!(columns: u32, 1);
    d::chan!(packets: u32, PACKET_ROOM);
    let producer = hoist_loop_unshielded(world, &database, columns, packets);
    d::join(d::join(producer, consume_unshielded(world, columns)), arrive(world, packets)).await;
}

#[d::task_fn]
async fn hoist_loop_unshielded(
    world: &'static World,
    database: &Database,
    columns: &Columns,
    packets: &Packets,
) {
    d::hold!(read_send_unshielded(database, columns), |producer| {
        while let d::Either::A(Ok(Some(packet))) = d::race(packets.recv(), producer.turn()).await {
            world.log(LOOP, PACKET_OUT, packet, 0);
        }
    })
    .await;
    columns.close();
}

/// Packets come in, one every 25 ms, and then no more.
#[d::task_fn]
pub async fn arrive(world: &'static World, packets: &Packets) {
    for packet in 0..PACKETS {
        if d::sleep(PACKET_MS).await.is_err() {
            break;
        }
        world.log(NETWORK, PACKET_IN, packet, 0);
        let _sent = packets.send(packet).await;
    }
}

/// The database: rows in order, each given out once.
#[derive(Debug)]
pub struct Database {
    next: Cell<u32>,
    rows: u32,
}

impl Database {
    /// A database of `items / 3` rows.
    #[must_use]
    pub fn new(items: u32) -> Database {
        Database { next: Cell::new(0), rows: items / COLUMNS }
    }

    /// The next row, if one is left.
    pub fn take(&self) -> Option<u32> {
        let row = self.next.get();
        (row < self.rows).then(|| self.next.replace(row + 1))
    }
}

/// Every column is delivered exactly once.
pub fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let items = params.n / COLUMNS * COLUMNS;
    let (mut lost, mut duplicated) = (0, 0);
    for item in 0..items {
        match ledger.of_kind(DELIVERED).filter(|event| event.item == item).count() {
            0 => lost += 1,
            1 => {}
            _ => duplicated += 1,
        }
    }
    let latency = (0..PACKETS)
        .filter_map(|packet| {
            let at = |kind| ledger.of_kind(kind).find(|event| event.item == packet);
            Some(at(PACKET_OUT)?.at_ms - at(PACKET_IN)?.at_ms)
        })
        .max();
    metrics.set(Metric::LostItems, lost);
    metrics.set(Metric::DuplicatedItems, duplicated);
    metrics.set(Metric::CancelMsMax, u64::from(latency.unwrap_or(0)));
    let stuck = u64::from(ledger.watchdog_fired());
    Judged::from_severity(u32::try_from(lost + duplicated + stuck).unwrap_or(u32::MAX))
}
