//! The runner of target `sim` is built without optimisation across crates. That must not be
//! seen in what it answers.

use std::path::Path;
use std::time::Duration;

use record::{Kind, Line};
use xtask_bench::plan::{jobs, plan};
use xtask_bench::runner::{Command, Limits, Recipe, Stop, run_jobs};
use xtask_bench::{BenchArgs, Profile, Tree};
use xtask_cargo::Watch;

/// One that loses items, one that deadlocks, one with memory in flight, one whose sizes are
/// counted, and one whose polls are.
const WORKLOADS: [&str; 5] = [
    "select-recreate-loss",
    "futurelock",
    "inflight-buffer-cancel",
    "future-size-growth",
    "join-width-scaling",
];
const DESIGNS: [&str; 2] = ["poll", "completion"];

fn answers(tree: &Tree, args: &BenchArgs, change: impl Fn(Recipe) -> Recipe) -> Vec<Line> {
    let jobs = jobs(&plan(tree, args).expect("a plan"), "sim");
    let recipe = Recipe::of(tree, "sim", args.profile(), &jobs, false).expect("a recipe");
    let mut watch = Watch { what: "a test", say: &mut |_| {}, stopped: &|| false, passes: false };
    let program = change(recipe).build(&tree.root, &mut watch).expect("builds");
    let command = Command { program, args: vec!["run".to_owned()], env: &[] };
    let limits = Limits { timeout: Duration::from_secs(600), memory_mib: 0 };
    let mut lines = Vec::new();
    run_jobs(&command, limits, &jobs, &Stop::default(), &mut |_, answered| {
        lines.extend(answered);
        Ok(())
    })
    .expect("the runner starts");
    lines
}

#[test]
fn outcomes_and_counts_do_not_depend_on_optimisation() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let tree = Tree::at(&root.canonicalize().expect("the tree")).expect("the tree");
    let words = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect();
    let args = BenchArgs {
        profile: Some(Profile::Smoke),
        target: words(&["sim"]),
        workload: words(&WORKLOADS),
        design: words(&DESIGNS),
        ..BenchArgs::default()
    };
    let quick = answers(&tree, &args, |recipe| recipe);
    let optimised = answers(&tree, &args, |recipe| Recipe { profile: "release", ..recipe });
    assert!(quick.iter().filter(|line| line.kind == Kind::Outcome).count() > 20);
    assert!(quick.iter().any(|line| line.values.contains_key("future_bytes")));
    for (quick, optimised) in quick.iter().zip(&optimised) {
        assert_eq!(quick, optimised);
    }
    assert_eq!(quick.len(), optimised.len());
}
