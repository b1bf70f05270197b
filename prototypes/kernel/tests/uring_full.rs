//! Rings that are too small: nothing is lost, and nothing waits for ever.
#![cfg(all(feature = "io", not(loom)))]

mod ring;

use std::io::Write;
use std::os::fd::AsRawFd;

use contract::CANCELLED;
use kernel::leaf::borrowed::Borrowed;
use ring::{Must, all, block, once, pair, recv, ring, turn};

#[test]
fn a_hundred_reads_through_two_entries() {
    let file = tempfile::tempfile().unwrap();
    (&file).write_all(&(0..100).collect::<Vec<u8>>()).unwrap();
    let ring = ring(2);
    let mut bytes = [[0; 1]; 100];
    let reads = bytes.iter_mut().zip(0..);
    let reads =
        reads.map(|(byte, at)| Must(Borrowed::read_at(file.as_raw_fd(), byte, at))).collect();
    assert_eq!(block(&ring, all(reads)), [1; 100]);
    assert!(bytes.iter().flatten().copied().eq(0..100));
    assert_eq!(ring.in_flight(), 0);
    // Two entries a call, and not more calls than that.
    assert!(ring.enters() <= 55, "{}", ring.enters());
}

#[test]
fn a_hundred_receives_in_flight_through_two_entries_and_eight_completions() {
    let pairs: Vec<_> = (0..100).map(|_| pair()).collect();
    let ring = ring(2);
    let mut bytes = [[0; 4]; 100];
    block(&ring, async {
        let mut reads: Vec<_> = pairs
            .iter()
            .zip(&mut bytes)
            .map(|((_, server), buffer)| Box::pin(recv(server, buffer)))
            .collect();
        for read in &mut reads {
            assert_eq!(once(read.as_mut()).await, None);
        }
        turn().await;
        assert_eq!(ring.in_flight(), 100);
        // All at once: the completion queue has eight places.
        for ((client, _), byte) in pairs.iter().zip(0..) {
            (&*client).write_all(&[byte; 4]).unwrap();
        }
        assert_eq!(all(reads).await, [4; 100]);
    });
    assert!(bytes.iter().zip(0..).all(|(bytes, byte)| *bytes == [byte; 4]));
    assert_eq!(ring.in_flight(), 0);
}

#[test]
fn a_hundred_cancels_through_two_entries() {
    let pairs: Vec<_> = (0..100).map(|_| pair()).collect();
    let ring = ring(2);
    let mut bytes = [[0; 4]; 100];
    block(&ring, async {
        let mut reads: Vec<_> = pairs
            .iter()
            .zip(&mut bytes)
            .map(|((_, server), buffer)| Box::pin(recv(server, buffer)))
            .collect();
        for read in &mut reads {
            assert_eq!(once(read.as_mut()).await, None);
        }
        for read in &mut reads {
            read.as_mut().cancel();
        }
        assert_eq!(all(reads).await, [CANCELLED; 100]);
    });
    assert_eq!(ring.in_flight(), 0);
}

#[test]
fn a_ring_that_goes_ends_more_than_it_has_room_for() {
    let pairs: Vec<_> = (0..100).map(|_| pair()).collect();
    let mut bytes = [[0; 4]; 100];
    let mut reads: Vec<_> = pairs
        .iter()
        .zip(&mut bytes)
        .map(|((_, server), buffer)| Box::pin(recv(server, buffer)))
        .collect();
    let ring = ring(2);
    block(&ring, async {
        for read in &mut reads {
            assert_eq!(once(read.as_mut()).await, None);
        }
    });
    assert_eq!(ring.in_flight(), 0);
    for read in reads {
        assert_eq!(block(&ring, read), CANCELLED);
    }
}
