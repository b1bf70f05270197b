//! The pages of costs on real drivers and runtimes, from figures that are known.

use crate::pages::{render, rendered, row};

#[test]
fn an_operation_has_its_answer_first() {
    let echo = &rendered()["echo.md"];
    let answer = "A round trip (n = 64) takes 900 instructions in `poll` on own-epoll, 710 in \
        `completion` on own-uring, 1,500 in a program on tokio, 880 in a program on monoio.";
    assert!(echo.contains(answer), "{echo}");
    assert!(echo.contains("System calls, in the same order: 4.00, 2.00, 4.00, 3.00;"), "{echo}");
    let list = &rendered()["cost.md"];
    assert!(list.contains(&format!("**[What does an echo cost?](echo.md)** {answer}")), "{list}");
}

#[test]
fn the_table_has_eight_forms_and_the_fold_has_all() {
    let echo = &rendered()["echo.md"];
    let (shown, folded) = echo.split_once("<details>").expect("a fold");
    let rows: Vec<&str> = shown.lines().filter(|line| line.starts_with("| `")).collect();
    assert!(rows.len() <= 8 && rows.len() > 4, "{rows:?}");
    // 900 and 950 are further apart than one in a hundred, so both stand.
    assert!(rows[0].starts_with("| `completion:own-uring` | 710.0 | 2.000 | 0.00 |"), "{rows:?}");
    assert!(rows.iter().any(|row| row.starts_with("| `tokio` | 1,500.0 |")), "{rows:?}");
    assert!(!shown.contains("smol"), "what starts threads is not compared");
    let lent = row(folded, &["`completion:own-uring`", "710.0 (700.0 to 720.0)"]);
    assert!(lent.contains("| 2.000 |"), "{lent}");
    assert!(row(folded, &["`smol`"]).contains("starts threads"));
    assert!(row(folded, &["scoped", "own-uring"]).contains("failed: a reply was lost"));
    let gone = row(folded, &["| `poll:async-std` |"]);
    assert!(gone.contains("| 2,500.0 |"), "{gone}");
}

#[test]
fn bars_of_the_figure_are_sorted_and_coloured_by_family() {
    let svg = &rendered()["plots/cost-echo-light.svg"];
    let at =
        |name: &str| svg.find(&format!("\n{name}\n")).unwrap_or_else(|| panic!("{name}: {svg}"));
    assert!(at("completion/c1:own-uring") < at("poll:own-epoll"));
    assert!(at("poll:own-epoll") < at("tokio"));
}

#[test]
fn facades_are_held_against_a_plain_program_on_the_same_runtime() {
    let echo = &rendered()["echo.md"];
    // 2000 and 2100 over 1500.
    assert!(row(echo, &["| `poll:tokio` |"]).contains("| 1.33 | 1.33 |"), "{echo}");
    let free = row(echo, &["| `poll:tokio-unconstrained` |"]);
    assert!(free.contains("| 0.80 | 0.80 |"), "against the program on tokio: {free}");
    assert!(row(echo, &["`owned/detach:tokio`", "1.40"]).contains("| 1.40 | 1.40 |"), "{echo}");
}

#[test]
fn bars_are_computed_with_what_is_missing() {
    let page = &rendered()["bars.md"];
    let summary = page.split("<details>").next().expect("a summary");
    for (texts, result) in [
        (&["| 1 |"][..], "| 0 of 2 | 0.807 | **missed** by 0.007 |"),
        (&["| 2 |"], "| 1 of 2 | 1.000 | kept |"),
        (&["| 3 |"], "| 2 of 2 | 0.0 | kept |"),
        (&["| 5 |"], "| 0 of 2 | 1.100 | **missed** by 0.05"),
        (&["| 7 |"], "| 2 of 2 | 0.600 | kept by 0.200 |"),
        (&["| 8 |"], "| 1 of 3 | 1.400 | **missed** by 0.350 |"),
        (&["| 9 |"], "| 1 of 1 | 650.0 | kept by 50.0 |"),
        (&["| 10 |"], "| 1 of 1 | 1.0 | kept |"),
    ] {
        let found = row(summary, texts);
        assert!(found.contains(result), "{found} has no `{result}`");
    }
    assert!(row(summary, &["| 6 |"]).ends_with("| not measured |"), "{summary}");
    let speed = row(page, &["| 5 |", "best is"]);
    assert!(speed.contains("| round by round 1.40"), "each pair by its own rounds: {speed}");
    assert!(speed.contains(" of `compio`; best is `monoio`: 1.100 to 1.100"), "{speed}");
    let local = row(page, &["| 8 |", "spawn-join, burst, n = 64"]);
    assert!(local.contains("1,030.0 over 1,000.0 of `tokio`, burst-local |"), "{local}");
    let gap = row(page, &["| 1 |", "n = 1 |"]);
    assert!(gap.contains("not measured: `monoio` not measured"), "{gap}");
    assert!(page.contains("the crates were not tuned"), "{page}");
}

#[test]
fn forms_of_a_crate_stand_beside_the_case() {
    let task = &rendered()["task.md"];
    assert!(row(task, &["| burst-local | `tokio` |"]).contains("| 1,000.0 |"), "{task}");
    // Neither does a rewritten program make it a case of its own; and no table ranks it.
    for (who, instr) in [("`tokio`", "2,400.0"), ("`owned/parallel`", "2,600.0")] {
        let multi = row(task, &["| burst-multi |", who]);
        assert!(multi.contains(&format!("| {instr} |")), "{task}");
        assert!(multi.contains("| of all threads, CPU time is judged |"), "{task}");
        assert_eq!(task.matches("| burst-multi |").count(), 2, "{task}");
    }
}

#[test]
fn idle_memory_is_by_connection() {
    let idle = &rendered()["idle.md"];
    assert!(row(idle, &["`completion:own-uring`"]).contains("| 16,900 |"), "{idle}");
    assert!(
        idle.contains("each holds 300 B of heap in `poll` and 16,900 B in `completion`"),
        "{idle}"
    );
}

#[test]
fn latency_is_the_median_over_launches() {
    let page = &rendered()["server-io.md"];
    let poll = row(page, &["| open-loop | 64 | `poll:own-epoll` |"]);
    assert!(poll.contains("| 44.0 | 190.0 | – | 34.0 | 3 |"), "{poll}");
    let all = row(page, &["20,000 per s for 2 s, Poisson"]);
    assert!(all.contains("| 44.0 (40.0 to 50.0) |"), "{all}");
    assert!(row(page, &["`poll:own-uring`"]).contains("unsupported: no ring here"));
    assert!(row(page, &["`owned/detach` on smol"]).contains("smol cancels"), "{page}");
}

#[test]
fn a_record_from_before_counts_were_put_right_says_so() {
    assert!(
        rendered()["cost.md"].contains("**This record counts in the old way**"),
        "it names no setting"
    );
    let named =
        |run: &str| run.replace(r#""settings": {}"#, r#""settings": {"callgrind": "valgrind"}"#);
    let told = render(named);
    assert!(!told["cost.md"].contains("in the old way"), "it names one");
    assert!(row(&told["cost.md"], &["| tokio |"]).contains("| 1.99.0 |"));
}
