//! Pages as a reader finds them, from records as the tool writes them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::fixture;

/// A tree without records.
fn tree() -> TempDir {
    let root = TempDir::new().expect("a temporary folder");
    fs::create_dir_all(root.path().join("reports")).expect("a folder");
    let predictions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports/predictions.toml");
    fs::copy(predictions, root.path().join("reports/predictions.toml")).expect("predictions");
    root
}

/// All pages and figures of a local run over the four records, by name.
pub(crate) fn rendered() -> &'static BTreeMap<String, String> {
    static ONCE: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    ONCE.get_or_init(|| render(str::to_owned))
}

/// The same, of records whose `run.json` was changed.
pub(crate) fn render(change: fn(&str) -> String) -> BTreeMap<String, String> {
    let root = tree();
    let records = root.path().join("reports/local");
    let builders = [fixture::sim(), fixture::linux(), fixture::board(), fixture::host()];
    let dirs: Vec<PathBuf> = builders.into_iter().map(|builder| builder.write(&records)).collect();
    for run in dirs.iter().map(|dir| dir.join("run.json")) {
        let text = fs::read_to_string(&run).expect("a record has one");
        fs::write(&run, change(&text)).expect("writes");
    }
    let out = records.join("pages");
    let written = xtask_report::render_local(root.path(), &dirs, &out).expect("renders");
    let name = |path: &Path| path.strip_prefix(&out).expect("inside").display().to_string();
    let text = |path: &Path| fs::read_to_string(path).expect("a written file");
    let pages: BTreeMap<String, String> =
        written.iter().map(|path| (name(path), text(path))).collect();
    for (name, text) in &pages {
        assert!(!text.contains(&root.path().display().to_string()), "{name} names a local path");
    }
    pages
}

/// The row of a page's tables that holds all these texts.
pub(crate) fn row<'a>(page: &'a str, texts: &[&str]) -> &'a str {
    page.lines()
        .find(|line| line.starts_with('|') && texts.iter().all(|text| line.contains(text)))
        .unwrap_or_else(|| panic!("no row with {texts:?} in:\n{page}"))
}

#[test]
fn a_hazard_shows_outcome_severity_share_and_price() {
    let page = &rendered()["hazards.md"];
    let matrix = row(page, &["[select-recreate-loss]", "hazard, n=30"]);
    assert!(matrix.contains("● occurs<br>11 units, worst 13<br>95 % of 65 schedules<br>250 ms"));
    assert!(matrix.contains("⇄ converted<br>290 → 311 ms to finish"), "{matrix}");
    let lock = row(page, &["[futurelock]", "a, n=2"]);
    assert!(lock.contains("● occurs (deadlock)"), "{lock}");
    let detail = row(page, &["hazard", "`completion/c1`", "⇄ converted", "0 % of 65 schedules"]);
    assert!(detail.contains("| 41 |") && detail.contains("| 311 |"), "{detail}");
}

#[test]
fn what_cannot_be_written_is_a_row_with_its_reason() {
    let page = &rendered()["hazards.md"];
    let lock = row(page, &["[futurelock]", "a, n=2"]);
    assert!(lock.contains("✗ inexpressible (E0521): the borrow ends with the arm"), "{lock}");
    let other = row(page, &["[futurelock]", "b, n=2"]);
    assert!(other.contains("✗ inexpressible (E0521)"), "in every mode of the design: {other}");
}

#[test]
fn a_prediction_that_failed_is_marked() {
    let page = &rendered()["hazards.md"];
    let said = page.split("## Predicted and measured").nth(1).expect("a section");
    assert!(row(said, &["| select-fix-matrix"]).contains("**≠ differs**"), "completion deadlocks");
    let loss = row(said, &["| select-recreate-loss"]);
    assert_eq!(loss.matches("as predicted").count(), 3, "{loss}");
    assert!(loss.contains("○ absent<br>`scoped/local+idiomatic`: ○ absent"), "{loss}");
    assert!(loss.contains("not measured: no prototype yet"), "{loss}");
    let depth = row(said, &["| await-depth-cost"]);
    assert!(
        depth.contains("`poll`: 20 % of the first level each, on linux<br>as predicted"),
        "{depth}"
    );
    assert!(depth.contains("not predicted for this mode"), "{depth}");
    let scaling = row(said, &["| join-width-scaling"]);
    assert!(scaling.contains("either was expected"), "{scaling}");
}

#[test]
fn curves_carry_their_slopes_and_repeat_their_numbers() {
    let files = rendered();
    let page = &files["scaling.md"];
    let select = row(page, &["select_all", "`futures`", "501,500"]);
    assert!(select.ends_with("| slope 1.95 |"), "{select}");
    assert!(row(page, &["join_all", "2,000"]).ends_with("| falls at 31, no one slope |"));
    assert!(row(page, &["unordered", "2,000"]).ends_with("| slope 1.00 |"));
    assert!(page.contains("futures, unordered (slope 1.00): 8 → 16, 10 → 20"), "alternative text");
    let svg = &files["plots/scaling-leaf-polls-dark.svg"];
    assert!(svg.contains("<desc>") && svg.contains("slope 1.95"), "numbers in the figure");
    assert_ne!(svg, &files["plots/scaling-leaf-polls-light.svg"]);
}

#[test]
fn depth_is_per_wake_with_the_cost_of_a_frame() {
    let page = &rendered()["depth.md"];
    let poll = row(page, &["| a |", "`poll`", "15,060.0"]);
    assert!(poll.contains("+15.0 per frame (20 % of depth 1)"), "{poll}");
    assert!(page.contains("not cycles"));
}

#[test]
fn footprints_are_less_the_empty_image() {
    let page = &rendered()["embedded.md"];
    let poll = row(page, &["| `poll` |", "5,240"]);
    // 5240 + 310 + 16 less 1200 + 96 + 16, and 16 + 420 less 16 + 64.
    assert!(poll.starts_with("| `poll` | +4,254 | +356 | +452 | +48,120 |"), "{poll}");
    let empty = row(page, &["| empty image | 0 |"]);
    assert!(empty.contains("| 1,200 |") && !page.contains("`empty`"), "{empty}");
    assert!(page.contains("not cycles"));
}

#[test]
fn wall_time_is_a_ratio_behind_gates() {
    let files = rendered();
    let page = files["cost.md"].split("## spawn-cost").nth(1).expect("a section");
    let faster = row(page, &["| a | 1 | `completion/c1` |"]);
    assert!(faster.contains("| 0.950 |") && faster.contains("| faster |"), "{faster}");
    assert!(row(page, &["| a | 1 | `scoped/local` |"]).contains("| slower |"));
    assert!(row(page, &["| b | 1 | `scoped/local` |"]).contains("| equal |"));
    assert!(faster.contains("indicative: fewer than 10 launches"), "{faster}");
    let busy = row(page, &["| busy | 1 | `scoped/local` |"]);
    assert!(busy.contains("| refused |") && busy.contains("under 20 % of rounds clean"), "{busy}");
    let late = row(page, &["| late | 1 | `poll` |"]);
    assert!(late.contains("timeout: no block of the cell ended"), "{late}");
    let words = "Over all groups of the run together, which those with most rounds decide: 0.18 %.";
    assert_eq!(page.matches(words).count(), 1, "with the one wall table");
}

#[test]
fn a_group_is_judged_by_its_own_twin() {
    let files = rendered();
    let page = files["cost.md"].split("## spawn-cost").nth(1).expect("a section");
    let noisy = row(page, &["| noisy | 1 | `completion/c1` |"]);
    assert!(
        noisy.contains("| refused | – | – | refused: A/A spread above 2 % (3.0 %) |"),
        "{noisy}"
    );
    let control = row(page, &["| noisy | 1 | A/A control: `completion/c1` |"]);
    assert!(control.contains("| – | A/A spread 3.0 % | 3 | 120 |"), "{control}");
    let quiet = row(page, &["| a | 1 | A/A control: `poll` |"]);
    assert!(quiet.contains("| A/A spread 0."), "others are quiet: {quiet}");
    assert!(row(page, &["| a | 1 | `completion/c1` |"]).contains("| faster |"), "and shown");
    assert!(page.contains(", the largest in noisy, n = 1, `own`."), "{page}");
    let figure = &files["plots/wall-spawn-cost-light.svg"];
    assert!(figure.contains("noisy, n=1: A/A completion/c1"), "in the figure too");
    assert!(figure.contains("wall time of a call over that of poll, logarithmic"));
    assert!(figure.contains("3 launches; zone of indifference"));
}

#[test]
fn few_rounds_are_no_interval() {
    let page = rendered()["cost.md"].split("## spawn-cost").nth(1).expect("a section").to_owned();
    let long = row(&page, &["| long | 1 | `completion/c1` |"]);
    assert!(long.contains("| refused | – | – | refused: too few rounds (3 of at least 10) |"));
    let control = row(&page, &["| long | 1 | A/A control:"]);
    assert!(control.contains(", range of 3 rounds | – | no A/A spread: too few rounds: 3 of"));
    assert!(
        page.contains("1 group has none for want of clean rounds.")
            || page.contains("groups have none for want")
    );
    let longer = row(&page, &["| longer | 1 | `completion/c1` |"]);
    assert!(longer.contains(", range of 12 rounds | slower |"), "{longer}");
    assert!(longer.contains("indicative: too few rounds for an interval"), "{longer}");
}

#[test]
fn the_command_under_a_table_measures_what_stands_in_it() {
    let files = rendered();
    let again =
        "Again: `cargo xtask bench --target linux --workload spawn-cost --profile quick --peers`.";
    assert!(files["cost.md"].contains(again), "peers have to be asked for");
    let index = row(&files["README.md"], &["| linux | [linux/"]);
    assert!(
        index.contains("`cargo xtask bench --target linux --profile quick --peers`"),
        "{index}"
    );
    let server = &files["server-io.md"];
    assert!(server.contains("Release of the kernel: 6.1.\nVersions of the crates: tokio 1.99.0."));
}

#[test]
fn what_nobody_counted_is_no_zero() {
    let page = &rendered()["hazards.md"];
    let ours = row(page, &["| hazard | 30 | `poll` |"]);
    assert!(ours.contains("| 41 |"), "{ours}");
    let tokio = row(page, &["| hazard | 30 | `tokio:tokio` |"]);
    assert!(tokio.contains("| – | 260 | – |"), "a paused clock is read, wakes are not: {tokio}");
}

#[test]
fn every_table_of_measurements_names_its_record_and_command() {
    for (name, page) in rendered().iter().filter(|(name, _)| name.ends_with(".md")) {
        let tables = page.lines().filter(|line| line.starts_with("| ---")).count();
        let commands = page.matches("Again: `cargo xtask bench --target ").count();
        let listed = match name.as_str() {
            "README.md" => tables,
            // And what was not built, which is in no record.
            "server-io.md" => commands + 1,
            _ => commands,
        };
        assert_eq!(tables, listed, "{name}");
    }
}

#[test]
fn local_pages_link_to_what_stands_elsewhere() {
    let page = &rendered()["hazards.md"];
    assert!(page.contains("[METHOD.md](../../METHOD.md)"), "{page}");
    assert!(page.contains("[claims](../../../rfc/evidence/)"), "{page}");
    assert!(page.contains("](../sim/2026-11-23-0123456789/run.json)"), "{page}");
}

#[test]
fn the_same_records_make_the_same_bytes() {
    assert_eq!(*rendered(), render(str::to_owned));
}

#[test]
fn a_damaged_record_is_refused_with_file_and_line() {
    let root = tree();
    let dir = fixture::sim().write(&root.path().join("reports/local"));
    let file = dir.join("poll.jsonl");
    let text =
        fs::read_to_string(&file).expect("reads").replacen("\"severity\":11", "\"severity\":x", 1);
    fs::write(&file, text).expect("writes");
    let out = root.path().join("out");
    let error = xtask_report::render_local(root.path(), &[dir], &out).expect_err("damaged");
    assert!(format!("{error:#}").contains("poll.jsonl:1"), "{error:#}");
    assert!(!out.exists(), "nothing is written");
}
