//! The producer is a task, started afresh in every iteration. When a packet comes first, the
//! loop asks it to end and waits until it has. The producer gets a token and looks at it while it
//! holds no row; where a request is a token it is therefore never ended inside of one.

use contract::{Case, Params, Role, World};
use design as d;
use portable::select_recreate_loss::{
    COLUMNS, Columns, Database, PACKET_OUT, PACKET_ROOM, Packets, arrive, consume_unshielded, judge,
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
    d::scope!(cap = 2, bytes = 1024, |scope| {
        let _consumer = scope.spawn(consumer(world, d::share(columns)));
        let _network = scope.spawn(network(world, d::share(packets)));
        packet_loop(world, &database, columns, packets).await;
        columns.close();
    })
    .await;
}

async fn packet_loop(
    world: &'static World,
    database: &d::TaskRc<Database>,
    columns: &d::TaskRc<Columns>,
    packets: &d::TaskRc<Packets>,
) {
    loop {
        let mut producer =
            d::spawn_with(|token| produce(d::share(database), d::share(columns), token));
        let d::Either::A(Ok(Some(packet))) = d::race(packets.recv(), &mut producer).await else {
            break;
        };
        let _ended = producer.cancelled().await;
        world.log(LOOP, PACKET_OUT, packet, 0);
    }
}

async fn consumer(world: &'static World, columns: d::Shared<'_, Columns>) {
    consume_unshielded(world, &columns).await;
}

async fn network(world: &'static World, packets: d::Shared<'_, Packets>) {
    arrive(world, &packets).await;
}

/// Reads rows and sends their columns until the database is empty, or until it is asked to end
/// between two rows.
///
/// # Cancellation
/// Dropping it loses the columns that were taken and not yet sent; a token loses nothing.
pub async fn produce(
    database: d::Shared<'_, Database>,
    columns: d::Shared<'_, Columns>,
    token: d::Token,
) {
    while token.run_until(d::sleep(1)).await.is_some() {
        let Some(row) = database.take() else { return };
        for column in 0..COLUMNS {
            // The channel is closed after the last producer has ended, so this cannot fail.
            let _sent = columns.send(row * COLUMNS + column).await;
        }
    }
}
