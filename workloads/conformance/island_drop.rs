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
async fn listens(port: u16, reads: Rc<Cell<bool>>, told: Told) {
    let mut stream = d::connect(port).await.expect("connected");
    let mut buffer = d::buf(4096);
    reads.set(true);
    let _read = d::read(&mut stream, &mut buffer).await;
    drop(told);
    unreachable!("the peer says nothing");
}

/// T7, T13: the buffer is with the driver when its read is dropped, and the island's end waits
/// until it has come back.
#[test]
fn t13_an_island_that_is_dropped_leaves_nothing_in_flight() {
    run(async {
        let (mut tries, mut ms) = (0, 10);
        while tries < 10 {
            let (listener, port) = host::listen().expect("loopback has a free port");
            let (reads, dropped) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
            let told = Told(Rc::clone(&dropped));
            let island = d::island(listens(port, Rc::clone(&reads), told));
            let ended = host::timeout(ms, island).await;
            assert!(ended.is_err(), "the peer says nothing");
            assert!(dropped.get(), "the operation went with its island");
            if reads.get() {
                nothing_is_left(listener).await;
                tries += 1;
            } else {
                // A busy machine has not come to the read; the bound of the run ends this.
                ms *= 2;
            }
        }
    });
}

#[test]
fn an_island_that_was_not_polled_does_nothing() {
    run(async {
        let dropped = Rc::new(Cell::new(false));
        drop(d::island(listens(1, Rc::default(), Told(Rc::clone(&dropped)))));
        assert!(dropped.get());
    });
}
