//! T16: an operation completes and its cancellation is requested in the same tick.
//!
//! Exhaustive over the order in which things become due: the read completes one tick before,
//! in, or one tick after the limit; the read is the first or the second arm; and ties of the
//! same instant are turned around by the script's schedules. In every case either the bytes
//! are reported, or the driver did not move any.

use crate::common::world;
use design as d;
use design::{Either, ReadError};

const SIZE: usize = 8;

/// What one run led to: the read's own result and what is in the buffer.
type Ended = (Result<usize, ReadError>, [u8; SIZE]);

fn untouched(buffer: [u8; SIZE]) -> bool {
    buffer == [0xEE; SIZE]
}

fn check((result, buffer): Ended, why: &str) {
    match result {
        Ok(moved) => {
            assert_eq!(moved, SIZE, "{why}");
            assert_eq!(buffer, [0, 1, 2, 3, 4, 5, 6, 7], "{why}: the bytes are there");
        }
        Err(ReadError::Cancelled) => assert!(untouched(buffer), "{why}: no byte was lost"),
        Err(other) => panic!("{why}: {other:?}"),
    }
}

fn raced(read_ms: u32, limit_ms: u32, read_first: bool, schedule: u64) -> Ended {
    let world = world();
    world.script().choose(schedule, 0);
    let mut buffer = [0xEE; SIZE];
    let mut result = None;
    d::block_on(
        world,
        d::task!(async {
            let read = d::device_read(&mut buffer, read_ms);
            result = if read_first {
                match d::race_both(read, d::sleep(limit_ms)).await {
                    Either::A((result, _)) | Either::B((_, Some(result))) => Some(result),
                    Either::B((_, None)) => None,
                }
            } else {
                match d::race_both(d::sleep(limit_ms), read).await {
                    Either::A((_, Some(result))) | Either::B((result, _)) => Some(result),
                    Either::A((_, None)) => None,
                }
            };
        }),
    );
    (result.expect("a read that was begun has a result"), buffer)
}

#[test]
fn t16_no_order_loses_a_byte() {
    let (mut won, mut cancelled) = (0, 0);
    // Miri runs a part of the schedules: all orders, fewer permutations of ties.
    for schedule in 0..if cfg!(miri) { 1 } else { 16 } {
        for read_ms in 1..=4 {
            for limit_ms in 1..=4 {
                for read_first in [true, false] {
                    let ended = raced(read_ms, limit_ms, read_first, schedule);
                    let why = format!("{read_ms} {limit_ms} {read_first} {schedule}");
                    check(ended, &why);
                    match ended.0 {
                        Ok(_) => won += 1,
                        Err(_) => cancelled += 1,
                    }
                    if read_ms == limit_ms {
                        assert!(ended.0.is_ok(), "{why}: in the same tick the bytes win");
                    }
                }
            }
        }
    }
    assert!(won > 0 && cancelled > 0, "both ends are covered");
}

/// The result of an operation that won while being drained is handed over by `deadline`.
#[test]
fn t16_a_deadline_hands_the_result_over() {
    for (read_ms, limit_ms) in [(3, 3), (3, 4), (4, 3)] {
        let world = world();
        let mut buffer = [0xEE; SIZE];
        let mut ended = None;
        d::block_on(
            world,
            d::task!(async {
                ended = Some(d::deadline(limit_ms, d::device_read(&mut buffer, read_ms)).await);
            }),
        );
        let (result, _) = ended.expect("it ran");
        check((result.expect("begun"), buffer), "deadline");
    }
}

/// A request before the first poll: the driver never hears of the read.
#[test]
fn t16_not_submitted_is_cancelled_at_once() {
    let world = world();
    let mut buffer = [0xEE; SIZE];
    d::block_on(
        world,
        d::task!(async {
            let late = d::task!(async {
                let _ = d::sleep(50).await;
                d::device_read(&mut buffer, 5).await
            });
            let (result, elapsed) = d::deadline(10, late).await;
            assert_eq!((result, elapsed), (Some(Err(ReadError::Cancelled)), true));
        }),
    );
    assert_eq!(world.now_ms(), 10);
    assert!(untouched(buffer));
}

/// A request while in flight: the race waits for the driver's answer.
#[test]
fn t16_the_buffer_is_free_when_the_race_is_over() {
    let world = world();
    let mut buffer = [0xEE; SIZE];
    d::block_on(
        world,
        d::task!(async {
            let _ = d::race(d::sleep(2), d::device_read(&mut buffer, 50)).await;
            buffer.fill(1);
            let _ = d::sleep(100).await;
            assert_eq!(buffer, [1; SIZE], "the driver does not write any more");
        }),
    );
}
