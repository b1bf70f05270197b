//! What must be true after an operation was given up, or was ready.

use std::cell::Cell;

use design as d;
use kernel::driver::select;
use kernel::leaf::runtime_owned::Totals;

use super::super::LOSES;
use super::full::FILL;
use super::operation::{FRAME, Operation};
use super::peer::{NEXT, Peer, sent_at};
use super::points::{drains, pause};
use super::rig::{
    BEGINNING, On, Rig, SPOILT, Subject, UNTOUCHED, bulk, connectable, descriptors, totals,
};

/// What must be true in the run after an operation was given up, or was ready.
#[d::task_fn]
pub(super) async fn check(rig: Rig, operation: Operation, before: &[String], leaks: &Cell<usize>) {
    let Rig { subject, peer, totals: earlier } = rig;
    match subject {
        None => {
            peer.afterwards();
            pause(1).await;
        }
        Some(mut subject) => {
            let seen = subject.buffer.as_ref().to_vec();
            if operation.is_write() {
                subject.buffer.as_mut().fill(SPOILT);
            } else {
                peer.send(3);
            }
            pause(1).await;
            assert!(
                operation.is_write() || subject.buffer.as_ref() == seen,
                "memory is written after it was given back"
            );
            next(operation, subject, &peer, &seen, earlier).await;
        }
    }
    // One that never ends meets the bound of the run.
    while kernel::run::context::with(|runtime| runtime.op_slots().orphans()) > 0 {
        pause(1).await;
    }
    let now = totals();
    let leaked = usize::try_from(now.leaked - earlier.leaked).expect("few");
    assert!(leaked == 0 || operation.may_leak(), "{leaked} descriptors have no owner");
    leaks.set(leaks.get() + leaked);
    peer.made.borrow_mut().clear();
    let more = descriptors().into_iter().filter(|open| !before.contains(open));
    let more: Vec<_> = more.collect();
    assert_eq!(more.len(), leaked, "{more:?}");
}

/// Uses once more what an operation was given up on, and looks at all that passed.
#[d::task_fn]
async fn next(operation: Operation, subject: Subject, peer: &Peer, seen: &[u8], earlier: Totals) {
    let Subject { on, accepted, .. } = subject;
    match (operation, on) {
        (Operation::Write | Operation::WriteAll, On::Conn(conn)) => write_next(conn, peer).await,
        (_, On::Conn(conn)) => read_next(conn, peer, seen, earlier).await,
        (_, On::Listener(listener)) => accept_next(listener, accepted, peer, earlier).await,
        (_, On::Port(_)) => {
            let (_, other) = connectable(Operation::Connect);
            let conn = d::connect(other.port).await;
            assert!(conn.is_ok(), "{conn:?}");
        }
        (_, On::File(mut file)) => {
            assert!(BEGINNING.starts_with(untouched_from(seen)), "{seen:?}");
            let mut buffer = d::buf(FRAME);
            let read = d::read_at(&mut file, &mut buffer, 0).await;
            assert_eq!(read, Ok(FRAME));
            assert_eq!(buffer.as_ref(), BEGINNING);
        }
        (_, On::Nothing) => pause(1).await,
    }
}

/// Whether this design says that it may lose what a driver has done meanwhile.
fn may_lose() -> bool {
    LOSES.contains(&select::selected())
}

/// The part that was read into; the rest must be as it was.
fn untouched_from(seen: &[u8]) -> &[u8] {
    let read = seen.iter().position(|&byte| byte == UNTOUCHED).unwrap_or(seen.len());
    assert!(seen[read..].iter().all(|&byte| byte == UNTOUCHED), "{seen:?}");
    &seen[..read]
}

#[d::task_fn]
async fn write_next(mut conn: d::Conn, peer: &Peer) {
    let mut last = d::buf(NEXT.len());
    last.as_mut().copy_from_slice(NEXT);
    match d::race(d::write_all(&mut conn, &mut last, NEXT.len()), drains(peer)).await {
        d::Either::A(written) => assert_eq!(written, Ok(())),
        d::Either::B(()) => unreachable!("nothing cancels it"),
    }
    drop(conn);
    let came = peer.until_the_end();
    let came = came.strip_suffix(NEXT).expect("what was written last comes last");
    let filled = came.iter().position(|&byte| byte != FILL).unwrap_or(came.len());
    assert!(bulk().starts_with(&came[filled..]), "bytes without an owner, or in disorder");
}

#[d::task_fn]
async fn read_next(mut conn: d::Conn, peer: &Peer, seen: &[u8], earlier: Totals) {
    peer.finish();
    let mut rest = Vec::new();
    let mut buffer = d::buf(FRAME);
    loop {
        let read = d::read(&mut conn, &mut buffer).await;
        let read = read.expect("the connection works");
        if read == 0 {
            break;
        }
        rest.extend_from_slice(&buffer.as_ref()[..read]);
    }
    let rest = rest.strip_suffix(NEXT).expect("what was sent last comes last");
    let read = untouched_from(seen);
    let lost = usize::try_from(totals().lost_bytes - earlier.lost_bytes).expect("few");
    assert!(lost == 0 || may_lose(), "{lost} bytes are lost");
    let sent = peer.sent.get();
    // A buffer that went with its operation has taken along what it held.
    let gone = if seen.is_empty() { sent - lost - rest.len() } else { 0 };
    assert_eq!(read.len() + gone + lost + rest.len(), sent, "each byte is somewhere, once");
    let whole = read.iter().enumerate();
    for (at, &byte) in whole.chain((sent - rest.len()..).zip(rest)) {
        assert_eq!(byte, sent_at(at), "byte {at}");
    }
}

#[d::task_fn]
async fn accept_next(mut listener: d::Listener, accepted: usize, peer: &Peer, earlier: Totals) {
    // An accept that nothing cancels takes one more.
    peer.connect();
    pause(1).await;
    peer.connect();
    let made = peer.made.borrow().len();
    let (mut number, mut taken) = (d::buf(1), accepted);
    loop {
        let mut conn = d::accept(&mut listener).await.expect("something connected");
        taken += 1;
        let read = d::read_exact(&mut conn, &mut number, 1).await;
        assert_eq!(read, Ok(()), "who connected is there");
        if usize::from(number.as_ref()[0]) + 1 == made {
            break;
        }
    }
    let now = totals();
    let unowned = (now.leaked - earlier.leaked) + (now.reclaimed - earlier.reclaimed);
    assert!(unowned == 0 || may_lose(), "{unowned} connections have no owner");
    assert_eq!(taken + usize::try_from(unowned).expect("few"), made, "each is taken once");
}
