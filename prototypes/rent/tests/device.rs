//! Owned buffers on the simulated device, as exact counts. Run it under Miri as well.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use contract::World;
use design_rent as d;
use kernel::driver::ops::Device;
use kernel::leaf::runtime_owned::Rented;

fn run(root: impl Future<Output = ()>) {
    d::block_on(Box::leak(Box::new(World::new())), root);
}

async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Option<F::Output> {
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

fn copied() -> u64 {
    kernel::run::context::with(|runtime| runtime.copied())
}

/// A buffer that says when it is dropped.
struct Watched {
    bytes: Vec<u8>,
    gone: Rc<Cell<bool>>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.gone.set(true);
    }
}

/// A read from the device into a watched buffer.
fn watched_read(len: usize, ms: u32) -> (Rented<Watched>, Rc<Cell<bool>>) {
    let gone = Rc::new(Cell::new(false));
    let mut watched = Watched { bytes: vec![0; len], gone: gone.clone() };
    let pointer = watched.bytes.as_mut_ptr();
    // SAFETY: the bytes of a vector stay where they are; its destructor does not call us.
    (unsafe { Rented::new(Device { ms }, pointer, len, watched) }, gone)
}

#[test]
fn a_read_fills_the_buffer_itself_and_copies_nothing() {
    run(async {
        let mut buffer = d::buf(4);
        let place = buffer.as_ref().as_ptr();
        assert_eq!(d::device_read(&mut buffer, 10).await, Ok(4));
        assert_eq!(buffer.as_ref(), [0, 1, 2, 3]);
        assert_eq!(buffer.as_ref().as_ptr(), place, "it is the same memory");
        assert_eq!(copied(), 0);
    });
}

#[test]
fn slots_are_used_again() {
    run(async {
        let mut buffer = d::buf(64);
        for _ in 0..50 {
            assert_eq!(d::device_read(&mut buffer, 1).await, Ok(64));
        }
        let (slots, held) =
            kernel::run::context::with(|r| (r.op_slots().slots(), r.op_slots().held_bytes()));
        assert_eq!((slots, held), (1, 0), "and have no buffers of their own");
    });
}

#[test]
fn t01_a_forgotten_operation_keeps_its_memory() {
    run(async {
        let mut buffer = d::buf(16);
        let mut read = Box::pin(d::device_read(&mut buffer, 10));
        assert_eq!(poll_once(read.as_mut()).await, None);
        std::mem::forget(read);
        assert!(buffer.is_empty(), "the memory went with it");
        // The device writes into memory that is still there.
        let _later = d::sleep(20).await;
        assert_eq!(d::orphans().orphaned, 0, "nothing knows that it was given up");
    });
}

#[test]
fn a_drop_in_flight_leaves_the_buffer_empty_and_the_memory_to_the_pool() {
    run(async {
        assert_eq!(d::pooled(), 0);
        let mut buffer = d::buf(16);
        let place = buffer.as_ref().as_ptr();
        let lost = d::race(d::sleep(5), d::device_read(&mut buffer, 10)).await;
        assert!(matches!(lost, d::Either::A(_)));
        assert_eq!((buffer.len(), d::pooled()), (0, 0), "the device has it");
        let _settled = d::sleep(1).await;
        assert_eq!(d::pooled(), 1);
        buffer = d::buf(16);
        assert_eq!((buffer.as_ref().as_ptr(), d::pooled()), (place, 0));
        assert_eq!(buffer.as_ref(), [0; 16], "zeros again");
        let totals = d::orphans();
        assert_eq!((totals.orphaned, totals.cancels, totals.lost_bytes), (1, 1, 0));
    });
}

/// What a run allocates must not depend on the runs before it on this thread.
#[test]
fn the_pool_of_a_run_is_its_own() {
    for _ in 0..2 {
        run(async {
            assert_eq!(d::pooled(), 0);
            let mut buffer = d::buf(16);
            let _lost = d::race(d::sleep(1), d::device_read(&mut buffer, 10)).await;
            let _ = d::sleep(20).await;
            assert_eq!(d::pooled(), 1);
        });
        assert_eq!(d::pooled(), 0);
    }
}

#[test]
fn an_operation_that_was_not_begun_takes_nothing() {
    run(async {
        let mut buffer = d::buf(16);
        drop(d::device_read(&mut buffer, 10));
        assert_eq!(buffer.len(), 16);
        assert_eq!(d::orphans(), kernel::leaf::runtime_owned::Totals::default());
    });
}

#[test]
fn t13_memory_is_released_at_the_end_of_the_operation_and_not_at_the_drop() {
    run(async {
        let (read, gone) = watched_read(8, 10);
        let mut read = Box::pin(read);
        assert!(poll_once(read.as_mut()).await.is_none());
        drop(read);
        assert!(!gone.get(), "the driver has been asked, and has not answered");
        let _answered = d::sleep(0).await;
        assert!(gone.get());
    });
}

#[test]
fn t13_an_orphan_is_gone_before_the_run_returns() {
    let (read, gone) = watched_read(8, 10);
    run(async move {
        let mut read = Box::pin(read);
        assert!(poll_once(read.as_mut()).await.is_none());
        drop(read);
    });
    assert!(gone.get());
}

#[test]
fn a_large_buffer_is_kept_as_well() {
    struct Large {
        bytes: Vec<u8>,
        _more: [usize; 40],
        gone: Rc<Cell<bool>>,
    }
    impl Drop for Large {
        fn drop(&mut self) {
            self.gone.set(true);
        }
    }
    let gone = Rc::new(Cell::new(false));
    let mut large = Large { bytes: vec![0; 8], _more: [0; 40], gone: gone.clone() };
    run(async move {
        let pointer = large.bytes.as_mut_ptr();
        // SAFETY: the bytes of a vector stay where they are; its destructor does not call us.
        let read = unsafe { Rented::new(Device { ms: 10 }, pointer, 8, large) };
        let mut read = Box::pin(read);
        assert!(poll_once(read.as_mut()).await.is_none());
        drop(read);
    });
    assert!(gone.get());
}

#[test]
fn t15_operations_that_are_complete_and_not_looked_at_keep_nobody_waiting() {
    run(async {
        let mut ready = Vec::new();
        for _ in 0..8 {
            let (read, _) = watched_read(8, 1);
            let mut read = Box::pin(read);
            assert!(poll_once(read.as_mut()).await.is_none());
            ready.push(read);
        }
        let _completed = d::sleep(5).await;
        let mut buffer = d::buf(8);
        assert_eq!(d::timeout(10, d::device_read(&mut buffer, 1)).await, Ok(Ok(8)));
        for read in ready {
            assert_eq!(read.await.0, 8, "what was complete is still there");
        }
    });
}

#[test]
fn t16_a_result_that_comes_with_the_drop_is_lost_and_counted() {
    run(async {
        let mut buffer = d::buf(16);
        // Both are due at the same instant; the race looks at the timer first.
        let tie = d::race(d::sleep(10), d::device_read(&mut buffer, 10)).await;
        assert!(matches!(tie, d::Either::A(_)));
        assert_eq!(buffer.len(), 16, "the driver was done with it");
        let totals = d::orphans();
        assert_eq!((totals.ignored, totals.orphaned, totals.lost_bytes), (1, 0, 16));
    });
}

#[test]
fn t05_a_panic_beside_an_operation_in_flight_leaves_its_memory_until_its_end() {
    let (read, gone) = watched_read(8, 10);
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        run(async move {
            let mut read = pin!(read);
            assert!(poll_once(read.as_mut()).await.is_none());
            panic!("root");
        });
    }));
    assert!(unwound.is_err());
    assert!(gone.get(), "the driver was drained");
}
