//! In a steady state no operation allocates, on either face and for files.
#![cfg(feature = "io")]

mod io_support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::os::fd::AsRawFd;

use io_support::{Op, block_on, file, pair, recv_exact, send_all};
use kernel::driver::select::Backend;
use kernel::leaf::borrowed::Borrowed;
use kernel::leaf::sleep::sleep;

/// Counts the allocations of each thread.
struct Counting;

std::thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: passes everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) };
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations of one thousand rounds after ten that warm up.
async fn counted(mut round: impl AsyncFnMut()) -> u64 {
    for _ in 0..10 {
        round().await;
    }
    let before = ALLOCATIONS.get();
    for _ in 0..1000 {
        round().await;
    }
    ALLOCATIONS.get() - before
}

#[test]
fn readiness_allocates_nothing() {
    let allocations = block_on(Backend::Epoll, async {
        let (client, server) = pair().await;
        let (client, server) = (client.source().unwrap(), server.source().unwrap());
        counted(async || {
            let mut buffer = [0; 64];
            assert_eq!(client.send(&[7; 48]).await, Ok(48));
            // Waits for the edge, because the read before was short.
            assert_eq!(server.recv(&mut buffer).await, Ok(48));
        })
        .await
    });
    assert_eq!(allocations, 0);
}

#[test]
fn completion_allocates_nothing() {
    for backend in [Backend::Epoll, Backend::Uring] {
        let allocations = block_on(backend, async {
            let (client, server) = pair().await;
            counted(async || {
                let mut buffer = [0; 64];
                send_all(&client, &[7; 64]).await.unwrap();
                recv_exact(&server, &mut buffer).await.unwrap();
            })
            .await
        });
        assert_eq!(allocations, 0, "{backend}");
    }
}

#[test]
fn files_allocate_nothing() {
    for backend in [Backend::Epoll, Backend::Uring] {
        let allocations = block_on(backend, async {
            let file = file(&[7; 4096]);
            counted(async || {
                let mut buffer = [0; 4096];
                assert_eq!(Op(Borrowed::read_at(file.as_raw_fd(), &mut buffer, 0)).await, 4096);
            })
            .await
        });
        assert_eq!(allocations, 0, "{backend}");
    }
}

#[test]
fn timers_and_parks_allocate_nothing() {
    for backend in [Backend::Epoll, Backend::Uring] {
        let allocations = block_on(backend, async { counted(async || sleep(0).await).await });
        assert_eq!(allocations, 0, "{backend}");
    }
}
