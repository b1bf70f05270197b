//! Progress is kept outside the future: the arm that is created afresh in every iteration
//! continues from a cursor, so dropping it loses nothing. The advice of tokio's `select!`
//! documentation.

use core::cell::Cell;

use contract::{Case, Params, Role, World};
use design as d;
use suite::select_recreate_loss::{
    Columns, Database, PACKET_OUT, PACKET_ROOM, Packets, arrive, consume_unshielded, judge,
};

const LOOP: u16 = 4;
const COLUMNS: u32 = 3;

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "hazard", role: Role::Hazard, run, judge }];

fn run(world: &'static World, params: &Params) {
    d::block_on(world, root(world, params.n));
}

async fn root(world: &'static World, n: u32) {
    let database = Database::new(n);
    d::chan!(columns: u32, 1);
    d::chan!(packets: u32, PACKET_ROOM);
    let select = select_loop(world, &database, columns, packets);
    d::join(d::join(select, consume_unshielded(world, columns)), arrive(world, packets)).await;
}

async fn select_loop(
    world: &'static World,
    database: &Database,
    columns: &Columns,
    packets: &Packets,
) {
    let cursor = Cursor::default();
    while let d::Either::A(Ok(Some(packet))) =
        d::race(packets.recv(), cursor.run(database, columns)).await
    {
        world.log(LOOP, PACKET_OUT, packet, 0);
    }
    columns.close();
}

/// The columns that were taken from the database and not yet sent.
#[derive(Debug, Default)]
pub struct Cursor {
    next: Cell<u32>,
    end: Cell<u32>,
}

impl Cursor {
    /// Sends what is left, then row after row until the database is empty.
    ///
    /// # Cancellation
    /// Loses nothing: a column leaves the cursor only when it was sent.
    pub async fn run(&self, database: &Database, columns: &Columns) {
        loop {
            while self.next.get() < self.end.get() {
                let _sent = columns.send(self.next.get()).await;
                self.next.set(self.next.get() + 1);
            }
            let _read = d::sleep(1).await;
            let Some(row) = database.take() else { return };
            self.next.set(row * COLUMNS);
            self.end.set(row * COLUMNS + COLUMNS);
        }
    }
}
