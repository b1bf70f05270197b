//! The bare-metal driver: real interrupts, a real timer, a core that sleeps in between.
//!
//! The board owns the hardware and implements [`Board`]; its interrupt handlers call
//! [`edge`]. Everything an interrupt touches is here, static and atomic: a counter and a
//! waker's integer per line. A handle waker is safe to wake from a handler even if its
//! task is long gone.
//!
//! There is no watchdog of virtual time: a board that hangs is ended from outside.

use core::ptr::NonNull;
use core::task::Waker;

use contract::{LINES, World};

use crate::Instant;
use crate::driver::{BUSY, Driver, Idle, OpHeader, Parked};
use crate::sync::{AtomicUsize, Ordering};
use crate::wake::handle::Handle;

/// What the driver needs from a board.
pub trait Board {
    /// Microseconds since start.
    fn now_us(&self) -> u64;
    /// Raises an interrupt at this time, which ends [`Board::wait`]. `None` disarms.
    fn set_alarm(&self, at_us: Option<u64>);
    /// Sleeps until an interrupt. Must return at once if one is pending, also if it became
    /// pending before the call.
    fn wait(&self);
    /// Ends the run with an error.
    fn abort(&self) -> !;
}

/// No waker registered. Not a valid handle, because an index never has all bits set.
const NONE: usize = usize::MAX;

struct IrqLine {
    edges: AtomicUsize,
    waker: AtomicUsize,
}

#[cfg(not(loom))]
static IRQ: [IrqLine; LINES] =
    [const { IrqLine { edges: AtomicUsize::new(0), waker: AtomicUsize::new(NONE) } }; LINES];

/// Called by the board's interrupt handler: one more edge on a line.
#[cfg(not(loom))]
pub fn edge(line: usize) {
    IRQ[line].edges.fetch_add(1, Ordering::Release);
    let waker = IRQ[line].waker.swap(NONE, Ordering::AcqRel);
    if waker != NONE {
        Handle::from_raw(waker).wake();
    }
}

/// The driver over a [`Board`].
#[derive(Debug)]
pub struct Isr<B> {
    board: B,
    world: &'static World,
}

impl<B: Board> Isr<B> {
    /// A driver for one run. Lines start at zero edges.
    #[cfg(not(loom))]
    pub fn new(board: B, world: &'static World) -> Isr<B> {
        for line in &IRQ {
            line.edges.store(0, Ordering::Relaxed);
            line.waker.store(NONE, Ordering::Relaxed);
        }
        Isr { board, world }
    }
}

#[cfg(not(loom))]
impl<B: Board> Driver for Isr<B> {
    fn now(&self) -> Instant {
        self.world.advance_to_us(self.board.now_us());
        Instant(self.world.now_us())
    }

    fn deadline(&self, ms: u32) -> Instant {
        Instant(self.board.now_us().saturating_add(u64::from(ms) * 1000))
    }

    unsafe fn submit(&self, op: NonNull<OpHeader>) {
        // SAFETY: alive by the caller's promise.
        let header = unsafe { op.as_ref() };
        // This board has no device that fills buffers.
        header.complete(BUSY);
    }

    fn cancel(&self, _: &OpHeader) {}

    fn edges(&self, line: usize) -> u32 {
        u32::try_from(IRQ[line].edges.load(Ordering::Acquire)).unwrap_or(u32::MAX)
    }

    /// A waker that is not ours cannot be called from a handler and is woken at once, so
    /// its task polls instead. The handler wakes the one that was registered last; the executor
    /// wakes the others, before it sleeps.
    fn register(&self, line: usize, waker: &Waker) {
        let Some(handle) = Handle::of(waker) else {
            waker.wake_by_ref();
            return;
        };
        IRQ[line].waker.store(handle.to_raw(), Ordering::Release);
    }

    fn park(&self, deadline: Option<Instant>, _: Idle<'_>) -> Parked {
        self.board.set_alarm(deadline.map(|deadline| deadline.0));
        if deadline.is_none_or(|deadline| self.board.now_us() < deadline.0) {
            self.board.wait();
        }
        self.world.advance_to_us(self.board.now_us());
        Parked::Progress
    }

    fn world(&self) -> Option<&'static World> {
        Some(self.world)
    }

    #[cfg(feature = "io")]
    fn is_real(&self) -> bool {
        false
    }

    fn stuck(&self) -> ! {
        self.board.abort()
    }
}

/// The board that is linked into this image. Its functions are found by the linker, so an
/// image carries no simulated driver and no indirection. `board` of the bare-metal target
/// defines them.
#[cfg(feature = "isr")]
#[derive(Debug)]
pub struct LinkedBoard;

#[cfg(feature = "isr")]
unsafe extern "Rust" {
    safe fn awb_board_now_us() -> u64;
    safe fn awb_board_set_alarm(at_us: Option<u64>);
    safe fn awb_board_wait();
    safe fn awb_board_abort() -> !;
}

#[cfg(feature = "isr")]
impl Board for LinkedBoard {
    fn now_us(&self) -> u64 {
        awb_board_now_us()
    }

    fn set_alarm(&self, at_us: Option<u64>) {
        awb_board_set_alarm(at_us);
    }

    fn wait(&self) {
        awb_board_wait();
    }

    fn abort(&self) -> ! {
        awb_board_abort()
    }
}
