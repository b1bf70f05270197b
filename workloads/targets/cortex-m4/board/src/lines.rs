//! Real interrupts: a button on the dual timer, an alarm on timer 1, and sleep.
//!
//! The button is wired to input line 0. Its edges come every 25 ms from the moment at which
//! a run begins. The alarm is one shot of CMSDK timer 1 at the next deadline.
//!
//! Time has a resolution of one millisecond and the core sleeps in between, as a tickless
//! firmware does. A design that takes some microseconds longer to come back from a wake
//! therefore asks for the same deadlines as the others, and the ledgers stay comparable.

use core::arch::asm;
use core::cell::Cell;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::clock::{self, TICKS_PER_US};
use crate::main_only::MainOnly;

/// Period of the button in milliseconds.
pub const BUTTON_MS: u32 = 25;
/// The input line that the button is wired to.
pub const BUTTON_LINE: usize = 0;

/// CMSDK APB timer 1: CTRL at 0, VALUE at 4, RELOAD at 8, INTCLEAR at 12.
const TIMER1: *mut u32 = ptr::without_provenance_mut(0x4000_1000);
/// CMSDK dual timer, its first half: LOAD at 0, VALUE at 4, CONTROL at 8, INTCLR at 12.
const DUALTIMER: *mut u32 = ptr::without_provenance_mut(0x4000_2000);
/// Interrupt set-enable register of the NVIC, interrupts 0 to 31.
const NVIC_ISER: *mut u32 = ptr::without_provenance_mut(0xe000_e100);
const TIMER1_IRQ: u32 = 1 << 9;
const DUALTIMER_IRQ: u32 = 1 << 10;
/// The timers tick at different phases: so much more never rings before its millisecond.
const PHASE: u64 = 2;
/// Enabled, with its interrupt.
const TIMER1_ON: u32 = 1 << 0 | 1 << 3;
/// Enabled, periodic, with its interrupt, 32 bits wide.
const DUALTIMER_ON: u32 = 1 << 7 | 1 << 6 | 1 << 5 | 1 << 1;

/// Tick at which the run began.
static EPOCH: MainOnly<Cell<u32>> = MainOnly::new(Cell::new(0));
/// Whether a handler ran since the last [`wait`].
static RAISED: AtomicBool = AtomicBool::new(false);
/// Edges of the button since the run began.
static EDGES: AtomicU32 = AtomicU32::new(0);

fn write(base: *mut u32, register: usize, value: u32) {
    let at = base.wrapping_add(register);
    // SAFETY: a register of the board that has no effect on memory.
    unsafe { at.write_volatile(value) }
}

/// Starts the button and the clock of a run.
pub(crate) fn start() {
    stop();
    EDGES.store(0, Ordering::Relaxed);
    RAISED.store(false, Ordering::Relaxed);
    write(NVIC_ISER, 0, TIMER1_IRQ | DUALTIMER_IRQ);
    write(DUALTIMER, 0, BUTTON_MS * 1000 * TICKS_PER_US);
    // The epoch first: an edge never comes before its millisecond.
    EPOCH.get().set(clock::ticks());
    write(DUALTIMER, 2, DUALTIMER_ON);
}

/// Silences both timers.
pub(crate) fn stop() {
    write(DUALTIMER, 2, 0);
    write(DUALTIMER, 3, 0);
    set_alarm(None);
}

/// Microseconds since the run began, in whole milliseconds. Wraps after 171 s.
#[must_use]
pub fn now_us() -> u64 {
    let ticks = clock::ticks().wrapping_sub(EPOCH.get().get());
    u64::from(ticks / (1000 * TICKS_PER_US)) * 1000
}

/// Raises an interrupt at this time, or soon if it has passed. `None` disarms.
pub fn set_alarm(at_us: Option<u64>) {
    write(TIMER1, 0, 0);
    write(TIMER1, 3, 1);
    let Some(at_us) = at_us else { return };
    let passed = u64::from(clock::ticks().wrapping_sub(EPOCH.get().get()));
    let left = (at_us * u64::from(TICKS_PER_US)).saturating_sub(passed) + PHASE;
    // Without a reload value the timer stops at zero.
    write(TIMER1, 2, 0);
    write(TIMER1, 1, u32::try_from(left).unwrap_or(u32::MAX));
    write(TIMER1, 0, TIMER1_ON);
}

/// Edges of the button since the run began.
#[must_use]
pub fn edges() -> u32 {
    EDGES.load(Ordering::Acquire)
}

/// Sleeps until an interrupt was handled. Returns at once if one was since the last call.
pub fn wait() {
    // With interrupts masked none can slip between the look and the sleep; a pending one
    // wakes the core all the same.
    // SAFETY: masks interrupts until the matching `cpsie` below.
    unsafe { asm!("cpsid i", options(nostack)) }
    if !RAISED.load(Ordering::Relaxed) {
        clock::pause();
        // SAFETY: sleeps; touches nothing.
        unsafe { asm!("wfi", options(nostack)) }
        clock::resume();
    }
    // SAFETY: undoes the mask; pending handlers run before the barrier ends.
    unsafe { asm!("cpsie i", "isb", options(nostack)) }
    RAISED.store(false, Ordering::Relaxed);
}

/// The alarm's handler.
// SAFETY: the entry of the vector table with this name, and there is no other.
#[unsafe(export_name = "TIMER1")]
extern "C" fn alarm() {
    write(TIMER1, 3, 1);
    RAISED.store(true, Ordering::Relaxed);
}

/// The button's handler.
// SAFETY: the entry of the vector table with this name, and there is no other.
#[unsafe(export_name = "DUALTIMER")]
extern "C" fn button() {
    write(DUALTIMER, 3, 1);
    EDGES.store(EDGES.load(Ordering::Relaxed) + 1, Ordering::Release);
    #[cfg(feature = "isr")]
    kernel::driver::isr::edge(BUTTON_LINE);
    RAISED.store(true, Ordering::Relaxed);
}

/// What the kernel's bare-metal driver finds by the linker (`kernel::driver::isr::LinkedBoard`).
#[cfg(feature = "isr")]
mod linked {
    use crate::fault;
    use crate::world::world;

    // SAFETY: declared with this type by the kernel; defined once.
    #[unsafe(no_mangle)]
    fn awb_board_now_us() -> u64 {
        super::now_us()
    }

    // SAFETY: as above.
    #[unsafe(no_mangle)]
    fn awb_board_set_alarm(at_us: Option<u64>) {
        super::set_alarm(at_us);
    }

    // SAFETY: as above.
    #[unsafe(no_mangle)]
    fn awb_board_wait() {
        super::wait();
    }

    // SAFETY: as above.
    #[unsafe(no_mangle)]
    fn awb_board_abort() -> ! {
        fault::stuck(world())
    }
}
