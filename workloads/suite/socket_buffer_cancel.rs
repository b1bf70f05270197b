//! `inflight-buffer-cancel` with real sockets.
//!
//! Every second read is given up after two milliseconds, while the peer writes after ten. The
//! program puts something else into the memory at once and looks at it after twenty. Then it
//! reads again, with patience: what the peer wrote must come, unless the read that was given
//! up has taken it.
//!
//! The control gives no read up.

use contract::{Case, Params, Role, World};
use design as d;
use oracles::failed;
use oracles::socket_buffer_cancel::{
    OTHER, SIZE, Seen, finish, judge, patience_ms, write_after_ms,
};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "cancels", role: Role::Hazard, run: cancels, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn cancels(world: &'static World, params: &Params) {
    d::block_on(world, rounds(world, params.n, false));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, rounds(world, params.n, true));
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

/// Reads one message, giving up once. Whether memory was written that was not lent any more,
/// and how many bytes came.
#[d::task_fn]
async fn read_one(stream: &mut d::Conn, limit_ms: u32) -> (bool, usize) {
    let mut buffer = d::buf(SIZE);
    let first = d::race(d::sleep(limit_ms), d::read(stream, &mut buffer)).await;
    if let d::Either::B(Ok(came)) = first {
        return (false, came);
    }
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
async fn write_one(stream: &mut d::Conn, round: u32) -> Result<(), d::IoErr> {
    let _waited = d::sleep(write_after_ms(round)).await;
    let mut buffer = d::buf(SIZE);
    d::write_all(stream, &mut buffer, SIZE).await
}
