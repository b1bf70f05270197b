//! Files of the epoll driver: an operation whose leaf has gone never uses the next file of its
//! number (trap T1 where it was forgotten).
#![cfg(feature = "io")]
#![allow(clippy::unwrap_used, reason = "test code, but not in functions marked as tests")]

mod io_support;
mod raw;

use std::fs::File;
use std::os::fd::{AsRawFd, OwnedFd};
use std::pin::Pin;

use io_support::{block_on, once};
use kernel::driver::select::Backend;
use kernel::leaf::runtime_owned::RuntimeOwned;
use kernel::leaf::socket::Numbered;

/// More than is written while a leaf is dropped and two files change places.
const MUCH: usize = 64 << 20;

/// An empty file under a number that is free.
fn at(number: i32) -> OwnedFd {
    let file = rustix::io::fcntl_dupfd_cloexec(tempfile::tempfile().unwrap(), number).unwrap();
    assert_eq!(file.as_raw_fd(), number, "nothing else opens files meanwhile");
    file
}

/// A helper that has enough to do for what is begun next to wait.
async fn occupied<'b>(file: &File, much: &'b [u8]) -> Pin<Box<RuntimeOwned<'b>>> {
    let mut write = Box::pin(raw::write_at(file.as_raw_fd(), much, 0));
    assert!(once(write.as_mut()).await.is_pending());
    write
}

#[test]
fn an_orphan_never_writes_to_the_next_owner_of_its_file() {
    let (much, file) = (vec![1; MUCH], tempfile::tempfile().unwrap());
    block_on(Backend::Epoll, async {
        let write = occupied(&file, &much).await;
        let old = at(300);
        // It does not ask for an early end, which would take it back anyway.
        let mut orphan = Box::pin(raw::write_at(300, b"old", 0).uncancelled());
        assert!(once(orphan.as_mut()).await.is_pending());
        drop(orphan);
        drop(old);
        let next = File::from(at(300));
        assert!(write.await > 0);
        // What was begun before has ended by then.
        assert_eq!(raw::read_at(file.as_raw_fd(), &mut [0], 0).await, 1);
        assert_eq!(next.metadata().unwrap().len(), 0);
    });
}

#[test]
fn an_orphan_that_was_begun_has_ended_before_its_file_is_closed() {
    let much = vec![1; MUCH];
    block_on(Backend::Epoll, async {
        let file = tempfile::tempfile().unwrap();
        let write = occupied(&file, &much).await;
        while file.metadata().unwrap().len() == 0 {
            std::thread::yield_now();
        }
        drop(write);
        assert_eq!(file.metadata().unwrap().len(), MUCH as u64);
        assert_eq!(kernel::run::context::with(|runtime| runtime.op_slots().totals().orphaned), 1);
    });
}

#[test]
fn t01_a_forgotten_write_leaves_the_next_file_of_its_number_alone() {
    let (much, file) = (vec![1; MUCH], tempfile::tempfile().unwrap());
    block_on(Backend::Epoll, async {
        let write = occupied(&file, &much).await;
        let old = Numbered::from(at(310));
        let mut forgotten = raw::write_at(310, b"old", 0);
        assert!(once(Pin::new(&mut forgotten)).await.is_pending());
        std::mem::forget(forgotten);
        drop(old);
        let next = File::from(at(310));
        assert!(write.await > 0);
        assert_eq!(raw::read_at(file.as_raw_fd(), &mut [0], 0).await, 1);
        assert_eq!(next.metadata().unwrap().len(), 0);
    });
}
