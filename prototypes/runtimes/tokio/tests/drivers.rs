//! A runtime has the drivers that were named, and no other.

use contract::Drivers;
use runtime_tokio::{block_on, listen, sleep};

#[test]
fn what_was_named_is_there() {
    block_on(Drivers::CLOCK, sleep(1));
    block_on(Drivers::SOCKETS, async { listen().map(drop) }).expect("loopback has a free port");
    block_on(Drivers::ALL, async {
        sleep(1).await;
        listen().map(drop).expect("loopback has a free port");
    });
}

#[test]
#[should_panic(expected = "timers are disabled")]
fn timers_that_were_not_named_are_missing() {
    block_on(Drivers::SOCKETS, sleep(1));
}

#[test]
#[should_panic(expected = "IO is disabled")]
fn sockets_that_were_not_named_are_missing() {
    block_on(Drivers::CLOCK, async { listen().map(drop) }).expect("it panics before");
}
