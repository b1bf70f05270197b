//! What is planned, from files alone.

mod common;

use std::collections::BTreeSet;

use record::Request;
use xtask_bench::plan::{CellKind, Plan, jobs, plan};
use xtask_bench::{BenchArgs, Profile, Shard, Tree, exit_code};

fn planned(tree: &Tree, args: &BenchArgs) -> Plan {
    plan(tree, args).expect("a plan")
}

fn words(plan: &Plan) -> Vec<String> {
    let word = |c: &xtask_bench::plan::PlannedCell| {
        format!("{} {} {} x{}", c.target, c.kind.word(), c.cell, c.launches)
    };
    plan.cells.iter().map(word).collect()
}

fn only(target: &str) -> BenchArgs {
    BenchArgs { target: vec![target.to_owned()], ..BenchArgs::default() }
}

#[test]
fn a_target_has_the_kinds_that_it_can_take() {
    let (_dir, tree) = common::tree();
    assert_eq!(tree.targets, ["sim", "linux", "host"]);
    let mut args = only("linux");
    args.design = vec!["poll".to_owned()];
    args.profile = Some(Profile::Standard);
    assert_eq!(
        words(&planned(&tree, &args)),
        [
            "linux exact+instr first/a,n=1@poll:own x2",
            "linux time first/a,n=1@poll:own x3",
            "linux exact+instr first/b,n=1@poll:own x2",
            "linux time first/b,n=1@poll:own x3",
        ]
    );
    args.profile = Some(Profile::Smoke);
    assert_eq!(
        words(&planned(&tree, &args)),
        ["linux exact first/a,n=1@poll:own x1", "linux exact first/b,n=1@poll:own x1"]
    );
}

#[test]
fn a_pair_that_cannot_run_is_a_row_with_its_reason() {
    let (_dir, tree) = common::tree();
    let mut args = only("sim");
    args.workload = vec!["second".to_owned()];
    let plan = planned(&tree, &args);
    let rows: Vec<_> =
        plan.cells.iter().map(|c| (c.cell.to_string(), c.unsupported.clone())).collect();
    assert!(
        rows.contains(&("second/a,n=1@scoped:own".to_owned(), Some("no borrowing".to_owned())))
    );
    assert!(rows.contains(&("second/a,n=1@poll:own".to_owned(), None)));
    assert!(rows.iter().all(|(cell, _)| !cell.contains("peers-only")));
    args.peers = true;
    let with_peers = words(&planned(&tree, &args));
    assert!(with_peers.contains(&"sim exact second/peers-only,n=2@futures:own x2".to_owned()));
    assert!(with_peers.iter().all(|row| !row.contains("second/a,n=1@futures")));
}

#[test]
fn the_compiler_is_asked_once_per_case_whatever_the_sizes() {
    let (_dir, tree) = common::tree();
    let plan = planned(&tree, &only("host"));
    assert!(plan.cells.iter().all(|c| c.kind == CellKind::Compile && c.cell.n == 0));
    assert_eq!(plan.cells.len(), 8, "{:#?}", words(&plan));
}

#[test]
fn a_first_answer_leaves_out_what_takes_long_and_no_claim_asks_for() {
    let (_dir, tree) = common::tree();
    let args = BenchArgs::default();
    assert_eq!(args.profile(), Profile::Quick);
    let targets = |args: &BenchArgs| planned(&tree, args).targets();
    assert_eq!(targets(&args), ["sim", "host"], "no claim asks for linux");
    let claim = tree.root.join("rfc/claims/C001-a-claim.toml");
    let text = std::fs::read_to_string(&claim).expect("a claim");
    let asks = text.replace("\"allocs\", at = { n = [7, 9] }", "\"instr\", at = { n = 1 }");
    std::fs::write(&claim, asks.replace("[\"sim\"]", "[\"linux\"]")).expect("written");
    let tree = Tree::at(&tree.root).expect("a tree");
    let of_linux = |args: &BenchArgs| -> Vec<String> {
        words(&planned(&tree, args)).into_iter().filter(|row| row.starts_with("linux")).collect()
    };
    let asked = [
        "linux exact+instr first/a,n=1@poll:own x2",
        "linux exact+instr first/a,n=1@scoped:own x2",
    ];
    assert_eq!(of_linux(&args), asked, "and nothing is timed");
    // A claim about all that is measured asks for nothing by itself.
    let every = "id = \"C002\"\ntitle = \"All\"\n[[check]]\nof = { design = \"*\", metric = \
        \"own_markers\" }\ncompare = \"value\"\ntargets = [\"linux\"]\n";
    std::fs::write(tree.root.join("rfc/claims/C002-all.toml"), every).expect("written");
    let tree = Tree::at(&tree.root).expect("a tree");
    let rows = words(&planned(&tree, &args));
    assert_eq!(rows.iter().filter(|row| row.starts_with("linux")).count(), asked.len());
    // A target that is named is measured whole.
    assert_eq!(of_linux(&only("linux")).len(), 4);
    // For a claim and for a record everything that they can read is taken.
    let claimed = BenchArgs { claim: vec!["C001".to_owned()], ..BenchArgs::default() };
    let recorded = BenchArgs { record: true, ..BenchArgs::default() };
    assert_eq!((claimed.profile(), recorded.profile()), (Profile::Standard, Profile::Standard));
    assert_eq!(of_linux(&recorded).len(), 8);
}

#[test]
fn a_claim_asks_for_the_cells_that_its_checks_name() {
    let (_dir, tree) = common::tree();
    let args = BenchArgs { claim: vec!["C001".to_owned()], ..BenchArgs::default() };
    let cells: BTreeSet<String> =
        planned(&tree, &args).cells.iter().map(|c| format!("{} {}", c.target, c.cell)).collect();
    let expected = [
        "sim first/a,n=7@poll:own",
        "sim first/a,n=7@scoped:own",
        "sim first/a,n=9@poll:own",
        "sim first/a,n=9@scoped:own",
    ];
    assert_eq!(cells, expected.map(str::to_owned).into());
}

#[test]
fn shards_are_a_partition_and_keep_groups_together() {
    let (_dir, tree) = common::tree();
    let whole = planned(&tree, &BenchArgs::default());
    let mut seen: Vec<String> = Vec::new();
    let mut groups: Vec<BTreeSet<String>> = Vec::new();
    for index in 1..=3 {
        let shard = Some(Shard { index, of: 3 });
        let part = planned(&tree, &BenchArgs { shard, ..BenchArgs::default() });
        seen.extend(words(&part));
        groups.push(part.cells.iter().map(|c| format!("{} {}", c.target, c.group())).collect());
    }
    let mut all = words(&whole);
    all.sort();
    seen.sort();
    assert_eq!(seen, all);
    assert!(groups[0].is_disjoint(&groups[1]) && groups[1].is_disjoint(&groups[2]));
    assert!(groups[0].is_disjoint(&groups[2]));
}

#[test]
fn a_timed_group_is_asked_for_enough_rounds_and_not_for_ever() {
    let (_dir, tree) = common::tree();
    let plan =
        planned(&tree, &BenchArgs { profile: Some(Profile::Standard), ..BenchArgs::default() });
    let timed: Vec<Request> = jobs(&plan, "linux")
        .iter()
        .filter(|job| job.kind == CellKind::Time)
        .map(xtask_bench::plan::Job::request)
        .collect();
    assert!(!timed.is_empty());
    for request in timed {
        let Request::Time { cap_ms, least_rounds, ceiling_ms, .. } = request else {
            panic!("{request:?}")
        };
        assert_eq!((least_rounds, ceiling_ms), (24, 120_000));
        assert!(cap_ms < ceiling_ms);
    }
}

#[test]
fn versions_are_those_of_the_crates_that_take_part() {
    let (_dir, tree) = common::tree();
    let package = |name: &str, version: &str, source: &str| {
        format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{source}\n")
    };
    let registry = "source = \"registry+https://example.org\"";
    let lock = [
        package("tokio", "1.99.0", registry),
        package("futures-util", "0.3.99", registry),
        package("mio", "1.0.0", registry),
        package("poll", "0.1.0", ""),
    ];
    std::fs::write(tree.root.join("Cargo.lock"), lock.concat()).expect("written");
    let inputs = xtask_bench::Inputs::of(&tree, "rustc").expect("inputs");
    let crates = inputs.crates(&BTreeSet::from(["own", "poll", "futures", "tokio"]));
    let crates: Vec<String> = crates.iter().map(|(name, v)| format!("{name} {v}")).collect();
    assert_eq!(crates, ["futures-util 0.3.99", "tokio 1.99.0"]);
}

#[test]
fn unknown_ids_are_input_errors_that_name_the_nearest() {
    let (_dir, tree) = common::tree();
    let list = |text: &str| vec![text.to_owned()];
    for (args, hint) in [
        (BenchArgs { design: list("pol"), ..BenchArgs::default() }, "`poll`"),
        (BenchArgs { workload: list("frist"), ..BenchArgs::default() }, "`first`"),
        (BenchArgs { target: list("linx"), ..BenchArgs::default() }, "`linux`"),
        (BenchArgs { claim: list("C002"), ..BenchArgs::default() }, "`C001`"),
    ] {
        let error = plan(&tree, &args).expect_err("unknown");
        assert_eq!(exit_code(&error), 2);
        assert!(error.to_string().contains(hint), "{error}");
    }
}

#[test]
fn a_damaged_file_is_named_with_its_line() {
    let (_dir, tree) = common::tree();
    let path = tree.root.join("workloads/suite/first.toml");
    std::fs::write(&path, "id = \"first\"\ntitle = 3\n").expect("written");
    let error = Tree::at(&tree.root).expect_err("damaged");
    assert_eq!(exit_code(&error), 2);
    let text = error.to_string();
    assert!(text.contains("first.toml") && text.contains("line 2"), "{text}");
}

/// On the repository itself: a form that only some modes of a design have is planned for those.
#[test]
fn a_case_may_be_held_by_modes() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let tree = Tree::at(&root).expect("this repository");
    let mut args = only("sim");
    args.workload = vec!["select-fix-matrix".to_owned()];
    let plan = planned(&tree, &args);
    let holders = |case: &str| -> BTreeSet<String> {
        let cells = plan.cells.iter().map(|planned| &planned.cell);
        let of_case = cells.filter(|cell| cell.case == case && cell.variant == "idiomatic");
        of_case.map(|cell| format!("{}/{:?}", cell.design, cell.mode.as_deref())).collect()
    };
    let names = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(
        holders("respawn-send"),
        names(&["owned/Some(\"cancel\")", "owned/Some(\"token\")"])
    );
    let children = holders("children-send");
    assert!(children.contains("owned/Some(\"detach\")"), "{children:?}");
    assert!(!children.contains("owned/Some(\"token\")"), "{children:?}");
}

/// Filters take the words of a record; controls stay, and what is not there is named.
#[test]
fn a_cell_is_asked_for_as_a_record_writes_it() {
    let (_dir, tree) = common::tree();
    let cells = |workload: &str, design: &str| -> BTreeSet<String> {
        let mut args = only("sim");
        args.workload = vec![workload.to_owned()];
        args.design = vec![design.to_owned()];
        planned(&tree, &args).cells.iter().map(|c| c.cell.to_string()).collect()
    };
    let whole = cells("first", "poll");
    let hazard = cells("first/a", "poll");
    assert!(whole.iter().any(|cell| cell.starts_with("first/b,")), "{whole:?}");
    assert_eq!(hazard, whole, "`b` is the control of `a`");
    let control = cells("first/b", "poll");
    assert!(!control.is_empty() && control.iter().all(|cell| cell.starts_with("first/b,")));
    assert_eq!(cells("first/*", "po*+portable"), whole);
    for (workload, design, says) in [
        ("first/c", "poll", "nothing is called `first/c`; there is `first/a`, `first/b`"),
        ("frist/a", "poll", "did you mean `first`?"),
        ("first", "poll/x", "nothing is called `poll/x`; there is `poll`"),
        ("first", "poll+x", "nothing is called `poll+x`; there is `poll`"),
        ("first", "pol/x", "did you mean `poll`?"),
        ("first/[", "poll", "`first/[` is not a glob"),
    ] {
        let mut args = only("sim");
        args.workload = vec![workload.to_owned()];
        args.design = vec![design.to_owned()];
        let error = plan(&tree, &args).expect_err(workload);
        assert_eq!(exit_code(&error), 2, "{error:#}");
        assert!(error.to_string().contains(says), "{workload} {design}: {error:#}");
    }
}
