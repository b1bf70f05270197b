//! redis 0.23.3: after a GET that met its limit, the next GET of an `aio::Connection` answers with
//! the value of the first (redis-rs#325).
//!
//! The fix of the maintainers is another type, `MultiplexedConnection`, whose task reads every
//! answer and matches it to its request, whether or not a call still waits for it. For a program
//! that is one changed line. The type costs a task, and was there in this version already.
//!
//! The blocking `Connection` has the same defect when its read timeout passes (redis-rs#1252):
//! what makes the defect is an exchange that can end in its middle, and a timeout does that to a
//! blocking call as a drop does to a future.

use std::time::Duration;

use contract::{Params, World};
use oracles::failed;
use oracles::late_redis::{LIMIT_MS, LateRedis, fast, round_of, slow};
use oracles::published_bugs::{came, staged};
use redis::aio::ConnectionLike;
use redis::{AsyncCommands, Client, Commands, RedisResult};
use tokio::time::timeout;

use crate::block_on;

const LIMIT: Duration = Duration::from_millis(LIMIT_MS as u64);

/// `aio::Connection`.
pub(crate) fn as_published(world: &'static World, params: &Params) {
    with_server(world, |client| {
        block_on(async {
            for round in 0..params.n {
                let connection = client.get_async_connection().await?;
                one_round(world, connection, round).await;
            }
            Ok(())
        })
    });
}

/// `MultiplexedConnection`.
pub(crate) fn fixed(world: &'static World, params: &Params) {
    with_server(world, |client| {
        block_on(async {
            for round in 0..params.n {
                let connection = client.get_multiplexed_async_connection().await?;
                one_round(world, connection, round).await;
            }
            Ok(())
        })
    });
}

async fn one_round(world: &World, mut connection: impl ConnectionLike + Send, round: u32) {
    if timeout(LIMIT, connection.get::<_, String>(slow(round))).await.is_err() {
        staged(world, round);
    }
    let second: RedisResult<String> = connection.get(fast(round)).await;
    came(world, round, second.map_or(-1, |value| round_of(&value)));
}

/// `Connection`, which blocks.
pub(crate) fn blocking(world: &'static World, params: &Params) {
    crate::awb_marker_published();
    with_server(world, |client| {
        for round in 0..params.n {
            let mut connection = client.get_connection()?;
            connection.set_read_timeout(Some(LIMIT))?;
            let first: RedisResult<String> = connection.get(slow(round));
            if first.is_err_and(|error| error.is_timeout()) {
                staged(world, round);
            }
            connection.set_read_timeout(None)?;
            let second: RedisResult<String> = connection.get(fast(round));
            came(world, round, second.map_or(-1, |value| round_of(&value)));
        }
        Ok(())
    });
}

/// Runs a program against a server that answers late.
fn with_server(world: &World, program: impl FnOnce(&Client) -> RedisResult<()>) {
    let Ok(server) = LateRedis::start() else { return failed(world, -1) };
    let client = Client::open(format!("redis://127.0.0.1:{}/", server.port()));
    if client.and_then(|client| program(&client)).is_err() {
        failed(world, -1);
    }
}
