//! With children there is no arm to create afresh or to hoist, so the matrix has one row:
//! the handler awaits nothing, or it awaits a send.

use contract::{Case, Judged, Ledger, Metric, Metrics, Outcome, Params, Role, World};
use design as d;
use suite::select_recreate_loss::{
    Columns, Database, PACKET_OUT, PACKET_ROOM, Packets, arrive, consume_unshielded,
    judge as judge_items, read_send_unshielded,
};

const LOOP: u16 = 4;
/// What the handler sends; above every item.
const MARKER: u32 = 1_000_000;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "children-empty", role: Role::Hazard, run: empty, judge },
    Case { id: "children-send", role: Role::Hazard, run: sends, judge },
];

fn empty(world: &'static World, params: &Params) {
    d::block_on(world, children(world, params.n, false));
}

fn sends(world: &'static World, params: &Params) {
    d::block_on(world, children(world, params.n, true));
}

async fn children(world: &'static World, n: u32, sends: bool) {
    let database = Database::new(n);
    let database = &database;
    d::chan!(columns: u32, 1);
    d::chan!(packets: u32, PACKET_ROOM);
    d::scope!(cap = 4, bytes = 2048, |scope| {
        let _consumer = scope.spawn(consume_unshielded(world, columns));
        let _network = scope.spawn(arrive(world, packets));
        let handler = scope.spawn(handle_packets(world, columns, packets, sends));
        let producer = scope.spawn(produce(database, columns));
        let _ended = producer.await;
        handler.cancel();
        columns.close();
    })
    .await;
}

async fn produce(database: &Database, columns: &Columns) {
    let _ended = read_send_unshielded(database, columns).await;
}

async fn handle_packets(world: &'static World, columns: &Columns, packets: &Packets, sends: bool) {
    while let Ok(Some(packet)) = packets.recv().await {
        if sends {
            let _sent = columns.send(MARKER + packet).await;
        }
        world.log(LOOP, PACKET_OUT, packet, 0);
    }
}

fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let judged = judge_items(ledger, params, metrics);
    metrics.set(Metric::CellsOk, u64::from(judged.outcome == Outcome::Absent));
    judged
}
