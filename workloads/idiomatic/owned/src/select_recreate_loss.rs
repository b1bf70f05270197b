//! Producer and packet loop are tasks that own shares of what they use; nothing is raced, so
//! nothing is dropped half-way. When the producer has ended, the packet loop is aborted while
//! it waits.

use contract::{Case, Params, Role, World};
use design as d;
use portable::select_recreate_loss::{
    Columns, Database, PACKET_OUT, PACKET_ROOM, Packets, arrive, consume_unshielded, judge,
    read_send_unshielded,
};

const LOOP: u16 = 4;

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "hazard", role: Role::Hazard, run, judge }];

fn run(world: &'static World, params: &Params) {
    d::block_on(world, tasks(world, params.n));
}

async fn tasks(world: &'static World, n: u32) {
    d::own!(database = Database::new(n));
    d::chan!(columns: u32, 1);
    d::chan!(packets: u32, PACKET_ROOM);
    d::scope!(cap = 4, bytes = 2048, |scope| {
        let _consumer = scope.spawn(consumer(world, d::share(columns)));
        let _network = scope.spawn(network(world, d::share(packets)));
        let handler = scope.spawn(handle_packets(world, d::share(packets)));
        let producer = scope.spawn(produce(d::share(&database), d::share(columns)));
        let _ended = producer.await;
        handler.cancel();
    })
    .await;
}

async fn consumer(world: &'static World, columns: d::Shared<'_, Columns>) {
    consume_unshielded(world, &columns).await;
}

async fn network(world: &'static World, packets: d::Shared<'_, Packets>) {
    arrive(world, &packets).await;
}

async fn produce(database: d::Shared<'_, Database>, columns: d::Shared<'_, Columns>) {
    let _ended = read_send_unshielded(&database, &columns).await;
    columns.close();
}

async fn handle_packets(world: &'static World, packets: d::Shared<'_, Packets>) {
    while let Ok(Some(packet)) = packets.recv().await {
        world.log(LOOP, PACKET_OUT, packet, 0);
    }
}
