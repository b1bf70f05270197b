//! What released crates got wrong, as a program of each design.
//!
//! `redis-late-answer`: a client has one connection, writes a request and reads the answer. One
//! GET meets its limit of ten milliseconds, because the server answers it late, and the next GET
//! is for another key. The code that forgets that an answer is still to come takes it for the next.
//! That is `aio::Connection` of redis 0.23.3 (redis-rs#325); the peer `published` runs the crate.
//!
//! Cancelling a read changes nothing about the request that was written, whatever cancelling is
//! in a design: here a read that is asked to stop forgets the answer as a dropped one does.
//!
//! Its control counts the answers that are still to come, outside of the call that can be given
//! up, and skips those of earlier calls. It differs in four lines.
//!
//! `kanal-lost-rendezvous`: two senders send while one receiver waits for either in a race. Both
//! sends end well; one message wins the race, and the other must be there afterwards. kanal 0.1.1
//! writes a message into the receive that waits, and it is gone with that (kanal#50). The channel
//! of the designs has a slot, and a receive that is given up leaves its message there.
//!
//! `tokio-aborted-lock`: a lock that was waited for and given up must be free once its holder has
//! released it. In tokio 0.2.2 it is handed to the one that has gone (tokio#1898).

use core::cell::Cell;

use contract::{Case, Params, Role, World};
use design as d;
use oracles::failed;
use oracles::late_redis::{
    ANSWER, LIMIT_MS, LateRedis, REQUEST, fast, request, round_of_answer, slow,
};
use oracles::published_bugs::{came, judge, staged};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "redis-late-answer", role: Role::Hazard, run: late_answer, judge },
    Case { id: "redis-late-answer-fixed", role: Role::Control, run: late_answer_fixed, judge },
    Case { id: "kanal-lost-rendezvous", role: Role::Hazard, run: lost_rendezvous, judge },
    Case { id: "tokio-aborted-lock", role: Role::Hazard, run: aborted_lock, judge },
];

fn late_answer(world: &'static World, params: &Params) {
    let Ok(server) = LateRedis::start() else { return failed(world, -1) };
    d::block_on(world, forgetful(world, server.port(), params.n));
}

fn late_answer_fixed(world: &'static World, params: &Params) {
    let Ok(server) = LateRedis::start() else { return failed(world, -1) };
    d::block_on(world, counting(world, server.port(), params.n));
}

fn lost_rendezvous(world: &'static World, params: &Params) {
    d::block_on(world, two_channels(world, params.n));
}

fn aborted_lock(world: &'static World, params: &Params) {
    d::block_on(world, released(world, params.n));
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
            staged(world, round);
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
            staged(world, round);
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
    // Before the write: a call that is given up in it may have been heard.
    owed.set(owed.get() + 1);
    d::write_all(conn, &mut asked, REQUEST).await?;
    loop {
        let mut answer = d::buf(ANSWER);
        d::read_exact(conn, &mut answer, ANSWER).await?;
        owed.set(owed.get() - 1);
        if owed.get() == 0 {
            return Ok(round_of_answer(answer.as_ref()));
        }
    }
}

/// A channel with one slot.
type Slot = d::Chan<u32, 1>;

#[d::task_fn]
async fn two_channels(world: &'static World, n: u32) {
    for round in 0..n {
        d::chan!(left: u32, 1);
        d::chan!(right: u32, 1);
        // The receiver is in line at both before anything is sent.
        let senders = d::join(send_one(left, round), send_one(right, round));
        let (first, sent) = d::join(either(left, right), senders).await;
        if first.is_some() && sent == (true, true) {
            staged(world, round);
        }
        let second = d::race(either(left, right), d::sleep(LIMIT_MS)).await;
        if let d::Either::A(Some(message)) = second {
            came(world, round, message.cast_signed());
        }
    }
}

#[d::task_fn]
async fn send_one(channel: &Slot, message: u32) -> bool {
    channel.send(message).await.is_ok()
}

/// A message of either channel.
#[d::task_fn]
async fn either(left: &Slot, right: &Slot) -> Option<u32> {
    match d::race(left.recv(), right.recv()).await {
        d::Either::A(message) | d::Either::B(message) => message.ok().flatten(),
    }
}

#[d::task_fn]
async fn released(world: &'static World, n: u32) {
    for round in 0..n {
        d::lock!(lock = round);
        if let Ok(held) = lock.lock().await {
            if let d::Either::B(_) = d::race(take(lock), d::sleep(1)).await {
                staged(world, round);
            }
            drop(held);
        }
        if let d::Either::A(Some(free)) = d::race(take(lock), d::sleep(LIMIT_MS)).await {
            came(world, round, free.cast_signed());
        }
    }
}

/// Takes the lock and releases it.
#[d::task_fn]
async fn take(lock: &d::Lock<u32>) -> Option<u32> {
    lock.lock().await.ok().map(|value| *value)
}
