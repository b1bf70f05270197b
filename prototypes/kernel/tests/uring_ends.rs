//! Rings that go while operations are in flight: nothing is in flight afterwards, whatever
//! the order and the reason (trap T14), and whose thread they belong to (trap T17).
#![cfg(all(feature = "io", not(loom)))]

mod ring;

use std::os::fd::AsRawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr::NonNull;

use contract::CANCELLED;
use kernel::driver::ops::Recv;
use kernel::driver::pool::Provided;
use kernel::driver::uring::Uring;
use kernel::driver::{Driver, OpHeader};
use kernel::leaf::borrowed::Borrowed;
use kernel::leaf::provided::RecvProvided;
use kernel::leaf::runtime_owned::{RuntimeOwned, RuntimeOwnedProvided};
use ring::{block, once, pair, recv, ring, turn};

/// A receive that belongs to nothing but the test.
fn raw(fd: i32, buffer: &mut [u8; 8]) -> Pin<Box<OpHeader>> {
    let header = Box::pin(OpHeader::new(Recv { fd }));
    header.lend(buffer.as_mut_ptr(), buffer.len());
    header
}

fn submit(ring: &Uring, header: &Pin<Box<OpHeader>>) {
    // SAFETY: header and buffer outlive the result: the tests look at it.
    unsafe { ring.submit(NonNull::from(header.as_ref().get_ref())) };
}

#[test]
fn t14_a_ring_that_goes_first_ends_what_it_holds() {
    let (_client, server) = pair();
    let mut buffers = [[0; 8]; 3];
    let headers = buffers.each_mut().map(|buffer| raw(server.as_raw_fd(), buffer));
    let ring = ring(8);
    submit(&ring, &headers[0]);
    submit(&ring, &headers[1]);
    ring.poll();
    // Two wait in the kernel, one entry was not handed over yet.
    submit(&ring, &headers[2]);
    assert_eq!(ring.in_flight(), 3);
    drop(ring);
    assert!(headers.iter().all(|header| header.result() == Some(CANCELLED)));
}

#[test]
fn t14_a_ring_that_goes_in_a_panic_ends_what_it_holds() {
    let (_client, server) = pair();
    let mut buffer = [0; 8];
    let header = raw(server.as_raw_fd(), &mut buffer);
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let ring = ring(8);
        submit(&ring, &header);
        ring.poll();
        panic!("with an operation in flight");
    }));
    assert!(unwound.is_err());
    assert_eq!(header.result(), Some(CANCELLED));
}

#[test]
fn t14_a_root_that_panics_leaves_nothing_in_flight() {
    let (_client, server) = pair();
    let ring = ring(8);
    let mut buffer = [0; 8];
    let mut read = Box::pin(recv(&server, &mut buffer));
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        block(&ring, async {
            assert_eq!(once(read.as_mut()).await, None);
            turn().await;
            panic!("with an operation in flight");
        });
    }));
    assert!(unwound.is_err());
    assert_eq!(ring.in_flight(), 0);
    assert_eq!(block(&ring, read), CANCELLED);
}

#[test]
fn t14_a_run_that_ends_early_leaves_nothing_in_flight() {
    let (_client, server) = pair();
    let ring = ring(8);
    let mut buffer = [0; 8];
    let mut read = Box::pin(recv(&server, &mut buffer));
    block(&ring, async { assert_eq!(once(read.as_mut()).await, None) });
    assert_eq!(ring.in_flight(), 0);
    assert_eq!(block(&ring, read), CANCELLED);
}

#[test]
fn t13_closing_the_descriptor_ends_nothing() {
    let (client, server) = pair();
    let ring = ring(8);
    let mut buffer = [0; 8];
    let fd = server.as_raw_fd();
    let mut read = Box::pin(ring::Must(Borrowed::recv(fd, &mut buffer)));
    let result = block(&ring, async {
        assert_eq!(once(read.as_mut()).await, None);
        turn().await;
        drop(server);
        turn().await;
        assert_eq!((ring.in_flight(), once(read.as_mut()).await), (1, None));
        // The kernel holds the socket for as long as the operation is in flight.
        std::io::Write::write_all(&mut &client, b"open").unwrap();
        read.await
    });
    assert_eq!((result, &buffer[..4]), (4, &b"open"[..]));
}

#[test]
fn an_idle_ring_goes_without_a_call() {
    let ring = ring(8);
    ring.drain();
    assert_eq!(ring.enters(), 0);
}

/// Compiles only while the type is not `Send`: else both impls apply.
macro_rules! not_send {
    ($($type:ty),*) => {
        trait Unclear<Marker> {
            fn check() {}
        }
        struct IsSend;
        impl<T: ?Sized> Unclear<()> for T {}
        impl<T: ?Sized + Send> Unclear<IsSend> for T {}
        $(let _ = <$type as Unclear<_>>::check;)*
    };
}

#[test]
fn t17_rings_and_leaves_stay_on_their_thread() {
    not_send!(
        Uring,
        Borrowed<'static>,
        RuntimeOwned<'static>,
        RuntimeOwnedProvided<'static>,
        RecvProvided,
        Provided
    );
}

#[test]
fn t17_a_leaf_without_a_ring_of_its_thread_submits_nowhere() {
    let (_client, server) = pair();
    let fd = server.as_raw_fd();
    let polled = std::thread::spawn(move || {
        let mut buffer = [0; 8];
        let mut read = Box::pin(ring::Must(Borrowed::recv(fd, &mut buffer)));
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        let _ = Future::poll(read.as_mut(), &mut cx);
    });
    let message = polled.join().expect_err("no runtime is polling there");
    assert!(message.downcast_ref::<&str>().unwrap().contains("no runtime is polling here"));
}
