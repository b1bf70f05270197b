//! Chooses io_uring for the runs of a test, where it can be had.

use std::io::Write;

use kernel::driver::select::{Backend, probe, select};

/// Says that it is known that this machine has no io_uring.
const KNOWN: &str = "KERNEL_WITHOUT_URING";

/// Runs on this thread use io_uring from now on. Where there is none the test fails and says
/// why, unless the environment says that it is known: then the whole file is not run, and says
/// so.
pub(crate) fn select_ring() {
    if let Err(reason) = probe(Backend::Uring) {
        assert!(std::env::var_os(KNOWN).is_some(), "{reason}; if that is known, set {KNOWN}");
        let _nobody_reads = writeln!(std::io::stderr(), "not run: {reason}");
        std::process::exit(0);
    }
    select(Backend::Uring);
}
