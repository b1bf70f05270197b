//! CPU time of all threads of a program.

use crate::ask::toys;

fn taken(cell: &str) -> u64 {
    let (code, out, errors) = toys(&["cpu", cell], "");
    assert_eq!((code, errors.as_str()), (Some(0), ""), "{cell}");
    out.trim().parse().expect("a number")
}

/// Of fifteen hundred microseconds, five hundred are of the part: what another thread takes in
/// it counts, and what either takes before or after it does not.
#[test]
fn the_cpu_time_of_a_part_is_that_of_all_threads_in_it() {
    let ns = taken("threads/burn,n=100@alpha:own");
    assert!((500_000..800_000).contains(&ns), "{ns}");
}

/// Ten thousand microseconds of waiting are a few looks at the clock.
#[test]
fn waiting_takes_no_cpu_time() {
    let ns = taken("threads/wait,n=10000@alpha:own");
    assert!(ns < 1_000_000, "{ns}");
}

#[test]
fn a_run_that_fails_or_has_no_part_takes_none() {
    for (cell, why) in [
        ("ends/control-fires,n=3@alpha:own", "control fired"),
        ("parts/whole,n=3@alpha:own", "0 measured parts in 200 calls"),
    ] {
        let (code, out, errors) = toys(&["cpu", cell], "");
        assert_eq!((code, out.as_str()), (Some(1), ""), "{cell}");
        assert!(errors.contains(why), "{errors}");
    }
}
