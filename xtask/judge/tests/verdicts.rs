//! One test per rule of a verdict, on records written to disk and read back.

#[path = "verdicts/equal.rs"]
mod equal;
mod fixture;
#[path = "verdicts/real_clock.rs"]
mod real_clock;
#[path = "verdicts/refused.rs"]
mod refused;

use fixture::{Tree, exact, key, outcome};
use record::{Kind, Line, Outcome, Receipt, Role, Samples, Status};
use xtask_judge::verdicts::{Mark, Verdict};

const LOST: &str = r#"
[[check]]
name = "lost"
of = { workload = "select-recreate-loss", case = "hazard", design = "poll", metric = "lost_items" }
compare = "value"
at_least = 1
targets = ["sim"]
[values]
"n" = { of = "lost.result", format = "{:,} items" }
"#;
const HAZARD: &str = "select-recreate-loss/hazard,n=30@poll:own";
const CONTROL: &str = "select-recreate-loss/control,n=30@poll:own";

#[test]
fn an_exact_value_supports_and_a_flipped_one_contradicts() {
    for (lost, verdict) in [(12, Verdict::Supported), (0, Verdict::Contradicted)] {
        let mut tree = Tree::new(LOST);
        let claim = tree.pin("sim", "a", &[exact(HAZARD, 0, &[("lost_items", lost)])]).claim();
        assert_eq!((claim.verdict, claim.coverage), (verdict, None));
        assert_eq!(claim.values["n-sim"].text, format!("{lost} items"));
        assert_eq!(claim.values["lost-sim"].number, Some(f64::from(u32::try_from(lost).unwrap())));
        assert_eq!(claim.checks[0].bound, "value of lost_items, at least 1");
        assert_eq!(claim.checks[0].cells[0].cell, HAZARD);
        assert!(claim.marks.is_empty());
    }
}

#[test]
fn an_exact_metric_that_differs_between_launches_decides_nothing() {
    let mut tree = Tree::new(LOST);
    let lines = [12, 13].map(|lost| exact(HAZARD, 0, &[("lost_items", lost)]));
    let claim = tree.pin("sim", "a", &lines).claim();
    assert_eq!(claim.verdict, Verdict::Inconclusive);
    let reason = claim.targets["sim"].reason.clone().unwrap();
    assert!(reason.contains("lost_items differs between launches (12, 13)"), "{reason}");
    assert!(claim.values.is_empty());
}

#[test]
fn of_very_many_cells_one_for_each_value_is_listed() {
    let check = LOST
        .replace("design = \"poll\"", "design = \"p*\"")
        .replace("compare = \"value\"", "compare = \"value\"\nreduce = \"min\"");
    let lines: Vec<Line> = (1..=300)
        .map(|n| {
            let cell = format!("select-recreate-loss/hazard,n={n}@poll:own");
            exact(&cell, 0, &[("lost_items", if n == 7 { 2 } else { 5 })])
        })
        .collect();
    let claim = Tree::new(&check).pin("sim", "a", &lines).claim();
    assert_eq!(claim.verdict, Verdict::Supported);
    let listed: Vec<&str> = claim.checks[0].cells.iter().map(|cell| cell.value.as_str()).collect();
    assert_eq!((listed, claim.checks[0].unlisted), (vec!["5", "2"], 298));
}

#[test]
fn a_missing_cell_is_not_measured_and_says_why() {
    let reason = |lines: &[Line]| {
        let claim = Tree::new(LOST).pin("sim", "a", lines).claim();
        assert_eq!(claim.verdict, Verdict::NotMeasured);
        assert_eq!(claim.coverage.as_deref(), Some("0 of 1 targets measured"));
        claim.targets["sim"].reason.clone().unwrap()
    };
    let crashed = Line::new(Kind::Exact, key(HAZARD), 0, Status::not("crashed", "signal 11"));
    assert!(reason(&[crashed]).contains("crashed: signal 11"));
    assert!(reason(&[exact(CONTROL, 0, &[])]).contains("hazard@poll is not in sim/a"));
    let other = exact(HAZARD, 0, &[("allocs", 1)]);
    assert!(reason(&[other]).contains("lost_items was not measured"));
    let claim = Tree::new(LOST).claim();
    let reason = claim.targets["sim"].reason.clone().unwrap();
    assert!(reason.contains("no pinned record of target sim"), "{reason}");
}

#[test]
fn targets_fold_with_a_note_on_coverage() {
    let claim = LOST.replace("[\"sim\"]", "[\"sim\", \"cortex-m4\"]");
    let mut tree = Tree::new(&claim);
    let one = tree.pin("sim", "a", &[exact(HAZARD, 0, &[("lost_items", 1)])]).claim();
    assert_eq!(one.verdict, Verdict::NotMeasured);
    assert_eq!(one.coverage.as_deref(), Some("1 of 2 targets measured"));
    assert_eq!(one.targets["sim"].verdict, Verdict::Supported);
    let both = tree.pin("cortex-m4", "a", &[exact(HAZARD, 0, &[("lost_items", 0)])]).claim();
    assert_eq!((both.verdict, both.coverage), (Verdict::Contradicted, None));
}

#[test]
fn outcomes_are_words_and_a_hang_is_not_absent() {
    let check = r#"
[[check]]
name = "o"
of = { workload = "select-recreate-loss", case = "hazard", design = "poll" }
compare = "outcome"
equals = "absent"
schedules = "all"
targets = ["sim"]
"#;
    use Outcome::{Absent, Hang, Occurs, Panics};
    let verdict = |outcomes: &[Outcome]| {
        let schedules: Vec<_> = outcomes.iter().map(|one| (*one, None)).collect();
        let line = outcome(HAZARD, Role::Hazard, &schedules);
        Tree::new(check).pin("sim", "a", &[line]).claim()
    };
    assert_eq!(verdict(&[Absent, Absent]).verdict, Verdict::Supported);
    let mixed = verdict(&[Absent, Occurs, Occurs]);
    assert_eq!(mixed.verdict, Verdict::Contradicted);
    assert_eq!(mixed.values["o-sim"].text, "absent 1, occurs 2");
    assert_eq!(verdict(&[Absent, Hang]).verdict, Verdict::Contradicted);
    assert_eq!(verdict(&[Panics]).verdict, Verdict::Contradicted);
    // A root that never drained: the line's values do not count, its outcome does.
    let mut stuck = outcome(HAZARD, Role::Hazard, &[(Absent, None), (Hang, None)]);
    stuck.status = Status::not("hang", "a cancelled root did not drain");
    let claim = Tree::new(check).pin("sim", "a", &[stuck]).claim();
    assert_eq!(claim.verdict, Verdict::Contradicted);
}

#[test]
fn launches_that_differ_on_the_same_schedules_decide_nothing() {
    let check = LOST.replace("at_least = 1", "at_least = 1\nschedules = \"all\"\nreduce = \"min\"");
    let verdict = |again: u64| {
        let lines =
            [3, again].map(|lost| outcome(HAZARD, Role::Hazard, &[(Outcome::Occurs, Some(lost))]));
        Tree::new(&check).pin("sim", "a", &lines).claim().verdict
    };
    assert_eq!(verdict(3), Verdict::Supported);
    assert_eq!(verdict(4), Verdict::Inconclusive);
}

#[test]
fn fractions_and_extremes_range_over_all_schedules() {
    let check = r#"
[[check]]
name = "frac"
of = { workload = "select-recreate-loss", case = "hazard", design = "poll" }
compare = "fraction"
schedules = "all"
at_least = 0.5
targets = ["sim"]
[[check]]
name = "most"
of = { workload = "select-recreate-loss", case = "hazard", design = "poll", metric = "lost_items" }
compare = "value"
schedules = "all"
reduce = "max"
at_most = 7
targets = ["sim"]
"#;
    use Outcome::{Absent, Occurs, Panics};
    let claim = |schedules: &[(Outcome, Option<u64>)]| {
        let line = outcome(HAZARD, Role::Hazard, schedules);
        Tree::new(check).pin("sim", "a", &[line]).claim()
    };
    let half = claim(&[(Occurs, Some(7)), (Absent, Some(0))]);
    assert_eq!(half.verdict, Verdict::Supported);
    assert_eq!(half.values["frac-sim"].number, Some(0.5));
    assert_eq!(half.values["most-sim"].text, "7 items");
    let third = claim(&[(Occurs, Some(8)), (Absent, Some(0)), (Absent, Some(0))]);
    assert_eq!(third.checks[0].verdict, Verdict::Contradicted);
    assert_eq!(third.checks[1].verdict, Verdict::Contradicted);
    // A schedule without a value cannot be left out of a maximum.
    let panicked = claim(&[(Occurs, Some(1)), (Panics, None)]);
    assert_eq!(panicked.checks[1].verdict, Verdict::NotMeasured);
    assert!(panicked.checks[1].reason.clone().unwrap().contains("schedule 1 (panics)"));
}

#[test]
fn slopes_ratios_and_steps_are_computed_from_cells() {
    let check = r#"
[[check]]
name = "slope"
of = { workload = "join-width-scaling", case = "select_all", design = "futures", metric = "leaf_polls", at = { n = [10, 100, 1000] } }
compare = "loglog_slope"
at_least = 1.8
targets = ["sim"]
[[check]]
name = "ratio"
of = { workload = "join-width-scaling", case = "select_all", design = "futures", metric = "leaf_polls", at = { n = 100 } }
vs = { at = { n = 10 } }
compare = "ratio"
equals = 100
targets = ["sim"]
[[check]]
name = "step"
of = { workload = "join-width-scaling", case = "select_all", design = "futures", metric = "leaf_polls", at = { n = [10, 100, 1000] } }
compare = "step_ratio_min"
at_least = 100
targets = ["sim"]
[[check]]
name = "per"
of = { workload = "join-width-scaling", case = "select_all", design = "futures", metric = "leaf_polls" }
compare = "value"
per = "n"
reduce = "max"
at_most = 2000
targets = ["sim"]
[values]
"polls" = { of = "slope.of", at = { n = 1000 }, format = "{:,}" }
"base" = { of = "ratio.vs", format = "{}" }
"#;
    let cells = |factor: u64| {
        [10, 100, 1000].map(|n: u64| {
            let cell = format!("join-width-scaling/select_all,n={n}@futures:own");
            exact(&cell, 0, &[("leaf_polls", if n == 1000 { factor * n * n } else { 2 * n * n })])
        })
    };
    let claim = Tree::new(check).pin("sim", "a", &cells(2)).claim();
    assert_eq!(claim.verdict, Verdict::Supported);
    assert_eq!(claim.values["slope-sim"].number, Some(2.0));
    assert_eq!(claim.values["polls-sim"].text, "2,000,000");
    assert_eq!(claim.values["base-sim"].text, "200");
    // One value less and the smallest step is below the bound; the slope still holds.
    let mut less = cells(2);
    less[2].values.insert("leaf_polls".to_owned(), 1_999_999);
    let claim = Tree::new(check).pin("sim", "a", &less).claim();
    let of = |name: &str| claim.checks.iter().find(|check| check.name == name).unwrap().verdict;
    assert_eq!((of("slope"), of("step")), (Verdict::Supported, Verdict::Contradicted));
    // A size that was named and not measured.
    let claim = Tree::new(check).pin("sim", "a", &cells(2)[..2]).claim();
    assert!(claim.checks[0].reason.clone().unwrap().contains("n=1000@futures is not in sim/a"));
}

#[test]
fn counting_reads_conditions_and_subtracts_another_case() {
    let check = r#"
[[check]]
name = "forms"
of = { workload = "select-fix-matrix", case = ["merge", "cursor"], design = "poll", variant = "expert" }
compare = "value"
reduce = "count"
where = [{ outcome = "absent" }, { metric = "lost_items", equals = 0 }, { metric = "allocs", over = "recreate-send", at_most = 0 }]
equals = 2
targets = ["sim"]
"#;
    let claim = |merge_allocs: u64, cursor: Outcome| {
        let cell = |case: &str, v: &str| format!("select-fix-matrix/{case},n=30@poll{v}:own");
        let (merge, other) = (cell("merge", "+expert"), cell("cursor", "+expert"));
        let lines = [
            exact(&cell("recreate-send", ""), 0, &[("allocs", 3), ("lost_items", 9)]),
            exact(&merge, 0, &[("allocs", merge_allocs), ("lost_items", 0)]),
            exact(&other, 0, &[("allocs", 2), ("lost_items", 0)]),
            outcome(&merge, Role::Hazard, &[(Outcome::Absent, Some(0))]),
            outcome(&other, Role::Hazard, &[(cursor, Some(0))]),
        ];
        Tree::new(check).pin("sim", "a", &lines).claim()
    };
    let both = claim(3, Outcome::Absent);
    assert_eq!(
        (both.verdict, both.values["forms-sim"].text.as_str()),
        (Verdict::Supported, "2 cells")
    );
    assert_eq!(claim(4, Outcome::Absent).values["forms-sim"].number, Some(1.0));
    assert_eq!(claim(3, Outcome::Hang).values["forms-sim"].number, Some(1.0));
}

#[test]
fn times_are_judged_by_the_interval_of_the_ratio() {
    let check = r#"
[[check]]
name = "r"
of = { workload = "select-recreate-loss", case = "control", design = "scoped", metric = "wall_ns" }
vs = { design = "poll" }
compare = "ratio"
at_least = 1.5
targets = ["linux"]
"#;
    let lines = |launches: u32, rounds: u32, scoped_ns: u64, twin_ns: u64| {
        let mut lines = Vec::new();
        for launch in 0..launches {
            for (design, aa, ns) in
                [("poll", 0, 1000), ("scoped", 0, scoped_ns), ("poll", 1, twin_ns)]
            {
                let cell = format!("select-recreate-loss/control,n=30@{design}:own");
                let mut line = Line::new(Kind::Time, key(&cell), launch, Status::Ok);
                line.receipt = Some(Receipt(1));
                let wall = vec![ns + u64::from(launch % 3); rounds as usize];
                line.samples = Some(Samples {
                    group: "g".to_owned(),
                    order_seed: 1,
                    round: (0..rounds).collect(),
                    ops: vec![10; rounds as usize],
                    cpu_ns: wall.clone(),
                    wall_ns: wall,
                    softirq_ns: vec![],
                    aa,
                });
                lines.push(line);
            }
        }
        lines
    };
    let judged = |lines: &[Line]| {
        let claim = Tree::new(check).pin("linux", "a", lines).claim();
        (claim.verdict, claim.targets["linux"].reason.clone().unwrap_or_default())
    };
    let claim = |launches, ns| judged(&lines(launches, 6, ns, 1000));
    assert_eq!(claim(10, 2000), (Verdict::Supported, String::new()));
    assert_eq!(claim(10, 1200), (Verdict::Contradicted, String::new()));
    assert_eq!(claim(10, 1500).0, Verdict::Inconclusive);
    assert_eq!(claim(3, 2000), (Verdict::Inconclusive, "r: launches 3/10".to_owned()));

    // The record as a whole is quiet, to 0.2 %; what decides is the twin in the same group.
    let (verdict, why) = judged(&lines(10, 6, 2000, 1030));
    assert_eq!((verdict, why.as_str()), (Verdict::Inconclusive, "r: A/A spread 3 % is above 2 %"));
    let (verdict, why) = judged(&lines(10, 5, 2000, 1000));
    assert!(why.ends_with(": 50 rounds are too few for an interval"), "{why}");
    assert_eq!(verdict, Verdict::Inconclusive);
    let (_, why) = judged(&lines(3, 3, 2000, 1000));
    assert!(why.ends_with(": too few rounds: 9 of at least 10"), "{why}");
    let twinless: Vec<Line> = lines(10, 6, 2000, 1000)
        .into_iter()
        .filter(|line| line.samples.as_ref().is_some_and(|samples| samples.aa == 0))
        .collect();
    let (verdict, why) = judged(&twinless);
    assert!(why.ends_with(": no A/A control in its group"), "{why}");
    assert_eq!(verdict, Verdict::Inconclusive);
}

#[test]
fn a_control_that_fires_makes_the_claim_invalid() {
    let claim = |role: Role, fired: Outcome| {
        let check = format!("{LOST}[[guard]]\nkind = \"control-quiet\"\n");
        let lines = [
            exact(HAZARD, 0, &[("lost_items", 1)]),
            outcome(CONTROL, role, &[(Outcome::Absent, None), (fired, None)]),
        ];
        Tree::new(&check).pin("sim", "a", &lines).claim()
    };
    assert!(claim(Role::Control, Outcome::Absent).marks.is_empty());
    let fired = claim(Role::Control, Outcome::Occurs);
    assert_eq!(fired.marks, [Mark::Invalid]);
    assert!(fired.targets["sim"].reason.clone().unwrap().contains("occurs on schedule 1"));
    assert_eq!(claim(Role::Hazard, Outcome::Absent).marks, [Mark::Invalid], "no control ran");
}

#[test]
fn designs_that_have_to_agree_are_compared() {
    let check = r#"
[[check]]
name = "polls"
of = { workload = "join-width-scaling", case = "own", design = ["poll", "scoped"], metric = "leaf_polls" }
compare = "value"
reduce = "max"
at_most = 100
targets = ["sim"]
[[guard]]
kind = "receipts-equal"
"#;
    let marks = |receipt: u64| {
        let mut lines = ["poll", "scoped"].map(|design| {
            let cell = format!("join-width-scaling/own,n=8@{design}:own");
            exact(&cell, 0, &[("leaf_polls", 16)])
        });
        lines[1].receipt = Some(Receipt(receipt));
        Tree::new(check).pin("sim", "a", &lines).claim().marks
    };
    assert!(marks(1).is_empty());
    assert_eq!(marks(2), [Mark::Invalid]);
}

#[test]
fn a_bound_that_changed_after_measuring_is_post_hoc_and_prose_is_not() {
    let mut tree = Tree::new(LOST);
    tree.pin("sim", "a", &[exact(HAZARD, 0, &[("lost_items", 12)])]);
    let path = "rfc/claims/C900-test.toml";
    let text = format!("{}{LOST}", fixture::HEAD);
    tree.write(path, &text.replace("title = \"t\"", "title = \"another\""));
    assert!(tree.claim().marks.is_empty());
    tree.write(path, &text.replace("at_least = 1", "at_least = 2"));
    assert_eq!(tree.claim().marks, [Mark::PostHoc]);
}

#[test]
fn a_claim_that_its_record_does_not_know_is_newer_and_not_post_hoc() {
    let mut tree = Tree::new(LOST);
    tree.pin("sim", "a", &[exact(HAZARD, 0, &[("lost_items", 12)])]);
    let new = format!("{}{LOST}", fixture::HEAD).replace("C900", "C901");
    tree.write("rfc/claims/C901-test.toml", &new);
    let claims = tree.eval().claims;
    assert!(claims["C900"].marks.is_empty());
    assert_eq!(claims["C901"].marks, [Mark::Newer]);
    // What was not measured was not known either.
    let open = new.replace("case = \"hazard\"", "case = \"control\"");
    tree.write("rfc/claims/C901-test.toml", &open);
    assert!(tree.eval().claims["C901"].marks.is_empty());
}

#[test]
fn history_holds_the_verdict_of_earlier_records_only() {
    let mut tree = Tree::new(LOST);
    tree.record("sim", "old", &[exact(HAZARD, 0, &[("lost_items", 0)])]);
    tree.record("sim", "unlisted", &[exact(HAZARD, 0, &[("lost_items", 0)])]);
    tree.pin("sim", "new", &[exact(HAZARD, 0, &[("lost_items", 5)])]);
    tree.write("rfc/pins.toml", "[sim]\njudge = \"sim/new\"\nhistory = [\"sim/old\"]\n");
    let claim = tree.claim();
    assert_eq!(claim.verdict, Verdict::Supported);
    assert_eq!(claim.history.len(), 1);
    assert_eq!(claim.history[0].record, "sim/old");
    assert_eq!(claim.history[0].verdict, Verdict::Contradicted);
}

#[test]
fn a_history_that_is_written_down_outlives_its_record_and_is_not_judged_again() {
    let mut tree = Tree::new(LOST);
    tree.record("sim", "old", &[exact(HAZARD, 0, &[("lost_items", 0)])]);
    tree.pin("sim", "new", &[exact(HAZARD, 0, &[("lost_items", 5)])]);
    tree.write("rfc/pins.toml", "[sim]\njudge = \"sim/new\"\nhistory = [\"sim/old\"]\n");
    let (before, history) = xtask_judge::eval_with_history(tree.root()).expect("verdicts");
    std::fs::remove_dir_all(tree.root().join("reports/data/sim/old")).expect("removed");
    assert!(tree.error().contains("`sim/old` is pinned; restore it"));
    tree.write(xtask_judge::history::HISTORY, &history.to_toml());
    assert_eq!(tree.eval(), before);
    let [past] = before.claims["C900"].history.as_slice() else { panic!("one entry") };
    assert_eq!((past.value.as_str(), past.other_checks), ("lost: 0 items", false));
    // A bound that moves later changes no entry, and shows.
    let moved = format!("{}{LOST}", fixture::HEAD).replace("at_least = 1", "at_least = 0");
    tree.write("rfc/claims/C900-test.toml", &moved);
    let past = &tree.claim().history[0];
    assert_eq!((past.verdict, past.other_checks), (Verdict::Contradicted, true));
}

#[test]
fn records_can_be_judged_instead_of_the_pinned_ones_and_twice_is_the_same() {
    let mut tree = Tree::new(LOST);
    tree.pin("sim", "pinned", &[exact(HAZARD, 0, &[("lost_items", 5)])]);
    let local = tree.record("sim", "local", &[exact(HAZARD, 0, &[("lost_items", 0)])]);
    let now = xtask_judge::eval_records(tree.root(), std::slice::from_ref(&local)).unwrap();
    assert_eq!(now.claims["C900"].verdict, Verdict::Contradicted);
    let on = xtask_judge::eval_record(tree.root(), &local).unwrap();
    assert_eq!(on["C900"].verdict, Verdict::Contradicted);
    assert_eq!(tree.claim().verdict, Verdict::Supported);
    assert_eq!(tree.eval().to_json(), tree.eval().to_json());
}

#[test]
fn counts_of_another_design_void_what_reads_them() {
    let mut tree = Tree::new(&LOST.replace("sim", "linux").replace("lost_items", "allocs"));
    let markers = fixture::HEAD.replace("C900", "C083").to_owned()
        + r#"
[[check]]
name = "foreign"
of = { design = "poll", variant = "*", metric = "foreign_markers" }
compare = "value"
reduce = "max"
equals = 0
targets = ["linux"]
"#;
    tree.write("rfc/claims/C083-markers.toml", &markers);
    for (name, foreign, marks) in [("a", 0, vec![]), ("b", 1, vec![Mark::Invalid])] {
        let line = exact(HAZARD, 0, &[("allocs", 12), ("foreign_markers", foreign)]);
        tree.record("linux", name, &[line]);
        tree.write("rfc/pins.toml", &format!("[linux]\njudge = \"linux/{name}\"\n"));
        assert_eq!(tree.claim().marks, marks);
    }
    let _ = tree.pin("sim", "a", &[]);
}

#[test]
fn wrong_input_names_file_and_line_and_the_nearest_ids() {
    for (from, to, expected) in [
        ("lost_items", "lost_itemz", "nearest: lost_items"),
        ("select-recreate-loss", "select-recreate-los", "nearest: select-recreate-loss"),
        ("lost_items", "instr", "sim does not report `instr`, it is reported on cortex-m4, linux"),
        ("lost_items", "resumes", "no runner reports it yet; nearest on sim: "),
        ("\"poll\"", "\"pol\"", "unknown design `pol`; nearest: poll"),
        ("\"hazard\"", "\"hazzard\"", "nearest: hazard"),
        ("[\"sim\"]", "[\"simm\"]", "nearest: sim"),
        ("at_least = 1", "at_leest = 1", "unknown field `at_leest`"),
        ("at_least = 1", "", "exactly one of"),
        ("{:,} items", "{:e} items", "`{:e} items` has no hole such as"),
        ("lost.result", "lots.result", "unknown check `lots`; nearest: lost"),
    ] {
        let tree = Tree::new(&LOST.replace(from, to));
        let error = tree.error();
        assert!(error.contains(expected), "{error}");
        assert!(
            error.contains("rfc/claims/C900-test.toml:1") && !error.contains("toml:1:"),
            "{error}"
        );
        let chain = xtask_judge::eval(tree.root()).unwrap_err();
        assert!(chain.is::<xtask_judge::BadInput>());
    }
}
