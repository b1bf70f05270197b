//! Counts on the clock of the machine, values per operation, and the best of several rivals.

use crate::fixture::{self, Tree, exact, key};
use record::{Kind, Line, Receipt, Samples, Status};
use xtask_judge::verdicts::{ClaimVerdict, Verdict};

const ECHO: &str = r#"
id = "echo"
clock = "real"
receipt = "equal"
targets = ["linux"]
[[case]]
id = "a"
"#;

/// A claim about `instr` per operation of `echo/a` on `own-uring`.
fn check(rest: &str) -> String {
    format!(
        r#"
[[check]]
name = "c"
of = {{ workload = "echo", case = "a", design = "completion", runtime = "own-uring", metric = "instr" }}
per = "ops"
targets = ["linux"]
{rest}
[values]
"per-op" = {{ of = "c.of", format = "{{:.1}}" }}
"#
    )
}

fn judged(check: &str, lines: &[Line]) -> ClaimVerdict {
    let mut tree = tree(check);
    tree.pin("linux", "a", lines).claim()
}

fn tree(check: &str) -> Tree {
    // The fixture reads the claims when it writes a record, so the workload comes first.
    let tree = Tree::new("[[check]]\n");
    tree.write("workloads/suite/echo.toml", ECHO);
    for peer in ["quick", "slow"] {
        let manifest = format!("[package]\nname = \"peer-{peer}\"\n");
        tree.write(&format!("workloads/peers/{peer}/Cargo.toml"), &manifest);
    }
    tree.write("rfc/claims/C900-test.toml", &format!("{}{check}", fixture::HEAD));
    tree
}

/// One launch after the other: instructions of `ops` operations.
fn launches(who: &str, ops: u64, instr: &[u64]) -> Vec<Line> {
    let cell = format!("echo/a,n=1@{who}");
    let line =
        |(launch, instr): (u32, &u64)| exact(&cell, launch, &[("instr", *instr), ("ops", ops)]);
    (0..).zip(instr).map(line).collect()
}

const OURS: &str = "completion:own-uring";

#[test]
fn the_median_over_launches_is_the_value_and_all_launches_decide() {
    let verdict = |bound: &str, instr: &[u64]| {
        let claim =
            judged(&check(&format!("compare = \"value\"\n{bound}")), &launches(OURS, 10, instr));
        (claim.verdict, claim.targets["linux"].reason.clone().unwrap_or_default())
    };
    let instr = [1000, 1200, 1100];
    assert_eq!(verdict("at_most = 120", &instr).0, Verdict::Supported);
    assert_eq!(verdict("at_most = 99", &instr).0, Verdict::Contradicted);
    let (both, why) = verdict("at_most = 110", &instr);
    assert_eq!(
        (both, why.as_str()),
        (Verdict::Inconclusive, "c: launches lie on both sides of the bound")
    );
    assert_eq!(verdict("within = [104, 106]", &instr).0, Verdict::Inconclusive);
    assert_eq!(verdict("equals = 110", &instr).0, Verdict::Inconclusive);
    assert_eq!(verdict("equals = 110", &[1100; 3]).0, Verdict::Supported);
    // A zone of 10 % around the bound.
    assert_eq!(verdict("at_most = 130\nindifference = 0.1", &instr).0, Verdict::Inconclusive);
    assert_eq!(verdict("at_most = 140\nindifference = 0.1", &instr).0, Verdict::Supported);
    let (few, why) = verdict("at_most = 120", &instr[..2]);
    assert_eq!((few, why.as_str()), (Verdict::Inconclusive, "c: launches 2/3"));
    assert_eq!(verdict("at_most = 120\nmin_launches = 2", &instr[..2]).0, Verdict::Supported);
}

#[test]
fn what_was_measured_and_its_range_are_shown() {
    let claim = judged(
        &check("compare = \"value\"\nat_most = 120"),
        &launches(OURS, 10, &[1000, 1200, 1100]),
    );
    assert_eq!(claim.values["per-op-linux"].text, "110.0");
    assert_eq!(claim.checks[0].interval, Some([100.0, 120.0]));
    assert_eq!(claim.checks[0].bound, "value of instr per ops, at most 120");
    assert_eq!(claim.checks[0].cells[0].value, "1,100 (1,000 to 1,200 in 3 launches)");
}

#[test]
fn each_value_is_divided_by_the_operations_of_its_own_line() {
    let line = |launch, instr, ops| {
        exact(&format!("echo/a,n=1@{OURS}"), launch, &[("instr", instr), ("ops", ops)])
    };
    let lines = [line(0, 100, 10), line(1, 400, 40), line(2, 1000, 100)];
    let claim = judged(&check("compare = \"value\"\nequals = 10"), &lines);
    assert_eq!(claim.verdict, Verdict::Supported);
    let bare = exact(&format!("echo/a,n=1@{OURS}"), 0, &[("instr", 100)]);
    let claim = judged(&check("compare = \"value\"\nequals = 10"), &[bare]);
    assert_eq!(claim.verdict, Verdict::NotMeasured);
    let reason = claim.targets["linux"].reason.clone().expect("a reason");
    assert!(reason.contains("instr without operations beside it"), "{reason}");
}

#[test]
fn the_best_of_several_rivals_is_the_one_to_beat() {
    let text = r#"
vs = { design = ["quick", "slow"], runtime = ["own-uring", "tokio"] }
vs_reduce = "min"
compare = "ratio"
at_most = 0.8
"#;
    // 80 per operation against 100 and 150, which made other numbers of operations.
    let lines = |ours: u64| {
        let mut lines = launches(OURS, 10, &[ours; 3]);
        lines.extend(launches("quick:tokio", 20, &[2000; 3]));
        lines.extend(launches("slow:own-uring", 5, &[750; 3]));
        lines
    };
    let claim = judged(&check(text), &lines(800));
    assert_eq!((claim.verdict, claim.values["c-linux"].number), (Verdict::Supported, Some(0.8)));
    assert_eq!(claim.checks[0].bound, "ratio of instr per ops to the smallest, at most 0.8");
    assert_eq!(judged(&check(text), &lines(801)).verdict, Verdict::Contradicted);
    // Against the worst it would pass.
    let worst = text.replace("min", "max");
    assert_eq!(judged(&check(&worst), &lines(1000)).verdict, Verdict::Supported);
    // Without the word, two rivals are a mistake; without one of them there is no best.
    let several = check(&text.replace("vs_reduce = \"min\"\n", ""));
    let mut tree = tree(&several);
    tree.pin("linux", "a", &lines(800));
    assert!(tree.error().contains("has several to be compared with"));
    let claim = judged(&check(text), &lines(800)[..6]);
    assert_eq!(claim.verdict, Verdict::NotMeasured);
}

#[test]
fn times_per_operation_are_compared_with_the_best_too() {
    let text = r#"
[[check]]
name = "c"
of = { workload = "echo", case = "a", design = "completion", runtime = "own-uring", metric = "cpu_ns" }
vs = { design = ["quick", "slow"], runtime = "tokio" }
vs_reduce = "min"
per = "ops"
compare = "ratio"
at_most = 0.8
targets = ["linux"]
"#;
    let entry = |who: &str, ops: u64, ns: u64, aa: u32| -> Vec<Line> {
        let line = |launch| {
            let mut line =
                Line::new(Kind::Time, key(&format!("echo/a,n=1@{who}")), launch, Status::Ok);
            line.receipt = Some(Receipt(1));
            line.values.insert("ops".to_owned(), ops);
            line.samples = Some(Samples {
                group: "echo/a,n=1:*".to_owned(),
                order_seed: 1,
                round: (0..6).collect(),
                ops: vec![10; 6],
                wall_ns: vec![ns; 6],
                cpu_ns: vec![ns; 6],
                softirq_ns: vec![],
                aa,
            });
            line
        };
        (0..10).map(line).collect()
    };
    let lines = |who: &str, ops: u64, ns: u64| entry(who, ops, ns, 0);
    let all = |ours: u64| {
        let mut all = lines(OURS, 10, ours);
        all.extend(entry("quick:tokio", 20, 20_000, 1));
        all.extend(lines("quick:tokio", 20, 20_000));
        all.extend(lines("slow:tokio", 1, 1_500));
        all
    };
    let claim = judged(text, &all(7_000));
    assert_eq!(claim.verdict, Verdict::Supported);
    let [low, high] = claim.checks[0].interval.expect("an interval");
    assert!((low - 0.7).abs() < 1e-9 && (high - 0.7).abs() < 1e-9, "{low} {high}");
    assert_eq!(judged(text, &all(9_000)).verdict, Verdict::Contradicted);
}

#[test]
fn exact_values_on_virtual_time_stay_exact_per_operation() {
    let text = r#"
[[check]]
name = "c"
of = { workload = "join-width-scaling", case = "own", design = "poll", metric = "allocs" }
compare = "value"
per = "ops"
equals = 1.5
targets = ["sim"]
"#;
    let line = |launch, allocs| {
        let cell = "join-width-scaling/own,n=8@poll:own";
        exact(cell, launch, &[("allocs", allocs), ("ops", 8)])
    };
    let verdict = |lines: &[Line]| Tree::new(text).pin("sim", "a", lines).claim().verdict;
    assert_eq!(verdict(&[line(0, 12)]), Verdict::Supported);
    assert_eq!(verdict(&[line(0, 12), line(1, 13)]), Verdict::Inconclusive);
}

#[test]
fn resident_memory_is_judged_by_its_range() {
    let text = r#"
[[check]]
name = "c"
of = { workload = "echo", case = "a", design = "completion", runtime = "own-uring", metric = "rss_bytes", at = { n = 1000 } }
per = "n"
compare = "value"
at_most = 4096
targets = ["linux"]
"#;
    let line = |(launch, bytes): (u32, u64)| {
        exact("echo/a,n=1000@completion:own-uring", launch, &[("rss_bytes", bytes)])
    };
    let verdict =
        |bytes: [u64; 3]| judged(text, &(0..).zip(bytes).map(line).collect::<Vec<_>>()).verdict;
    assert_eq!(verdict([4_000_000, 4_050_000, 4_096_000]), Verdict::Supported);
    assert_eq!(verdict([4_000_000, 4_100_000, 4_096_000]), Verdict::Inconclusive);
    assert_eq!(verdict([5_000_000, 4_100_000, 4_200_000]), Verdict::Contradicted);
}

#[test]
fn counts_of_another_runtime_are_exact_until_launches_differ() {
    let text = r#"
[[check]]
name = "c"
of = { workload = "join-width-scaling", case = "own", design = "poll", runtime = "tokio", metric = "instr" }
compare = "value"
at_most = 110
targets = ["linux"]
"#;
    let verdict = |instr: &[u64]| {
        let cell = "join-width-scaling/own,n=8@poll:tokio";
        let lines: Vec<Line> =
            (0..).zip(instr).map(|(launch, n)| exact(cell, launch, &[("instr", *n)])).collect();
        Tree::new(text).pin("linux", "a", &lines).claim().verdict
    };
    assert_eq!(verdict(&[100]), Verdict::Supported);
    assert_eq!(verdict(&[100, 101, 102]), Verdict::Supported);
    assert_eq!(verdict(&[100, 101]), Verdict::Inconclusive);
    assert_eq!(verdict(&[100, 120, 102]), Verdict::Inconclusive);
}

#[test]
fn latency_is_judged_by_the_ratio_over_launches() {
    let text = r#"
[[check]]
name = "c"
of = { workload = "echo", case = "a", design = "completion", runtime = "own-uring", metric = "latency_ns_p99" }
vs = { design = "quick", runtime = "tokio" }
compare = "ratio"
at_most = 0.9
targets = ["linux"]
"#;
    let lines = |who: &str, ns: u64| -> Vec<Line> {
        let line = |launch: u32| {
            let cell = format!("echo/a,n=1@{who}");
            let mut line = exact(&cell, launch, &[("latency_ns_p99", ns + u64::from(launch))]);
            line.kind = Kind::Latency;
            line
        };
        (0..10).map(line).collect()
    };
    let verdict = |ours: u64| {
        let mut all = lines(OURS, ours);
        all.extend(lines("quick:tokio", 100_000));
        judged(text, &all).verdict
    };
    assert_eq!(verdict(70_000), Verdict::Supported);
    assert_eq!(verdict(89_000), Verdict::Inconclusive);
    assert_eq!(verdict(120_000), Verdict::Contradicted);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for (from, to, expected) in [
        ("per = \"ops\"", "per = \"rounds\"", "`per` is \"n\" or \"ops\""),
        ("per = \"ops\"", "per = \"ops\"\nvs_reduce = \"min\"", "beside `vs`"),
        ("per = \"ops\"", "per = \"ops\"\nschedules = \"all\"", "the script as written only"),
    ] {
        let text = check("compare = \"value\"\nat_most = 1").replace(from, to);
        let error = tree(&text).error();
        assert!(error.contains(expected), "{error}");
    }
}
