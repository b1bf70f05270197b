//! How a boot ends early: a frame that says why, and exit code 1.

use core::panic::PanicInfo;

use contract::World;
use contract::wire::Tag;

use crate::host;
use crate::world::world;

/// Reasons in a [`Tag::Failed`] frame.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(crate) enum Reason {
    /// More events than the ledger holds.
    LedgerOverflow = 1,
    /// A control showed the hazard.
    ControlFired = 2,
    /// A cancelled root did not drain.
    Stuck = 3,
    /// A panic; the value is the source line.
    Panic = 4,
    /// A hard fault; a stack that ran out is one.
    HardFault = 5,
    /// The two calls of a cell did different things.
    CallsDiffer = 6,
}

/// Sends why the cell failed.
pub(crate) fn report(reason: Reason, value: u64) {
    host::send(Tag::Failed, reason as u8, value);
}

/// Ends the boot.
pub(crate) fn end(reason: Reason, value: u64) -> ! {
    report(reason, value);
    host::exit(false)
}

/// The World's hook for a root that does not drain.
pub(crate) fn stuck(world: &World) -> ! {
    host::send(Tag::Receipt, 0, world.ledger().receipt());
    end(Reason::Stuck, 0)
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // What was logged until then is what the run did.
    host::send(Tag::Receipt, 0, world().ledger().receipt());
    end(Reason::Panic, info.location().map_or(0, |location| location.line().into()))
}

/// The handler that the linker script asks for. The stack may have run out, so it starts
/// with a fresh one; nothing is resumed.
// SAFETY: the only symbol of this name; the assembly sets the stack pointer and leaves.
#[unsafe(export_name = "HardFault")]
#[unsafe(naked)]
extern "C" fn hard_fault() -> ! {
    core::arch::naked_asm!("ldr r0, =_stack_start", "mov sp, r0", "b {after}", after = sym faulted)
}

extern "C" fn faulted() -> ! {
    end(Reason::HardFault, 0)
}
