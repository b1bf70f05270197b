//! Owned buffers on real sockets and files, over epoll and io_uring: results come back with
//! their buffers, nothing is copied, nothing is allocated in steady state, and what is dropped
//! in flight takes its buffer along until the driver is done.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io::Write as _;
use std::pin::pin;
use std::task::Poll;

use contract::World;
use design_rent::{self as d, BufResult, IoBuf};
use kernel::driver::select::{self, Backend};

struct Counting;

std::thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: forwards everything to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ended = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs a root on each real driver. Where there is no io_uring the test fails, unless the
/// environment says that it is known, and then says that it was not run.
fn on_each<F: Future<Output = ()>>(root: impl Fn() -> F) {
    for driver in [Backend::Epoll, Backend::Uring] {
        if let Err(reason) = select::probe(driver) {
            let known = std::env::var_os("KERNEL_WITHOUT_URING").is_some();
            assert!(known, "{reason}; if that is known, set KERNEL_WITHOUT_URING");
            let _nobody_reads = writeln!(std::io::stderr(), "not run on {driver}: {reason}");
            continue;
        }
        select::select(driver);
        d::block_on(Box::leak(Box::new(World::new())), root());
        select::select(Backend::Sim);
    }
}

async fn pair() -> (d::Conn, d::Conn) {
    let (mut listener, port) = d::listen().expect("loopback");
    let (here, there) = d::join(d::accept(&mut listener), d::connect(port)).await;
    (here.expect("accepted"), there.expect("connected"))
}

fn copied() -> u64 {
    kernel::run::context::with(|runtime| runtime.copied())
}

#[test]
fn buffers_come_back_with_their_results() {
    on_each(|| async {
        let (here, there) = pair().await;
        let BufResult(sent, out) = there.write(b"hello".to_vec()).await;
        assert_eq!((sent, out.as_slice()), (Ok(5), &b"hello"[..]));
        // The capacity is what may be written; the length is set to what was.
        let BufResult(read, got) = here.read(Vec::with_capacity(64)).await;
        assert_eq!((read, got.as_slice()), (Ok(5), &b"hello"[..]));
        // A part of a buffer, and a buffer that is static.
        let BufResult(sent, _) = there.write_all(&b"static"[..]).await;
        assert_eq!(sent, Ok(()));
        let BufResult(read, got) = here.read(got.slice(1..4)).await;
        assert_eq!((read, got.into_inner().as_slice()), (Ok(3), &b"hstao"[..]));
        drop(there);
        let BufResult(rest, got) = here.read(vec![0; 8]).await;
        assert_eq!((rest, got.as_slice()), (Ok(3), &b"tic"[..]));
        let BufResult(end, got) = here.read(got).await;
        assert_eq!((end, got.len()), (Ok(0), 0));
        assert_eq!(copied(), 0);
    });
}

#[test]
fn the_dialect_takes_a_buffer_and_puts_it_back() {
    on_each(|| async {
        let (mut here, mut there) = pair().await;
        let (mut out, mut into) = (d::buf(100_000), d::buf(100_000));
        out.as_mut().iter_mut().enumerate().for_each(|(at, byte)| *byte = at.to_le_bytes()[0]);
        let send = d::write_all(&mut there, &mut out, 100_000);
        let (sent, read) = d::join(send, d::read_exact(&mut here, &mut into, 100_000)).await;
        assert_eq!((sent, read), (Ok(()), Ok(())));
        assert_eq!(out.as_ref(), into.as_ref());
        drop(there);
        assert_eq!(d::read_exact(&mut here, &mut into, 1).await, Err(d::IoError::Eof));
        assert_eq!((into.len(), copied()), (100_000, 0));
    });
}

#[test]
fn files_are_read_in_place() {
    on_each(|| async {
        let mut file = d::open(env!("CARGO_MANIFEST_PATH")).expect("this package's manifest");
        let text = std::fs::read(env!("CARGO_MANIFEST_PATH")).expect("it is there");
        let mut buffer = d::buf(8);
        assert_eq!(d::read_at(&mut file, &mut buffer, 1).await, Ok(8));
        assert_eq!(buffer.as_ref(), &text[1..9]);
        let BufResult(read, rest) = file.read_at(vec![0; 4096], text.len() as u64 - 4).await;
        assert_eq!((read, rest.as_slice()), (Ok(4), &text[text.len() - 4..]));
        assert_eq!(copied(), 0);
    });
}

#[test]
fn a_round_trip_allocates_nothing_in_steady_state() {
    on_each(|| async {
        let (mut here, mut there) = pair().await;
        let (mut a, mut b) = (d::buf(64), d::buf(64));
        let mut before = 0;
        for round in 0..20 {
            if round == 4 {
                before = ALLOCATIONS.get();
            }
            assert_eq!(d::write_all(&mut there, &mut a, 64).await, Ok(()));
            assert_eq!(d::read_exact(&mut here, &mut b, 64).await, Ok(()));
            let bytes = a.take();
            let BufResult(sent, bytes) = here.write(bytes).await;
            assert_eq!(sent, Ok(64));
            let BufResult(read, bytes) = there.read(bytes).await;
            assert_eq!(read, Ok(64));
            a.put(bytes);
        }
        assert_eq!((ALLOCATIONS.get() - before, copied()), (0, 0));
    });
}

#[test]
fn t13_a_dropped_read_gives_its_memory_back_when_the_driver_is_done() {
    on_each(|| async {
        let (mut here, mut there) = pair().await;
        let mut buffer = d::buf(32);
        let before = d::pooled();
        {
            let mut read = pin!(d::read(&mut here, &mut buffer));
            poll_fn(|cx| {
                assert!(read.as_mut().poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
        }
        assert!(buffer.is_empty());
        while d::pooled() == before {
            let _turn = d::sleep(1).await;
        }
        // The stream goes on behind it: nothing had arrived.
        let mut out = d::buf(3);
        assert_eq!(d::write_all(&mut there, &mut out, 3).await, Ok(()));
        let mut into = d::buf(3);
        assert_eq!(d::read_exact(&mut here, &mut into, 3).await, Ok(()));
        let totals = d::orphans();
        assert_eq!((totals.orphaned, totals.cancels, totals.lost_bytes), (1, 1, 0));
    });
}

/// Zero bytes would be the end of the stream, which goes on.
#[test]
fn a_read_into_a_buffer_that_was_given_away_is_an_error() {
    on_each(|| async {
        let (mut here, mut there) = pair().await;
        let mut buffer = d::buf(32);
        {
            let mut read = pin!(d::read(&mut here, &mut buffer));
            poll_fn(|cx| {
                assert!(read.as_mut().poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
        }
        let invalid = Err(d::IoError::Os(22));
        assert_eq!(d::read(&mut here, &mut buffer).await, invalid);
        let mut file = d::open(env!("CARGO_MANIFEST_PATH")).expect("this package's manifest");
        assert_eq!(d::read_at(&mut file, &mut buffer, 0).await, invalid);
        // Who gives a value without memory has asked for nothing.
        assert_eq!(here.read(Vec::new()).await.0, Ok(0));
        let (mut out, mut into) = (d::buf(3), d::buf(3));
        assert_eq!(d::write_all(&mut there, &mut out, 3).await, Ok(()));
        assert_eq!(d::read(&mut here, &mut into).await, Ok(3));
    });
}

#[test]
fn t16_what_had_arrived_for_a_dropped_read_is_lost_and_counted() {
    on_each(|| async {
        let (mut here, mut there) = pair().await;
        let (mut buffer, mut out) = (d::buf(32), d::buf(5));
        {
            let mut read = pin!(d::read(&mut here, &mut buffer));
            poll_fn(|cx| {
                assert!(read.as_mut().poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
            // It completes, and nothing looks.
            assert_eq!(d::write_all(&mut there, &mut out, 5).await, Ok(()));
            let _arrived = d::sleep(20).await;
        }
        let totals = d::orphans();
        assert_eq!((totals.lost_bytes, totals.ignored + totals.orphaned), (5, 1));
        drop(there);
        let mut into = d::buf(8);
        assert_eq!(d::read(&mut here, &mut into).await, Ok(0), "they are nowhere else");
    });
}

#[test]
fn t13_a_panic_with_a_read_in_flight_leaves_nothing_behind() {
    for driver in [Backend::Epoll, Backend::Uring] {
        if select::probe(driver).is_err() {
            // `on_each` fails the other tests where this is not known.
            continue;
        }
        let unwound = std::panic::catch_unwind(|| {
            select::select(driver);
            d::block_on(Box::leak(Box::new(World::new())), async {
                let (mut here, _there) = pair().await;
                let mut buffer = d::buf(32);
                let mut read = pin!(d::read(&mut here, &mut buffer));
                poll_fn(|cx| {
                    assert!(read.as_mut().poll(cx).is_pending());
                    Poll::Ready(())
                })
                .await;
                panic!("root");
            });
        });
        select::select(Backend::Sim);
        assert!(unwound.is_err());
    }
}
