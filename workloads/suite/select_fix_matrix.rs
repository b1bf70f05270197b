//! The two fixes of a lossy select loop against each other.
//!
//! The program of `select_recreate_loss` with two switches: is the producer arm created
//! afresh or hoisted and raced by reference; does the packet handler await nothing or a
//! send into the same channel. Recreating loses what was taken; hoisting keeps it, but then
//! the hoisted producer stands in line for the channel while nothing polls it, and the
//! handler waits behind it for ever.
//!
//! The fifth row, the control, gives the producer a job of its own.
//!
//! The rows with `-unshielded` are the same programs without the word `shield`, as in
//! `select_recreate_loss`.

use contract::{Case, Judged, Ledger, Metric, Metrics, Outcome, Params, Role, World};
use design as d;

use crate::select_recreate_loss::{
    Columns, Database, PACKET_OUT, PACKET_ROOM, Packets, arrive, consume, consume_unshielded,
    judge as judge_items, read_send, read_send_unshielded,
};

const LOOP: u16 = 4;
/// What the handler sends: above every item, so that the judge of items passes it over.
pub const MARKER: u32 = 1_000_000;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "recreate-empty", role: Role::Hazard, run: recreate_empty, judge },
    Case { id: "recreate-send", role: Role::Hazard, run: recreate_send, judge },
    Case { id: "hoist-empty", role: Role::Hazard, run: hoist_empty, judge },
    Case { id: "hoist-send", role: Role::Hazard, run: hoist_send, judge },
    Case { id: "job", role: Role::Control, run: job, judge },
    Case {
        id: "recreate-empty-unshielded",
        role: Role::Hazard,
        run: recreate_empty_unshielded,
        judge,
    },
    Case {
        id: "recreate-send-unshielded",
        role: Role::Hazard,
        run: recreate_send_unshielded,
        judge,
    },
    Case { id: "hoist-empty-unshielded", role: Role::Hazard, run: hoist_empty_unshielded, judge },
    Case { id: "hoist-send-unshielded", role: Role::Hazard, run: hoist_send_unshielded, judge },
    Case { id: "job-unshielded", role: Role::Control, run: job_unshielded, judge },
];

/// What the packet handler does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handler {
    Empty,
    Sends,
}

fn recreate_empty(world: &'static World, params: &Params) {
    d::block_on(world, recreated(world, params.n, Handler::Empty));
}

fn recreate_send(world: &'static World, params: &Params) {
    d::block_on(world, recreated(world, params.n, Handler::Sends));
}

fn hoist_empty(world: &'static World, params: &Params) {
    d::block_on(world, hoisted(world, params.n, Handler::Empty));
}

fn hoist_send(world: &'static World, params: &Params) {
    d::block_on(world, hoisted(world, params.n, Handler::Sends));
}

fn job(world: &'static World, params: &Params) {
    d::block_on(world, as_job(world, params.n));
}

fn recreate_empty_unshielded(world: &'static World, params: &Params) {
    d::block_on(world, recreated_unshielded(world, params.n, Handler::Empty));
}

fn recreate_send_unshielded(world: &'static World, params: &Params) {
    d::block_on(world, recreated_unshielded(world, params.n, Handler::Sends));
}

fn hoist_empty_unshielded(world: &'static World, params: &Params) {
    d::block_on(world, hoisted_unshielded(world, params.n, Handler::Empty));
}

fn hoist_send_unshielded(world: &'static World, params: &Params) {
    d::block_on(world, hoisted_unshielded(world, params.n, Handler::Sends));
}

fn job_unshielded(world: &'static World, params: &Params) {
    d::block_on(world, as_job_unshielded(world, params.n));
}

#[d::task_fn]
async fn recreated(world: &'static World, n: u32, handler: Handler) {
    let database = Database::new(n);
    d::chan!(columns: u32, 1);
    d::chan!(packets: u32, PACKET_ROOM);
    let producer = recreate_loop(world, &database, columns, packets, handler);
    d::join(d::join(producer, consume(world, columns)), arrive(world, packets)).await;
}

#[d::task_fn]
async fn recreate_loop(
    world: &'static World,
    database: &Database,
    columns: &Columns,
    packets: &Packets,
    handler: Handler,
) {
    while let d::Either::A(Ok(Some(packet))) =
        d::race(packets.recv(), read_send(database, columns)).await
    {
        handle(world, columns, packet, handler).await;
    }
    columns.close();
}

#[d::task_fn]
async fn hoisted(world: &'static World, n: u32, handler: Handler) {
    let database = Database::new(n);
    d::chan!(columns: u32, 1);
    d::chan!(packets: u32, PACKET_ROOM);
    let producer = hoist_loop(world, &database, columns, packets, handler);
    d::join(d::join(producer, consume(world, columns)), arrive(world, packets)).await;
}

#[d::task_fn]
async fn hoist_loop(
    world: &'static World,
    database: &Database,
    columns: &Columns,
    packets: &Packets,
    handler: Handler,
) {
    d::hold!(read_send(database, columns), |producer| {
        while let d::Either::A(Ok(Some(packet))) = d::race(packets.recv(), producer.turn()).await {
            handle(world, columns, packet, handler).await;
        }
    })
    .await;
    columns.close();
}

#[d::task_fn]
async fn as_job(world: &'static World, n: u32) {
    let database = Database::new(n);
    d::chan!(columns: u32, 1);
    d::chan!(packets: u32, PACKET_ROOM);
    let both = d::join(read_send(&database, columns), packet_loop(world, columns, packets));
    let jobs = d::task!(async move {
        let _ended = both.await;
        columns.close();
    });
    let network = d::task!(async move {
        arrive(world, packets).await;
        packets.close();
    });
    d::join(d::join(jobs, consume(world, columns)), network).await;
}

#[d::task_fn]
async fn recreated_unshielded(world: &'static World, n: u32, handler: Handler) {
    let database = Database::new(n);
    d::chan!(columns: u32, 1);
    d::chan!(packets: u32, PACKET_ROOM);
    let producer = recreate_loop_unshielded(world, &database, columns, packets, handler);
    d::join(d::join(producer, consume_unshielded(world, columns)), arrive(world, packets)).await;
}

#[d::task_fn]
async fn recreate_loop_unshielded(
    world: &'static World,
    database: &Database,
    columns: &Columns,
    packets: &Packets,
    handler: Handler,
) {
    while let d::Either::A(Ok(Some(packet))) =
        d::race(packets.recv(), read_send_unshielded(database, columns)).await
    {
        handle(world, columns, packet, handler).await;
    }
    columns.close();
}

#[d::task_fn]
async fn hoisted_unshielded(world: &'static World, n: u32, handler: Handler) {
    let database = Database::new(n);
    d::chan!(columns: u32, 1);
    d::chan!(packets: u32, PACKET_ROOM);
    let producer = hoist_loop_unshielded(world, &database, columns, packets, handler);
    d::join(d::join(producer, consume_unshielded(world, columns)), arrive(world, packets)).await;
}

#[d::task_fn]
async fn hoist_loop_unshielded(
    world: &'static World,
    database: &Database,
    columns: &Columns,
    packets: &Packets,
    handler: Handler,
) {
    d::hold!(read_send_unshielded(database, columns), |producer| {
        while let d::Either::A(Ok(Some(packet))) = d::race(packets.recv(), producer.turn()).await {
            handle(world, columns, packet, handler).await;
        }
    })
    .await;
    columns.close();
}

#[d::task_fn]
async fn as_job_unshielded(world: &'static World, n: u32) {
    let database = Database::new(n);
    d::chan!(columns: u32, 1);
    d::chan!(packets: u32, PACKET_ROOM);
    let both =
        d::join(read_send_unshielded(&database, columns), packet_loop(world, columns, packets));
    let jobs = d::task!(async move {
        let _ended = both.await;
        columns.close();
    });
    let network = d::task!(async move {
        arrive(world, packets).await;
        packets.close();
    });
    d::join(d::join(jobs, consume_unshielded(world, columns)), network).await;
}

#[d::task_fn]
async fn packet_loop(world: &'static World, columns: &Columns, packets: &Packets) {
    while let Ok(Some(packet)) = packets.recv().await {
        handle(world, columns, packet, Handler::Sends).await;
    }
}

#[d::task_fn]
async fn handle(world: &'static World, columns: &Columns, packet: u32, handler: Handler) {
    if handler == Handler::Sends {
        let _sent = columns.send(MARKER + packet).await;
    }
    world.log(LOOP, PACKET_OUT, packet, 0);
}

/// As in `select_recreate_loss`; a run that the watchdog ends is wrong as well.
pub fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let judged = judge_items(ledger, params, metrics);
    metrics.set(Metric::CellsOk, u64::from(judged.outcome == Outcome::Absent));
    judged
}
