//! Counting instructions with CMSDK timer 0, and telling time with it.
//!
//! QEMU runs with `-icount shift=7`: one guest instruction takes 128 ns of the board's
//! time, which is 3.2 ticks of the 25 MHz timer. A difference of two reads is therefore off
//! by less than one tick, and `(ticks * 5 + 8) / 16` is the exact number of instructions.
//! The calibration loop, sent with every boot, proves it. They are instructions, not
//! cycles: no pipeline, no wait states, no cost of exception entry.
//!
//! A sleeping core lets time pass without executing anything. A measured region is
//! therefore a sum of *segments* that end when the core goes to sleep and begin when it
//! wakes; each is converted by itself, so nothing is rounded twice.

use core::arch::asm;
use core::cell::Cell;
use core::ptr;

use crate::main_only::MainOnly;

/// CMSDK APB timer 0: CTRL at 0, VALUE at 4 (counts down), RELOAD at 8.
const TIMER0: *mut u32 = ptr::without_provenance_mut(0x4000_0000);
const CTRL: usize = 0;
const VALUE: usize = 1;
const RELOAD: usize = 2;

/// Ticks of the timer in a microsecond.
pub const TICKS_PER_US: u32 = 25;

struct Region {
    /// First tick of the running segment.
    since: Cell<u32>,
    /// Instructions of the segments that have ended.
    instructions: Cell<u64>,
}

static REGION: MainOnly<Region> =
    MainOnly::new(Region { since: Cell::new(0), instructions: Cell::new(0) });

/// Starts the timer, free running.
pub(crate) fn start() {
    write(RELOAD, u32::MAX);
    write(VALUE, u32::MAX);
    write(CTRL, 1);
}

fn write(register: usize, value: u32) {
    let at = TIMER0.wrapping_add(register);
    // SAFETY: a register of the board that has no effect on memory.
    unsafe { at.write_volatile(value) }
}

/// Ticks since start, wrapping after 171 s. Never inlined: the compiler could otherwise
/// move what it computes from one read into another region.
#[inline(never)]
#[must_use]
pub fn ticks() -> u32 {
    let at = TIMER0.wrapping_add(VALUE);
    // SAFETY: reading the register has no side effect.
    u32::MAX - unsafe { at.read_volatile() }
}

/// Begins a measured region.
pub(crate) fn begin() {
    let region = REGION.get();
    region.instructions.set(0);
    region.since.set(ticks());
}

/// Ends a segment: the core is about to sleep, or the region is over.
#[inline(always)]
pub(crate) fn pause() {
    let now = ticks();
    let region = REGION.get();
    let ticks = u64::from(now.wrapping_sub(region.since.get()));
    region.instructions.set(region.instructions.get() + (ticks * 5 + 8) / 16);
}

/// Begins the next segment: the core woke.
#[cfg(feature = "lines")]
#[inline(always)]
pub(crate) fn resume() {
    REGION.get().since.set(ticks());
}

/// Ends a measured region; its length in instructions, the reads of the timer included.
pub(crate) fn end() -> u64 {
    pause();
    REGION.get().instructions.get()
}

/// A region of `rounds` turns of a loop of two instructions.
pub(crate) fn calibrate(rounds: u32) -> u64 {
    begin();
    // SAFETY: counts a register down to zero; flags are an output by default.
    unsafe {
        asm!("2:", "subs {n}, #1", "bne 2b", n = inout(reg) rounds => _, options(nomem, nostack));
    }
    end()
}
