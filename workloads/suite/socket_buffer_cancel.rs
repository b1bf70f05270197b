//! `inflight-buffer-cancel` with real sockets.
//!
//! Every second read is given up after two milliseconds, while the peer writes after ten. The
//! program puts something else into the memory at once and looks at it after twenty. Then it
//! reads again, with patience: what the peer wrote must come, unless the read that was given
//! up has taken it.
//!
//! In case `cancels-late` the bytes come while the program holds its thread, and it is then told
//! to stop: both are there when it looks, and the order to stop is looked at first. Over
//! readiness the bytes are still in the socket; a completion has moved them to a read that
//! nothing will ask. Where a loser must complete it has been asked, and `race` drops its answer.
//!
//! The controls give no read up.

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
    Case { id: "control", role: Role::Control, run: control, judge },
    Case { id: "cancels-late", role: Role::Hazard, run: cancels_late, judge },
    Case { id: "control-late", role: Role::Control, run: control_late, judge },
];

type Stop = d::Chan<(), 1>;

fn cancels(world: &'static World, params: &Params) {
    d::block_on(world, rounds(world, params.n, false));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, rounds(world, params.n, true));
}

fn cancels_late(world: &'static World, params: &Params) {
    d::block_on(world, late_rounds(world, params.n, false));
}

fn control_late(world: &'static World, params: &Params) {
    d::block_on(world, late_rounds(world, params.n, true));
}

#[d::task_fn]
async fn rounds(world: &'static World, n: u32, patient: bool) {
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
        let reader = read_one(&mut here, patience_ms(round, patient));
        let ((stale, came), sent) = d::join(reader, write_one(&mut there, round)).await;
        if let Err(error) = sent {
            failed(world, error.code());
        }
        seen.keep(stale, came);
    }
    finish(world, n, seen);
}

#[d::task_fn]
async fn late_rounds(world: &'static World, n: u32, patient: bool) {
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
        let reader = read_until(&mut here, d::share(stop));
        let writer = write_late(&mut there, d::share(stop), gives_up(round, patient));
        let ((stale, came), sent) = d::join(reader, writer).await;
        if !sent {
            failed(world, -1);
        }
        seen.keep(stale, came);
    }
    finish(world, n, seen);
}

/// Reads one message, giving up once. Whether memory was written that was not lent any more,
/// and how many bytes came.
#[d::task_fn]
async fn read_one(stream: &mut d::Conn, limit_ms: u32) -> (bool, usize) {
    let mut buffer = d::buf(SIZE);
    let first = d::race(d::sleep(limit_ms), d::read(stream, &mut buffer)).await;
    if let d::Either::B(Ok(came)) = first {
        return (false, came);
    }
    read_again(stream, buffer).await
}

/// The same, giving up when it is told to.
#[d::task_fn]
async fn read_until(stream: &mut d::Conn, stop: d::Shared<'_, Stop>) -> (bool, usize) {
    let mut buffer = d::buf(SIZE);
    let limit = d::race(stop.recv(), d::sleep(LATE_LIMIT_MS));
    let first = d::race(limit, d::read(stream, &mut buffer)).await;
    if let d::Either::B(Ok(came)) = first {
        return (false, came);
    }
    read_again(stream, buffer).await
}

/// What is done after a read was given up: the memory is used for something else, and then the
/// message is read with patience.
#[d::task_fn]
async fn read_again(stream: &mut d::Conn, mut buffer: d::Buf) -> (bool, usize) {
    if buffer.is_empty() {
        // Given away with the operation: the program goes on with another one.
        buffer = d::buf(SIZE);
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
async fn write_late(stream: &mut Busy, stop: d::Shared<'_, Stop>, stops: bool) -> bool {
    let _waited = d::sleep(BUSY_AFTER_MS).await;
    let written = stream.write().is_ok();
    if stops {
        let _told = stop.send(()).await;
    }
    written
}
