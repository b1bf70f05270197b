//! The planted faults, and where each is found.
#![expect(clippy::print_stdout, reason = "it says what it found")]

/// Which faults the tests plant, and where; see `kernel::foreign::planted`.
const PLANTS: [&str; 5] = [
    "unlink after a wake",
    "missing guard",
    "waker dropped in a borrow",
    "slot freed while listed",
    "stale generation",
];

/// In which designs a planted fault shows, as the numbers of the plants. The others have nothing
/// that it breaks: tasks are no children of a frame (2, 4) and wait on no list under a foreign
/// waker (3); a child that panics ends its scope in `scoped`, so that one which is left as it is
/// (2) shows only where handles drive; must-complete leaves get the kernel's wakers alone (3), and
/// a panic of a child is caught before storage sees it (2).
const FOUND: [(&str, &[usize]); 9] = [
    ("poll", &[1, 2, 3, 4, 5]),
    ("poll-provided", &[1, 2, 3, 4, 5]),
    ("rent", &[1, 2, 3, 4, 5]),
    ("rent/keep", &[1, 2, 3, 4, 5]),
    ("scoped", &[1, 3, 4, 5]),
    ("owned", &[1, 5]),
    ("owned/token", &[1, 5]),
    ("completion", &[1, 4, 5]),
    ("structured", &[1, 4, 5]),
];

/// Runs the tests of this program that torment, once for each planted fault, and wants those to
/// fail that the table says, and no other.
pub(crate) fn are_found(design: &str) {
    let program = std::env::current_exe().expect("the test is a file");
    let row = FOUND.iter().find(|row| row.0 == design).expect("each design has a row");
    let found: Vec<usize> = (1..=PLANTS.len())
        .filter(|number| {
            let mut command = std::process::Command::new(&program);
            command.arg("every_foreign_call").env("KERNEL_PLANT", number.to_string());
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
            let found = !command.status().expect("the test starts").success();
            println!("{design} x {}: {}", PLANTS[number - 1], if found { "found" } else { "-" });
            found
        })
        .collect();
    assert_eq!(found, row.1, "{design}: planted faults that are found");
}
