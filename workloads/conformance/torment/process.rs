//! A process for one test.
//!
//! The waker table is of the process, so what is left in it can be counted only while no other
//! test runs.

use std::process::Command;

const ALONE: &str = "TORMENT_ALONE";

/// Runs the test of the calling thread in a process of its own, unless it is in one already.
///
/// False where the caller is to run it: in that process, with one thread for all tests, and under
/// an interpreter, which starts no processes.
///
/// # Panics
/// When the test fails there; what it said stands above.
pub(crate) fn in_one_of_its_own() -> bool {
    let thread = std::thread::current();
    let name = thread.name().filter(|name| *name != "main");
    let Some(name) = name.filter(|_| !cfg!(miri) && std::env::var_os(ALONE).is_none()) else {
        return false;
    };
    let program = std::env::current_exe().expect("a test has a program");
    let mut test = Command::new(program);
    test.args(["--exact", name, "--nocapture", "--test-threads=1"]).env(ALONE, "1");
    let status = test.status().expect("a test starts");
    assert!(status.success(), "{name} failed in a process of its own: {status}");
    true
}
