//! The end of an island whose operations must complete: it waits for them.
//!
//! Mounted like `island.rs`.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;

use contract::Drivers;
use design as d;

use super::{enter, host};

/// Longer than anything here takes.
const BOUND_MS: u32 = 20_000;

/// Runs a program of the host.
fn run(program: impl Future<Output = ()>) {
    enter();
    host::block_on(Drivers::ALL, async {
        let ended = host::timeout(BOUND_MS, program).await;
        assert!(ended.is_ok(), "nothing may wait for ever");
    });
}

/// What an operation saw of its end.
#[derive(Default)]
struct Seen {
    read: Cell<Option<Result<usize, d::IoErr>>>,
    cleaned: Cell<bool>,
}

/// Reads from a peer that sends nothing, into a buffer that goes with the operation, and waits
/// on its way out.
#[d::task_fn]
async fn listens(port: u16, seen: Rc<Seen>) {
    let mut stream = d::connect(port).await.expect("connected");
    let mut buffer = d::buf(4096);
    let read = d::read(&mut stream, &mut buffer).await;
    seen.read.set(Some(read));
    let _slept = d::shield(d::sleep(2)).await;
    seen.cleaned.set(true);
}

/// T7, T13: what was lent is taken back before its memory goes, by waiting for it.
#[test]
fn t13_an_island_that_is_dropped_has_ended() {
    run(async {
        for _ in 0..10 {
            let (mut listener, port) = host::listen().expect("loopback has a free port");
            let seen = Rc::new(Seen::default());
            let island = d::island(listens(port, Rc::clone(&seen)));
            let ended = host::timeout(10, island).await;
            assert!(ended.is_err(), "the peer says nothing");
            assert_eq!(seen.read.get(), Some(Err(d::IoErr::Canceled)));
            assert!(seen.cleaned.get(), "cleanup waited, and the drop for it");
            assert_eq!(Rc::strong_count(&seen), 1, "nothing of the operation is left");
            // What comes now must find neither buffer nor socket.
            let mut stream = host::accept(&mut listener).await.expect("it had connected");
            let mut buffer = host::buf(4096);
            buffer.fill(7);
            let _written = host::write_all(&mut stream, &mut buffer, 4096).await;
            let read = host::read(&mut stream, &mut buffer).await;
            assert!(matches!(read, Ok(0) | Err(d::IoErr::Os(_))), "closed: {read:?}");
        }
    });
}

#[test]
fn an_island_that_was_not_polled_does_nothing() {
    run(async {
        let seen = Rc::new(Seen::default());
        drop(d::island(listens(1, Rc::clone(&seen))));
        assert_eq!(seen.read.get(), None);
        assert_eq!(Rc::strong_count(&seen), 1);
    });
}
