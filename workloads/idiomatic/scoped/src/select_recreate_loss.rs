//! The producer and the packet loop are children; nothing is raced, so nothing is dropped
//! half-way. When the producer has ended, the packet loop is cancelled while it waits.

use contract::{Case, Params, Role, World};
use design as d;
use suite::select_recreate_loss::{
    Columns, Database, PACKET_OUT, PACKET_ROOM, Packets, arrive, consume_unshielded, judge,
    read_send_unshielded,
};

const LOOP: u16 = 4;

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "hazard", role: Role::Hazard, run, judge }];

fn run(world: &'static World, params: &Params) {
    d::block_on(world, children(world, params.n));
}

async fn children(world: &'static World, n: u32) {
    let database = Database::new(n);
    let database = &database;
    d::chan!(columns: u32, 1);
    d::chan!(packets: u32, PACKET_ROOM);
    d::scope!(cap = 4, bytes = 2048, |scope| {
        let _consumer = scope.spawn(consume_unshielded(world, columns));
        let _network = scope.spawn(arrive(world, packets));
        let handler = scope.spawn(handle_packets(world, packets));
        let producer = scope.spawn(produce(database, columns));
        let _ended = producer.await;
        handler.cancel();
    })
    .await;
}

async fn produce(database: &Database, columns: &Columns) {
    let _ended = read_send_unshielded(database, columns).await;
    columns.close();
}

async fn handle_packets(world: &'static World, packets: &Packets) {
    while let Ok(Some(packet)) = packets.recv().await {
        world.log(LOOP, PACKET_OUT, packet, 0);
    }
}
