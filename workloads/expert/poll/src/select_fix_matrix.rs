//! Five spawn-free forms of the select loop whose handler awaits, each of which delivers
//! everything. They are what an expert writes in reply to the matrix; none allocates.
//!
//! - `cursor`: progress outside the arm that is created afresh;
//! - `stop-flag`: producer and packet loop joined, the end of one closes the other;
//! - `outer-by-value`: two loops under one race by value, so that nothing is left unpolled;
//! - `driven-handler`: the hoisted producer is joined with the handler, never abandoned;
//! - `merge`: one loop over a merged stream of rows and packets does all the sending.
//!
//! `counted` is what they are compared with: the same messages through the same channel, by a
//! program that races nothing, because it knows how many packets come.

use core::future::Future;
use core::pin::{Pin, pin};

use contract::{Case, Judged, Ledger, Metric, Metrics, Outcome, Params, Role, World};
use design as d;
use suite::select_recreate_loss::{
    Columns, Database, PACKET_OUT, PACKET_ROOM, PACKETS, Packets, arrive, consume_unshielded,
    judge as judge_items, read_send_unshielded,
};

use crate::select_recreate_loss::Cursor;

const LOOP: u16 = 4;
const COLUMNS: u32 = 3;
/// What the handler sends; above every item.
const MARKER: u32 = 1_000_000;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "cursor", role: Role::Hazard, run: cursor, judge },
    Case { id: "stop-flag", role: Role::Hazard, run: stop_flag, judge },
    Case { id: "outer-by-value", role: Role::Hazard, run: outer_by_value, judge },
    Case { id: "driven-handler", role: Role::Hazard, run: driven_handler, judge },
    Case { id: "merge", role: Role::Hazard, run: merge, judge },
    Case { id: "counted", role: Role::Control, run: counted, judge },
];

fn cursor(world: &'static World, params: &Params) {
    let form = async |columns: &Columns, packets: &Packets| {
        let database = Database::new(params.n);
        let cursor = Cursor::default();
        while let d::Either::A(Ok(Some(packet))) =
            d::race(packets.recv(), cursor.run(&database, columns)).await
        {
            handle(world, columns, packet).await;
        }
    };
    d::block_on(world, around(world, form));
}

fn stop_flag(world: &'static World, params: &Params) {
    let form = async |columns: &Columns, packets: &Packets| {
        let database = Database::new(params.n);
        let produce = async {
            let _ended = read_send_unshielded(&database, columns).await;
            packets.close();
        };
        d::join(produce, packet_loop(world, columns, packets)).await;
    };
    d::block_on(world, around(world, form));
}

fn outer_by_value(world: &'static World, params: &Params) {
    let form = async |columns: &Columns, packets: &Packets| {
        let database = Database::new(params.n);
        // No packet loop ends by itself; the producer ends the race.
        d::race(read_send_unshielded(&database, columns), packet_loop(world, columns, packets))
            .await;
    };
    d::block_on(world, around(world, form));
}

fn driven_handler(world: &'static World, params: &Params) {
    let form = async |columns: &Columns, packets: &Packets| {
        let database = Database::new(params.n);
        let mut producer = pin!(read_send_unshielded(&database, columns));
        while let d::Either::A(Ok(Some(packet))) = d::race(packets.recv(), producer.as_mut()).await
        {
            if drive_beside(producer.as_mut(), handle(world, columns, packet)).await {
                return;
            }
        }
    };
    d::block_on(world, around(world, form));
}

fn merge(world: &'static World, params: &Params) {
    let form = async |columns: &Columns, packets: &Packets| {
        let database = Database::new(params.n);
        loop {
            let row = async {
                let _read = d::sleep(1).await;
                database.take()
            };
            match d::race(row, packets.recv()).await {
                d::Either::A(None) => break,
                d::Either::A(Some(row)) => send_row(columns, row).await,
                d::Either::B(Ok(Some(packet))) => handle(world, columns, packet).await,
                d::Either::B(_) => {}
            }
        }
    };
    d::block_on(world, around(world, form));
}

fn counted(world: &'static World, params: &Params) {
    let form = async |columns: &Columns, packets: &Packets| {
        let database = Database::new(params.n);
        let handle_packets = async {
            for _ in 0..PACKETS {
                let Ok(Some(packet)) = packets.recv().await else { break };
                handle(world, columns, packet).await;
            }
        };
        let (_ended, ()) = d::join(read_send_unshielded(&database, columns), handle_packets).await;
    };
    d::block_on(world, around(world, form));
}

/// The parts that all forms share: consumer, network, closing at the end. The channel of
/// packets stays open, as a socket would.
async fn around(world: &'static World, form: impl AsyncFnOnce(&Columns, &Packets)) {
    d::chan!(columns: u32, 1);
    d::chan!(packets: u32, PACKET_ROOM);
    let select = async {
        form(columns, packets).await;
        columns.close();
    };
    d::join(d::join(select, consume_unshielded(world, columns)), arrive(world, packets)).await;
}

/// Drives `held` while `body` runs. True if `held` ended meanwhile.
async fn drive_beside<A: Future, B: Future>(held: Pin<&mut A>, body: B) -> bool {
    let mut body = pin!(body);
    match d::race(body.as_mut(), held).await {
        d::Either::A(_) => false,
        d::Either::B(_) => {
            body.await;
            true
        }
    }
}

async fn packet_loop(world: &'static World, columns: &Columns, packets: &Packets) {
    while let Ok(Some(packet)) = packets.recv().await {
        handle(world, columns, packet).await;
    }
}

async fn send_row(columns: &Columns, row: u32) {
    for column in 0..COLUMNS {
        let _sent = columns.send(row * COLUMNS + column).await;
    }
}

async fn handle(world: &'static World, columns: &Columns, packet: u32) {
    let _sent = columns.send(MARKER + packet).await;
    world.log(LOOP, PACKET_OUT, packet, 0);
}

fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let judged = judge_items(ledger, params, metrics);
    metrics.set(Metric::CellsOk, u64::from(judged.outcome == Outcome::Absent));
    judged
}
