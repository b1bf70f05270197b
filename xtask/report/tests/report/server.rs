//! The page of real drivers and runtimes, from figures that are known.

use crate::pages::{render, rendered, row};

/// The part of the page below a heading, until the next of the same depth.
fn part<'a>(page: &'a str, heading: &str) -> &'a str {
    let depth = heading.split(' ').next().expect("a heading has marks");
    let rest = page.split(&format!("\n{heading}\n")).nth(1);
    let rest = rest.unwrap_or_else(|| panic!("no `{heading}` in:\n{page}"));
    rest.split(&format!("\n{depth} ")).next().unwrap_or(rest)
}

const ECHO: &str = "### tcp-echo, 64b, n = 64";

#[test]
fn figures_are_per_operation_of_the_same_line_with_their_range() {
    let pages = rendered();
    let echo = part(&pages["server-io.md"], ECHO);
    let poll = row(echo, &["| `poll` | `own-uring` |"]);
    assert!(poll.contains("| 1,000.0 | **2.000** | **0.00** | 128.0 | – | 0.667 |"), "{poll}");
    let lent = row(echo, &["| `completion/c1` | `own-uring` |"]);
    assert!(lent.contains("| **710.0 (700.0 to 720.0)** | **2.000** |"), "{lent}");
    assert!(pages.contains_key("plots/server-echo-1-light.svg"), "one for each size");
    assert!(pages["plots/server-echo-64-dark.svg"].contains("completion/c1:own-uring 710"));
}

#[test]
fn ratios_are_to_the_best_of_three_and_to_tokio() {
    let page = &rendered()["server-io.md"];
    let echo = part(page, ECHO);
    // 710 over monoio's 880.
    assert!(row(echo, &["| `completion/c1` | `own-uring` |"]).contains("| 0.807 | – |"));
    assert!(row(echo, &["| `rent/owned` |"]).contains("| 0.909 | – |"));
    assert!(row(echo, &["| `owned/detach` | `tokio` |"]).contains("| – | 1.400 |"));
    assert!(!echo.contains("No ratio of instructions to the best"), "{echo}");
    let alone = part(page, "### tcp-echo, 64b, n = 1");
    let lent = row(alone, &["| `completion/c1` | `own-uring` |"]);
    assert!(lent.contains("| – | – |"), "without one of the rivals there is no best: {lent}");
    let why = "No ratio of instructions to the best of tokio-uring, monoio, compio: `monoio` not measured.";
    assert!(alone.contains(why), "{alone}");
}

#[test]
fn what_is_not_there_is_a_row_with_its_reason() {
    let page = &rendered()["server-io.md"];
    let echo = part(page, ECHO);
    let failed = row(echo, &["| `scoped/local` |"]);
    assert!(failed.ends_with("| – | – | – | – | – | – | failed: a reply was lost |"), "{failed}");
    let alone = part(page, "### tcp-echo, 64b, n = 1");
    assert!(row(alone, &["`compio`"]).contains("unsupported: io_uring is not permitted here"));
    assert!(row(alone, &["`monoio`"]).ends_with("| not measured |"));
    assert!(row(alone, &["| `scoped/local` | `own-uring` |"]).ends_with("| not measured |"));
    let pong = part(page, "## ping-pong");
    assert!(pong.contains("holds no cell of `ping-pong`"), "{pong}");
}

#[test]
fn the_smallest_figure_is_marked_among_those_that_are_judged() {
    let page = &rendered()["server-io.md"];
    let echo = part(page, ECHO);
    let smol = row(echo, &["| `smol`, as published |"]);
    assert!(smol.contains("| 600.0 |") && smol.contains("shown, not judged"), "{smol}");
    let gone = row(echo, &["`async-std`"]);
    assert!(gone.contains("(discontinued upstream)") && gone.contains("| 0.0 |"), "{gone}");
    assert_eq!(echo.matches("**710.0").count(), 1, "{echo}");
    let control = part(page, "### tcp-echo, control, n = 1");
    assert!(!control.contains("**") && !control.contains("to tokio"), "nothing to compare with");
    let file = part(page, "### file-read, sequential, n = 256");
    assert!(row(file, &["| `poll` | `own-epoll` |"]).contains("shown, not judged"), "{file}");
}

#[test]
fn bars_are_computed_with_what_is_missing() {
    let page = &rendered()["server-io.md"];
    let bars = part(page, "## The bars that we set ourselves");
    let summary = bars.split("<details>").next().expect("a summary");
    for (texts, result) in [
        (&["instructions: at most 0.8 of the best"][..], "0 of 1, 1 not measured | 0.807"),
        (&["at most 0.8 of the best"], "**missed** by 0.007 |"),
        (&["system calls"], "| 1 of 1, 1 not measured | 1.000 |"),
        (&["no allocation"], "| 2 of 2 | 0.000 | tcp-echo, 64b, n = 1 | kept |"),
        (&["operations per second"], "| 0 of 1, 1 not measured | 1.10"),
        (&["operations per second", "| tcp-echo, 64b, n = 64 |"], "**missed** by 0.05"),
        (&["at most 0.8 of tokio"], "| 2 of 2 | 0.600 |"),
        (&["within 5 %"], "| 1 of 3 | 1.400 | tcp-echo, 64b, n = 1 | **missed** by 0.350 |"),
        (&["at most 700 instructions"], "650.0 | spawn-join, burst, n = 64 | kept by 50.0 |"),
        (&["at most 1 allocation"], "| 1.000 | spawn-join, burst, n = 64 | kept |"),
    ] {
        let found = row(summary, texts);
        assert!(found.contains(result), "{found} has no `{result}`");
    }
    let speed = row(bars, &["operations per second", "| tcp-echo, 64b, n = 64 | 1.10", "best is"]);
    assert!(speed.contains("| round by round 1.40"), "each pair by its own rounds: {speed}");
    assert!(
        speed.contains(" of `compio`; best is `monoio`: 1.100 to 1.100"),
        "with its ends: {speed}"
    );
    let untimed = row(bars, &["operations per second", "| tcp-echo, 64b, n = 1 |"]);
    assert!(untimed.contains("| not measured: `tokio-uring` not timed |"), "{untimed}");
    let local = row(bars, &["within 5 %", "spawn-join, burst, n = 64"]);
    let from = "1,030.0 over 1,000.0 of `tokio`, burst-local |";
    assert!(local.contains(from), "the row that it stands in: {local}");
    let gap = row(bars, &["at most 0.8 of the best", "n = 1 |"]);
    assert!(gap.contains("not measured: `monoio` not measured"), "{gap}");
}

#[test]
fn forms_of_a_peer_stand_beside_the_case() {
    let page = &rendered()["server-io.md"];
    let burst = part(page, "### spawn-join, burst, n = 64");
    assert!(burst.contains("| `tokio`, as published, burst-local | `tokio` | 1,000.0 |"));
    assert!(!page.contains("### spawn-join, burst-local"), "no table of its own");
}

#[test]
fn tables_lead_to_their_claims_and_absent_cells_to_a_reason() {
    let page = &rendered()["server-io.md"];
    let echo = part(page, "## tcp-echo");
    assert!(echo.contains("Claims that read these figures: [C108](../../../rfc/evidence/C108.md)"));
    let leaks = part(page, "### socket-op-leak");
    assert!(leaks.contains("[C035]") && !leaks.contains("[C108]"), "{leaks}");
    let plain = row(leaks, &["| `tokio` | `tokio` |"]);
    assert!(plain.contains("| 0 | – | –: the program on the crate"), "{plain}");
    let ours = row(leaks, &["| `completion/c1` | `own-epoll` |"]);
    assert!(ours.contains("| 0 | not measured |  |"), "ours have all cases: {ours}");
    let absent = part(page, "## What was not built");
    assert!(row(absent, &["`owned/detach` on smol"]).contains("smol cancels"), "{absent}");
}

#[test]
fn a_record_from_before_counts_were_put_right_says_so() {
    let page = &rendered()["server-io.md"];
    assert!(page.contains("**This record counts in the old way**"), "it names no setting");
    let named =
        |run: &str| run.replace(r#""settings": {}"#, r#""settings": {"callgrind": "valgrind"}"#);
    let told = render(named);
    assert!(!told["server-io.md"].contains("in the old way"), "it names one");
}

#[test]
fn both_designs_stand_beside_each_other_on_both_drivers() {
    let page = &rendered()["server-io.md"];
    let faces = part(page, "## Readiness and completion under both designs");
    assert!(faces.contains("unless its sign also holds against tokio"));
    let instr = row(faces, &["| 64b | 64 | user instructions |"]);
    assert!(instr.contains("| 900.0 | 950.0 | 1,000.0 | 710.0 (700.0 to 720.0) | 1,500.0 |"));
    assert!(instr.contains("own-epoll: more, against tokio fewer, does not hold"), "{instr}");
    assert!(instr.contains("own-uring: fewer, against tokio fewer, holds"), "{instr}");
    assert!(!faces.contains("| control |"));
}

#[test]
fn lost_results_and_held_memory_are_counted() {
    let page = &rendered()["server-io.md"];
    let lost = part(page, "## Lost results and lent buffers");
    let leak = row(part(lost, "### completion-op-leak"), &["| `poll` |"]);
    assert!(leak.contains("● occurs | 92 % of 65 schedules | 25 |"), "{leak}");
    let copied = row(part(lost, "### inflight-buffer-cancel"), &["| `poll` |"]);
    assert!(copied.contains("| 0 | 1.00 |"), "{copied}");
    let sockets = part(lost, "### socket-op-leak");
    assert!(
        sockets.contains("| design | runtime | ignore, n = 20 | reclaim, n = 20 | note |"),
        "{sockets}"
    );
    assert!(row(sockets, &["| `poll` | `own-uring` |"]).contains("| 10 | 0 |  |"), "{sockets}");
    let sockets = part(lost, "### socket-buffer-cancel");
    assert!(row(sockets, &["| `poll` | `own-uring` |"]).contains("| 0 | 10 | 40,960 |"));
    let idle = part(page, "### io-trait-shapes, idle, n = 10,000");
    assert!(row(idle, &["| `completion/c1` |"]).contains("| 16,900.0 |"), "{idle}");
}

#[test]
fn time_is_only_indicative() {
    let page = &rendered()["server-io.md"];
    let time = part(page, "### Wall time of tcp-echo");
    let reference = row(time, &["`poll:own-epoll`"]);
    assert!(reference.contains("| reference | 1 |"), "our driver before others: {reference}");
    let lent = row(time, &["`completion/c1:own-uring`"]);
    assert!(lent.contains("indicative") && lent.contains("| 0.750 |"), "{lent}");
    assert!(
        page.contains("5 intervals of 95 % stand below, so about 0.2 of them miss by chance."),
        "{page}"
    );
    assert!(time.contains("A/A spread: 0.") && time.contains("together, which those"), "{time}");
    assert!(
        row(time, &["| 64b | 64 | A/A control: `poll:own-epoll` |"]).contains("| A/A spread 0.")
    );
    assert!(time.contains("No figure of tcp-echo, 64b, n = 1: refused: no clean round."), "{time}");
    let late = row(time, &["| 64b | 1 | 2 others |"]);
    assert!(late.contains("refused: no clean round"), "one row for all: {late}");
    let latency = part(page, "## Latency");
    let poll = row(latency, &["`poll:own-epoll`"]);
    // Three launches of few answers: the median of their medians, and no slowest in a thousand.
    let load = "| 20,000 per s for 2 s, Poisson | 3 | 44.0 (40.0 to 50.0) | 190.0 |";
    assert!(poll.contains(load), "with the smallest and the largest: {poll}");
    assert!(poll.contains("| – | 190.0 | 34.0 (30.0 to 40.0) | 60.0 |  |"), "{poll}");
    assert!(row(latency, &["`poll:own-uring`"]).contains("unsupported: no ring here"));
}

#[test]
fn other_pages_keep_to_our_executor_and_lead_here() {
    let pages = rendered();
    let cost = &pages["cost.md"];
    let spawn = cost.split("\n## spawn-join\n").nth(1).expect("a section");
    assert!(spawn.contains("[Server I/O](server-io.md)"), "{spawn}");
    assert!(row(spawn, &["`owned/detach`"]).starts_with("| burst | 64 |"), "{spawn}");
    assert!(!cost.contains(":own-epoll`") && !cost.contains("`owned/detach:tokio`"), "{cost}");
    let lock = cost.split("\n## futurelock\n").nth(1).expect("a section");
    assert!(row(lock, &["`tokio:tokio`"]).contains("| 9,000 |"), "what the other page leaves out");
    let hazards = &pages["hazards.md"];
    let head = row(hazards, &["| case | `poll` |"]);
    assert!(head.ends_with("| tokio as published | tokio as published, expert form |"), "{head}");
    assert!(!head.contains("smol") && !head.contains("poll:tokio"), "{head}");
    assert!(hazards.contains("Not shown: 2 cells on other runtimes"), "{hazards}");
    assert!(!hazards.contains("`poll:tokio`") && !hazards.contains("smol"), "{hazards}");
    let loss = row(hazards, &["[select-recreate-loss]", "hazard, n=30"]);
    assert!(loss.contains("| ● occurs<br>12 units, worst 14<br>100 % of 65 schedules<br>260 ms |"));
}
