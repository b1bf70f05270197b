//! The end of an island whose operations may be dropped: what they gave away is waited for.
//!
//! Mounted like `island.rs`.

use std::cell::Cell;
use std::rc::Rc;

use design as d;

use super::host;
use super::island::{nothing_is_left, run};

/// Says when it is dropped.
struct Told(Rc<Cell<bool>>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

/// Reads from a peer that sends nothing.
async fn listens(port: u16, told: Told) {
    let mut stream = d::connect(port).await.expect("connected");
    let mut buffer = d::buf(4096);
    let _read = d::read(&mut stream, &mut buffer).await;
    drop(told);
    unreachable!("the peer says nothing");
}

/// T7, T13: the buffer is with the driver when its read is dropped, and the island's end waits
/// until it has come back.
#[test]
fn t13_an_island_that_is_dropped_leaves_nothing_in_flight() {
    run(async {
        for _ in 0..10 {
            let (listener, port) = host::listen().expect("loopback has a free port");
            let dropped = Rc::new(Cell::new(false));
            let island = d::island(listens(port, Told(Rc::clone(&dropped))));
            let ended = host::timeout(10, island).await;
            assert!(ended.is_err(), "the peer says nothing");
            assert!(dropped.get(), "the operation went with its island");
            nothing_is_left(listener).await;
        }
    });
}

#[test]
fn an_island_that_was_not_polled_does_nothing() {
    run(async {
        let dropped = Rc::new(Cell::new(false));
        drop(d::island(listens(1, Told(Rc::clone(&dropped)))));
        assert!(dropped.get());
    });
}
