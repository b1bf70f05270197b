//! `socket-buffer-cancel` with a race that hands the loser's answer over.
//!
//! A read that loses has been asked to end and has answered: with an error, or with the bytes
//! that were there already. `race` drops that answer, as the portable dialect asks, and
//! `race_both` does not, so that bytes which came with the order to stop are the program's.

use contract::{Case, Params, Role, World};
use design as d;
use oracles::failed;
use oracles::socket_buffer_cancel::{
    BUSY_AFTER_MS, Busy, LATE_LIMIT_MS, OTHER, SIZE, Seen, finish, gives_up, judge, patience_ms,
    write_after_ms,
};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "cancels", role: Role::Hazard, run: cancels, judge },
    Case { id: "cancels-late", role: Role::Hazard, run: cancels_late, judge },
];

type Stop = d::Chan<(), 1>;

fn cancels(world: &'static World, params: &Params) {
    d::block_on(world, rounds(world, params.n));
}

fn cancels_late(world: &'static World, params: &Params) {
    d::block_on(world, late_rounds(world, params.n));
}

#[d::task_fn]
async fn rounds(world: &'static World, n: u32) {
    let (mut listener, port) = match d::listen() {
        Ok(listening) => listening,
        Err(error) => return failed(world, error.code()),
    };
    let pair = d::join(d::accept(&mut listener), d::connect(port)).await;
    let (mut here, mut there) = match pair {
        (Ok(here), Ok(there)) => (here, there),
        (Err(error), _) | (_, Err(error)) => return failed(world, error.code()),
    };
    let mut seen = Seen::default();
    for round in 0..n {
        let reader = read_one(&mut here, d::sleep(patience_ms(round, false)));
        let ((stale, came), sent) = d::join(reader, write_one(&mut there, round)).await;
        if let Err(error) = sent {
            failed(world, error.code());
        }
        seen.keep(stale, came);
    }
    finish(world, n, seen);
}

#[d::task_fn]
async fn late_rounds(world: &'static World, n: u32) {
    let (mut listener, port) = match d::listen() {
        Ok(listening) => listening,
        Err(error) => return failed(world, error.code()),
    };
    let Ok(mut there) = Busy::connect(port) else { return failed(world, -1) };
    let mut here = match d::accept(&mut listener).await {
        Ok(here) => here,
        Err(error) => return failed(world, error.code()),
    };
    d::chan!(stop: (), 1);
    let mut seen = Seen::default();
    for round in 0..n {
        let stops = gives_up(round, false);
        let limit = d::race(stop.recv(), d::sleep(LATE_LIMIT_MS));
        let reader = read_one(&mut here, limit);
        let ((stale, came), sent) = d::join(reader, write_late(&mut there, stop, stops)).await;
        if !sent {
            failed(world, -1);
        }
        seen.keep(stale, came);
    }
    finish(world, n, seen);
}

/// Reads one message, giving up once, at the limit. Whether memory was written that was not lent
/// any more, and how many bytes came.
#[d::task_fn]
async fn read_one<L: d::Op>(stream: &mut d::Conn, limit: L) -> (bool, usize) {
    let mut buffer = d::buf(SIZE);
    let answer = match d::race_both(limit, d::read(stream, &mut buffer)).await {
        d::Either::A((_, answer)) => answer,
        d::Either::B((answer, _)) => Some(answer),
    };
    if let Some(Ok(came @ 1..)) = answer {
        return (false, came);
    }
    buffer.as_mut().fill(OTHER);
    let _later = d::sleep(20).await;
    let stale = buffer.as_ref().iter().any(|byte| *byte != OTHER);
    let again = d::race(d::sleep(200), d::read_exact(stream, &mut buffer, SIZE)).await;
    (stale, if matches!(again, d::Either::B(Ok(()))) { SIZE } else { 0 })
}

#[d::task_fn]
async fn write_one(stream: &mut d::Conn, round: u32) -> Result<(), d::IoError> {
    let _waited = d::sleep(write_after_ms(round)).await;
    let mut buffer = d::buf(SIZE);
    d::write_all(stream, &mut buffer, SIZE).await
}

/// Whether the message could be written; it comes while the program is busy, and then, perhaps,
/// the order to stop.
#[d::task_fn]
async fn write_late(stream: &mut Busy, stop: &Stop, stops: bool) -> bool {
    let _waited = d::sleep(BUSY_AFTER_MS).await;
    let written = stream.write().is_ok();
    if stops {
        let _told = stop.send(()).await;
    }
    written
}
