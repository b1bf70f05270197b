//! The planted faults, and where each is found.
#![expect(clippy::print_stdout, reason = "it says what it found")]

use std::process::{Command, Stdio};

use Shows::{Found, Never};

/// Which faults the tests plant, and where; see `kernel::foreign::planted`.
const PLANTS: [&str; 5] = [
    "unlink after a wake",
    "missing guard",
    "waker dropped in a borrow",
    "slot freed while listed",
    "stale generation",
];

/// What becomes of a planted fault in a design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shows {
    Found,
    /// The design has no place for it: why.
    Never(&'static str),
}

/// Safe code of a must-complete design cannot poll, so that it cannot give a leaf a waker.
const OUR_WAKERS: Shows = Never(
    "each waker in it is the executor's: clone and drop call nothing, and a wake puts into a queue",
);

/// Each design, and what shows there, in the order of the plants.
const SHOWS: [(&str, [Shows; PLANTS.len()]); 11] = [
    ("poll", [Found, Found, Found, Found, Found]),
    ("poll-cancel", [Found, Found, Found, Found, Found]),
    ("poll-progress", [Found, Found, Found, Found, Found]),
    ("poll-provided", [Found, Found, Found, Found, Found]),
    ("rent", [Found, Found, Found, Found, Found]),
    ("rent/keep", [Found, Found, Found, Found, Found]),
    ("scoped", [Found, Found, Found, Found, Found]),
    ("owned", [Found, Found, Found, Found, Found]),
    ("owned/token", [Found, Found, Found, Found, Found]),
    ("completion", [OUR_WAKERS, Found, OUR_WAKERS, Found, Found]),
    ("structured", [OUR_WAKERS, Found, OUR_WAKERS, Found, Found]),
];

/// The tests that torment, the quicker one first.
const TESTS: [&str; 2] =
    ["every_foreign_call_misbehaves", "every_foreign_call_of_the_programs_misbehaves"];

/// Whether a test of this program that torments fails when this fault is planted; the number zero
/// plants none.
fn is_found(number: usize) -> bool {
    let program = std::env::current_exe().expect("the test is a file");
    TESTS.iter().any(|test| {
        let mut command = Command::new(&program);
        command.args(["--exact", test]).env("KERNEL_PLANT", number.to_string());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        !command.status().expect("the test starts").success()
    })
}

/// Torments this design once without a planted fault and once with each, and wants those to be
/// found that the table says, and no other.
pub(crate) fn are_found(design: &str) {
    let row = SHOWS.iter().find(|row| row.0 == design).expect("each design has a row");
    assert!(!is_found(0), "{design}: something is found, although nothing is planted");
    let mut wrong = Vec::new();
    for (number, (plant, shows)) in PLANTS.iter().zip(row.1).enumerate() {
        let found = is_found(number + 1);
        let said = match shows {
            Never(why) if !found => format!("not found: {why}"),
            _ => String::from(if found { "found" } else { "NOT FOUND" }),
        };
        println!("{design} x {plant}: {said}");
        if found != (shows == Found) {
            wrong.push(*plant);
        }
    }
    assert!(wrong.is_empty(), "{design}: other than the table says: {wrong:?}");
}
