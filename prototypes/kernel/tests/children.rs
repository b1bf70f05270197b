//! Children: what a scope of any design relies on when it is dropped.

use std::cell::Cell;
use std::future::pending;
use std::pin::pin;
use std::task::{Context, Waker};

use kernel::run::children::Children;

/// Clears its children in the poll of one of them. The process ends in here.
#[cfg(all(unix, not(miri)))]
fn clear_from_inside() {
    let children = pin!(Children::<1024>::new());
    let children: std::pin::Pin<&Children<1024>> = children.into_ref();
    // SAFETY: nothing is borrowed but `children`, which the process does not outlive.
    let _child = unsafe {
        children.spawn(std::future::poll_fn(|_| {
            children.clear();
            std::task::Poll::Ready(())
        }))
    };
    children.drive(&mut Context::from_waker(Waker::noop()));
}

#[test]
#[cfg(all(unix, not(miri)))]
fn t09_scope_dropped_by_own_child_aborts() {
    use std::os::unix::process::ExitStatusExt;
    if std::env::var_os("CLEAR_FROM_INSIDE").is_some() {
        clear_from_inside();
    }
    let child = std::process::Command::new(std::env::current_exe().expect("a test has a path"))
        .args(["t09_scope_dropped_by_own_child_aborts", "--nocapture"])
        .env("CLEAR_FROM_INSIDE", "1")
        .output()
        .expect("the test can start itself");
    let said = String::from_utf8_lossy(&child.stderr);
    assert!(said.contains("a scope was dropped by its own child"), "{said}");
    assert_eq!(child.status.signal(), Some(6), "aborted");
}

struct Count<'a>(&'a Cell<u32>);

impl Drop for Count<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[test]
fn cancel_all_drops_at_the_next_drive_and_not_before() {
    let dropped = Cell::new(0);
    let children = pin!(Children::<1024>::new());
    let children = children.into_ref();
    for _ in 0..3 {
        let guard = Count(&dropped);
        // SAFETY: cleared below, before `dropped` ends.
        let _child = unsafe {
            children.spawn(async move {
                let _guard = guard;
                pending::<()>().await;
            })
        };
    }
    children.drive(&mut Context::from_waker(Waker::noop()));
    children.cancel_all();
    assert_eq!((dropped.get(), children.live()), (0, 3));
    children.drive(&mut Context::from_waker(Waker::noop()));
    assert_eq!((dropped.get(), children.live()), (3, 0));
    children.clear();
    assert_eq!(dropped.get(), 3);
}
