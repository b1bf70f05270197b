//! The end of an island whose operations must complete: it waits for them.
//!
//! Mounted like `island.rs`.

use std::cell::Cell;
use std::rc::Rc;

use design as d;

use super::host;
use super::island::{nothing_is_left, run};

/// What an operation saw of its end.
#[derive(Default)]
struct Seen {
    reads: Cell<bool>,
    read: Cell<Option<Result<usize, d::IoError>>>,
    cleaned: Cell<bool>,
}

/// Reads from a peer that sends nothing, into a buffer that is dropped with the operation, and
/// waits on its way out.
#[d::task_fn]
async fn listens(port: u16, seen: Rc<Seen>) {
    let connected = d::connect(port).await;
    if connected.as_ref().is_err_and(|error| *error == d::IoError::Cancelled) {
        return;
    }
    let mut stream = connected.expect("connected");
    let mut buffer = d::buf(4096);
    seen.reads.set(true);
    let read = d::read(&mut stream, &mut buffer).await;
    seen.read.set(Some(read));
    let _slept = d::shield(d::sleep(2)).await;
    seen.cleaned.set(true);
}

/// T7, T13: what was lent is taken back before its memory is freed, by waiting for it.
#[test]
fn t13_an_island_that_is_dropped_has_ended() {
    run(async {
        let (mut tries, mut ms) = (0, 10);
        while tries < 10 {
            let (listener, port) = host::listen().expect("loopback has a free port");
            let seen = Rc::new(Seen::default());
            let island = d::island(listens(port, Rc::clone(&seen)));
            let ended = host::timeout(ms, island).await;
            assert!(ended.is_err(), "the peer says nothing");
            assert_eq!(Rc::strong_count(&seen), 1, "nothing of the operation is left");
            if !seen.reads.get() {
                // A busy machine has not come to the read; the bound of the run ends this.
                ms *= 2;
                continue;
            }
            tries += 1;
            assert_eq!(seen.read.get(), Some(Err(d::IoError::Cancelled)));
            assert!(seen.cleaned.get(), "cleanup waited, and the drop for it");
            nothing_is_left(listener).await;
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
