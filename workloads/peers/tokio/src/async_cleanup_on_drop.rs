//! A connection whose destructor spawns its close, which is all that it can do.

use std::cell::Cell;
use std::rc::Rc;

use contract::{Case, Params, Role, World};
use suite::async_cleanup_on_drop::{
    BEGAN, CLEANED, CLOSE_MS, CONNECT_MS, LIMIT_MS, REFUSED, USER, WENT_ON, WORK_MS, judge_refused,
};
use tokio::task::spawn_local;

use crate::{Env, block_on};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "refresh", role: Role::Hazard, run: refresh, judge: judge_refused },
    Case { id: "control", role: Role::Control, run: control, judge: judge_refused },
];

fn refresh(world: &'static World, params: &Params) {
    block_on(world, |env| refreshes(env, params.n));
}

fn control(world: &'static World, params: &Params) {
    block_on(world, |env| patient(env, params.n));
}

/// A database that one connection at a time may have.
type Database = Rc<Cell<bool>>;

/// Closes itself by a task when it is dropped.
struct Connection {
    env: Env,
    database: Database,
    item: u32,
    closed: bool,
}

impl Connection {
    async fn open(env: Env, database: &Database, item: u32) -> Option<Connection> {
        env.sleep(CONNECT_MS).await;
        if database.replace(true) {
            env.log(USER, REFUSED, item, 0);
            return None;
        }
        env.log(USER, BEGAN, item, 0);
        Some(Connection { env, database: Rc::clone(database), item, closed: false })
    }

    async fn close(mut self) {
        self.closed = true;
        close(self.env, Rc::clone(&self.database), self.item).await;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if !self.closed {
            spawn_local(close(self.env, Rc::clone(&self.database), self.item));
        }
    }
}

async fn close(env: Env, database: Database, item: u32) {
    env.sleep(CLOSE_MS).await;
    database.set(false);
    env.log(USER, CLEANED, item, 0);
}

async fn refreshes(env: Env, n: u32) {
    let database = Database::default();
    for item in 0..n {
        let started_ms = env.now_ms();
        tokio::select! {
            biased;
            () = use_once(env, &database, item) => {}
            () = env.sleep(LIMIT_MS) => {}
        }
        let late_ms = env.now_ms().saturating_sub(started_ms + LIMIT_MS);
        env.log(USER, WENT_ON, item, i32::try_from(late_ms).unwrap_or(i32::MAX));
    }
}

async fn patient(env: Env, n: u32) {
    let database = Database::default();
    for item in 0..n {
        use_once(env, &database, item).await;
        env.log(USER, WENT_ON, item, 0);
    }
}

/// # Cancellation
/// Leaves the close to a task.
async fn use_once(env: Env, database: &Database, item: u32) {
    if let Some(connection) = Connection::open(env, database, item).await {
        env.sleep(WORK_MS).await;
        connection.close().await;
    }
}
