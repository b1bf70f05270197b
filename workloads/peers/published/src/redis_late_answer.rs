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

/// `Connection`, which blocks: on a thread of its own, because a ring that another program has left
/// to the caller's interrupts a read that has a limit, and no timeout is what that ends in.
pub(crate) fn blocking(world: &'static World, params: &Params) {
    crate::awb_marker_published();
    with_server(world, |client| {
        let rounds = || (0..params.n).map(|round| one_blocking_round(client, round)).collect();
        let seen: RedisResult<Vec<_>> = std::thread::scope(|threads| {
            let ended = threads.spawn(rounds).join();
            ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        for (round, (met_its_limit, of)) in (0..).zip(seen?) {
            if met_its_limit {
                staged(world, round);
            }
            came(world, round, of);
        }
        Ok(())
    });
}

/// Whether the first call met its limit, and the round that the second one's value is of.
fn one_blocking_round(client: &Client, round: u32) -> RedisResult<(bool, i32)> {
    let mut connection = client.get_connection()?;
    connection.set_read_timeout(Some(LIMIT))?;
    let first: RedisResult<String> = connection.get(slow(round));
    connection.set_read_timeout(None)?;
    let second: RedisResult<String> = connection.get(fast(round));
    let met_its_limit = first.is_err_and(|error| error.is_timeout());
    Ok((met_its_limit, second.map_or(-1, |value| round_of(&value))))
}

/// Runs a program against a server that answers late.
fn with_server(world: &World, program: impl FnOnce(&Client) -> RedisResult<()>) {
    let Ok(server) = LateRedis::start() else { return failed(world, -1) };
    let client = Client::open(format!("redis://127.0.0.1:{}/", server.port()));
    if client.and_then(|client| program(&client)).is_err() {
        failed(world, -1);
    }
}
