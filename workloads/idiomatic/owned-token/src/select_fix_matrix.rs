//! Arms that are created afresh, as tasks: the loop asks the producer to end, waits until it has,
//! and only then handles the packet. So there is nothing left unpolled when the handler awaits,
//! and, where a request is a token, nothing lost.

use contract::{Case, Params, Role, World};
use design as d;
use portable::select_fix_matrix::{MARKER, judge};
use portable::select_recreate_loss::{
    Columns, Database, PACKET_OUT, PACKET_ROOM, Packets, arrive, consume_unshielded,
};

use crate::select_recreate_loss::produce;

const LOOP: u16 = 4;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "respawn-empty", role: Role::Hazard, run: empty, judge },
    Case { id: "respawn-send", role: Role::Hazard, run: sends, judge },
];

fn empty(world: &'static World, params: &Params) {
    d::block_on(world, tasks(world, params.n, false));
}

fn sends(world: &'static World, params: &Params) {
    d::block_on(world, tasks(world, params.n, true));
}

async fn tasks(world: &'static World, n: u32, sends: bool) {
    d::own!(database = Database::new(n));
    d::chan!(columns: u32, 1);
    d::chan!(packets: u32, PACKET_ROOM);
    d::scope!(cap = 2, bytes = 1024, |scope| {
        let _consumer = scope.spawn(consumer(world, d::share(columns)));
        let _network = scope.spawn(network(world, d::share(packets)));
        packet_loop(world, &database, columns, packets, sends).await;
        columns.close();
    })
    .await;
}

async fn packet_loop(
    world: &'static World,
    database: &d::TaskRc<Database>,
    columns: &d::TaskRc<Columns>,
    packets: &d::TaskRc<Packets>,
    sends: bool,
) {
    loop {
        let mut producer =
            d::spawn_with(|token| produce(d::share(database), d::share(columns), token));
        let d::Either::A(Ok(Some(packet))) = d::race(packets.recv(), &mut producer).await else {
            break;
        };
        let _ended = producer.cancelled().await;
        if sends {
            let _sent = columns.send(MARKER + packet).await;
        }
        world.log(LOOP, PACKET_OUT, packet, 0);
    }
}

async fn consumer(world: &'static World, columns: d::Shared<'_, Columns>) {
    consume_unshielded(world, &columns).await;
}

async fn network(world: &'static World, packets: d::Shared<'_, Packets>) {
    arrive(world, &packets).await;
}
