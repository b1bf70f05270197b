//! What released crates got wrong, as a program of each design.
//!
//! `redis-late-answer`: a client has one connection, writes a request and reads the answer. One
//! GET meets its limit of ten milliseconds, because the server answers it late, and the next GET
//! is for another key. Whoever forgets that an answer is still to come takes it for the next.
//! That is `aio::Connection` of redis 0.23.3 (redis-rs#325); the peer `published` runs the crate.
//!
//! Cancelling a read changes nothing about the request that was written, whatever cancelling is
//! in a design: here a read that is asked to stop forgets the answer as a dropped one does.
//!
//! The control counts the answers that are still to come, outside of the call that can be given
//! up, and skips those of earlier calls. It differs in four lines.

use core::cell::Cell;

use contract::{Case, Params, Role, World};
use design as d;
use oracles::failed;
use oracles::late_redis::{
    ANSWER, LIMIT_MS, LateRedis, REQUEST, fast, request, round_of_answer, slow,
};
use oracles::published_bugs::{came, gave_up, judge};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "redis-late-answer", role: Role::Hazard, run: late_answer, judge },
    Case { id: "redis-late-answer-fixed", role: Role::Control, run: late_answer_fixed, judge },
];

fn late_answer(world: &'static World, params: &Params) {
    let Ok(server) = LateRedis::start() else { return failed(world, -1) };
    d::block_on(world, forgetful(world, server.port(), params.n));
}

fn late_answer_fixed(world: &'static World, params: &Params) {
    let Ok(server) = LateRedis::start() else { return failed(world, -1) };
    d::block_on(world, counting(world, server.port(), params.n));
}

#[d::task_fn]
async fn forgetful(world: &'static World, port: u16, n: u32) {
    for round in 0..n {
        let mut conn = match d::connect(port).await {
            Ok(conn) => conn,
            Err(error) => return failed(world, error.code()),
        };
        let first = d::race(d::sleep(LIMIT_MS), get(&mut conn, true, round)).await;
        if matches!(first, d::Either::A(_)) {
            gave_up(world, round);
        }
        let second = get(&mut conn, false, round).await;
        came(world, round, second.unwrap_or(-1));
    }
}

#[d::task_fn]
async fn counting(world: &'static World, port: u16, n: u32) {
    for round in 0..n {
        let mut conn = match d::connect(port).await {
            Ok(conn) => conn,
            Err(error) => return failed(world, error.code()),
        };
        let owed = Cell::new(0);
        let first = d::race(d::sleep(LIMIT_MS), get_counted(&mut conn, &owed, true, round)).await;
        if matches!(first, d::Either::A(_)) {
            gave_up(world, round);
        }
        let second = get_counted(&mut conn, &owed, false, round).await;
        came(world, round, second.unwrap_or(-1));
    }
}

/// Asks for the slow or the fast key of the round; the round that the answer belongs to.
#[d::task_fn]
async fn get(conn: &mut d::Conn, late: bool, round: u32) -> Result<i32, d::IoError> {
    let key = if late { slow(round) } else { fast(round) };
    let mut asked = d::buf(REQUEST);
    asked.as_mut().copy_from_slice(request(&key).as_bytes());
    d::write_all(conn, &mut asked, REQUEST).await?;
    let mut answer = d::buf(ANSWER);
    d::read_exact(conn, &mut answer, ANSWER).await?;
    Ok(round_of_answer(answer.as_ref()))
}

/// [`get`], which skips the answers that earlier calls are still owed.
#[d::task_fn]
async fn get_counted(
    conn: &mut d::Conn,
    owed: &Cell<u32>,
    late: bool,
    round: u32,
) -> Result<i32, d::IoError> {
    let key = if late { slow(round) } else { fast(round) };
    let mut asked = d::buf(REQUEST);
    asked.as_mut().copy_from_slice(request(&key).as_bytes());
    d::write_all(conn, &mut asked, REQUEST).await?;
    owed.set(owed.get() + 1);
    loop {
        let mut answer = d::buf(ANSWER);
        d::read_exact(conn, &mut answer, ANSWER).await?;
        owed.set(owed.get() - 1);
        if owed.get() == 0 {
            return Ok(round_of_answer(answer.as_ref()));
        }
    }
}
