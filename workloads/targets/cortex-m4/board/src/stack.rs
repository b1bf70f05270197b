//! How deep the stack got: paint it, run, look for the lowest painted word that changed.

use core::arch::asm;
use core::ptr;

/// What unused stack looks like. Not a value that code stores often.
const PAINT: u32 = 0xcccc_cccc;

unsafe extern "C" {
    /// Lowest word of the stack, from the linker script.
    static mut _stack_end: u32;
}

/// A painted stack: the address from which depth is counted.
#[derive(Clone, Copy, Debug)]
pub struct Painted {
    top: usize,
}

/// Paints everything below the stack pointer of the function that this is inlined into.
#[inline(always)]
#[must_use]
pub fn paint() -> Painted {
    let top: usize;
    let end = &raw mut _stack_end;
    // SAFETY: writes only below the stack pointer, where nothing lives: the architecture
    // has no red zone, no interrupt source is armed yet, and the loop itself uses registers.
    unsafe {
        asm!(
            "mov {top}, sp",
            "2:",
            "cmp {at}, {top}",
            "it lo",
            "strlo {paint}, [{at}], #4",
            "blo 2b",
            top = out(reg) top,
            at = inout(reg) end => _,
            paint = in(reg) PAINT,
        );
    }
    Painted { top }
}

impl Painted {
    /// Bytes between the deepest word that was written and the top.
    #[must_use]
    pub fn depth(self) -> u32 {
        let mut at = (&raw const _stack_end).expose_provenance();
        while at < self.top {
            let word = ptr::with_exposed_provenance::<u32>(at);
            // SAFETY: within the stack, word by word, below every live frame.
            if unsafe { word.read_volatile() } != PAINT {
                break;
            }
            at += size_of::<u32>();
        }
        u32::try_from(self.top - at).unwrap_or(u32::MAX)
    }
}
