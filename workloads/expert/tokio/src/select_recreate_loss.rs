//! Progress is kept outside the future, as the documentation of `tokio::select!` advises,
//! and a column leaves it only with a permit of the channel in hand (`Sender::reserve`).

use contract::{Case, Params, Role, World};
use peer_tokio::select_recreate_loss::{Database, around};
use peer_tokio::{Env, block_on};
use suite::select_recreate_loss::{COLUMNS, LOOP, PACKET_OUT, judge};
use tokio::sync::mpsc;

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "hazard", role: Role::Hazard, run, judge }];

fn run(world: &'static World, params: &Params) {
    block_on(world, |env| root(env, params.n));
}

async fn root(env: Env, n: u32) {
    around(env, async |columns, packets| {
        let mut cursor = Cursor::new(n);
        loop {
            tokio::select! {
                biased;
                Some(packet) = packets.recv() => env.log(LOOP, PACKET_OUT, packet, 0),
                () = cursor.run(env, columns) => break,
            }
        }
    })
    .await;
}

/// The database, and the columns that were taken from it and not yet sent.
#[derive(Debug)]
pub struct Cursor {
    database: Database,
    columns: core::ops::Range<u32>,
}

impl Cursor {
    /// A cursor at the beginning.
    #[must_use]
    pub fn new(items: u32) -> Cursor {
        Cursor { database: Database::new(items), columns: 0..0 }
    }

    /// Sends what is left, then row after row until the database is empty.
    ///
    /// # Cancellation
    /// Loses nothing: a column leaves the cursor in the step that sends it.
    pub async fn run(&mut self, env: Env, columns: &mpsc::Sender<u32>) {
        loop {
            while !self.columns.is_empty() {
                // The consumer takes until the last sender is gone, so this cannot fail.
                let Ok(permit) = columns.reserve().await else { return };
                if let Some(column) = self.columns.next() {
                    permit.send(column);
                }
            }
            let Some(row) = self.database.read_next(env).await else { return };
            self.columns = row * COLUMNS..(row + 1) * COLUMNS;
        }
    }
}
