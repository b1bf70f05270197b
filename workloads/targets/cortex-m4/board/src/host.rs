//! Talking to the host by semihosting: frames out, and the exit code.

use core::arch::asm;
use core::cell::Cell;
use core::ffi::CStr;

use contract::wire::{Frame, Tag};

use crate::main_only::MainOnly;

const SYS_OPEN: usize = 0x01;
const SYS_WRITE: usize = 0x05;
const SYS_EXIT: usize = 0x18;

/// The host's standard output, opened for writing in binary ("wb").
const STDOUT: &CStr = c":tt";
const WRITE_BINARY: usize = 5;

const APPLICATION_EXIT: usize = 0x2_0026;
const RUN_TIME_ERROR: usize = 0x2_0023;

struct Output {
    handle: Cell<usize>,
    sent: Cell<u64>,
}

static OUTPUT: MainOnly<Output> =
    MainOnly::new(Output { handle: Cell::new(0), sent: Cell::new(0) });

/// Opens the output. Before the first [`send`].
pub(crate) fn open() {
    let name = STDOUT.to_bytes();
    let arguments = [name.as_ptr().addr(), WRITE_BINARY, name.len()];
    OUTPUT.get().handle.set(call(SYS_OPEN, arguments.as_ptr().expose_provenance()));
}

/// Sends one frame. Never inside a measured region.
pub fn send(tag: Tag, id: u8, value: u64) {
    let bytes = Frame { tag, id, value }.to_bytes();
    let output = OUTPUT.get();
    let arguments = [output.handle.get(), bytes.as_ptr().expose_provenance(), bytes.len()];
    call(SYS_WRITE, arguments.as_ptr().expose_provenance());
    output.sent.set(output.sent.get() + 1);
}

/// Frames sent so far.
pub(crate) fn sent() -> u64 {
    OUTPUT.get().sent.get()
}

/// Ends QEMU, with exit code 0 or 1.
pub fn exit(ok: bool) -> ! {
    loop {
        call(SYS_EXIT, if ok { APPLICATION_EXIT } else { RUN_TIME_ERROR });
    }
}

fn call(operation: usize, argument: usize) -> usize {
    let result;
    // SAFETY: the semihosting trap. It reads what `argument` points to, for as long as the
    // call lasts, and writes no memory; without a host it faults, which ends the boot.
    unsafe {
        asm!(
            "bkpt #0xab",
            inout("r0") operation => result,
            in("r1") argument,
            options(nostack),
        );
    }
    result
}
