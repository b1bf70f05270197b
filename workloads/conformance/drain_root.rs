//! What the cancelling of every suspension point asks of a design whose operations must complete:
//! how its root ends, and a read into a buffer of the kernel's choice.

use std::cell::Cell;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use design as d;
use kernel::Instant;
use kernel::driver::Driver;
use kernel::driver::select::Backend;
use kernel::run::context;
use kernel::run::island::{Host, Island};

/// Who cancels drains, so nothing is lost.
pub(super) const LOSES: &[Backend] = &[];
/// Whether a kept operation goes on when its keeper ends.
pub(super) const DETACHES: bool = false;
/// Where `extra` exists.
pub(super) const EXTRA: &[Backend] = &[Backend::Uring];

/// Buffers for the kernel to choose from, once a run. A driver that has no such receive refuses
/// them; where there is one and no buffers, `extra` fails.
pub(super) fn prepare() {
    if context::with(|runtime| runtime.driver.pool().is_none()) {
        let _refused = d::provide(8, 64);
    }
}

/// Receives into a buffer of the kernel's choice.
#[d::task_fn]
pub(super) async fn extra(conn: &mut d::Conn, buffer: &mut d::Buf) -> Result<usize, d::IoError> {
    let Some(bytes) = d::read_provided(conn).await? else { return Ok(0) };
    buffer[..bytes.len()].copy_from_slice(&bytes);
    Ok(bytes.len())
}

/// A host that looks and never waits.
struct Spin;

impl Host for Spin {
    fn poll_readable(&mut self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn poll_deadline(&mut self, _: &mut Context<'_>, at: Instant, now: Instant) -> Poll<()> {
        if now >= at { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Polls `op` as the root of an island, at most `polls` times, and drops the island, which
/// waits until the operation has ended. Whether it was ready before. A must-complete root goes
/// in one way only.
pub(super) fn root(
    driver: Box<dyn Driver>,
    op: impl d::Op<Output = ()>,
    polls: u32,
    _inside: bool,
) -> bool {
    let mut op = pin!(op);
    let (polled, stopped) = (Cell::new(0), Cell::new(false));
    let poll = |cx: &mut Context<'_>| {
        if polled.get() == polls && !context::cancelling() {
            stopped.set(true);
            return Poll::Pending;
        }
        polled.set(polled.get() + 1);
        // SAFETY: the island polls it until it is ready, also when it is dropped, and goes
        // before the operation does.
        unsafe { op.as_mut().poll(cx) }
    };
    // SAFETY: dropped below, before what the root borrows.
    let mut island = Box::pin(unsafe { Island::borrowing(driver, Spin, poll) });
    loop {
        match island.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(()) => return true,
            Poll::Pending if stopped.get() => return false,
            Poll::Pending => {}
        }
    }
}
