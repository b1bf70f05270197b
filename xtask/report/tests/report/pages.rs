//! Pages as a reader finds them, from records as the tool writes them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::fixture;

/// A tree without records: what this tree says of designs, crates, runtimes and hazards.
pub(crate) fn tree() -> TempDir {
    let root = TempDir::new().expect("a temporary folder");
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut copied = 0;
    for folder in [
        "prototypes",
        "workloads/peers",
        "workloads/targets/linux/baselines",
        "workloads/targets/cortex-m4/baselines",
    ] {
        for entry in fs::read_dir(here.join(folder)).expect("a folder") {
            let dir = entry.expect("an entry").path();
            let inside = root.path().join(folder).join(dir.file_name().expect("a name"));
            fs::create_dir_all(&inside).expect("a folder");
            for name in ["design.toml", "peer.toml", "runtimes.toml"] {
                copied += usize::from(fs::copy(dir.join(name), inside.join(name)).is_ok());
            }
        }
    }
    assert!(copied > 8, "the lists of the tree");
    fs::create_dir_all(root.path().join("reports")).expect("a folder");
    for name in ["predictions.toml", "hazards.toml", "bars.toml", "not_built.toml"] {
        let name = format!("reports/{name}");
        fs::copy(here.join(&name), root.path().join(&name)).expect("a list by hand");
    }
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
fn the_overview_is_one_screen_with_a_sign_and_a_number() {
    let page = &rendered()["hazards.md"];
    assert!(page.lines().count() <= 40, "{page}");
    let loss = row(page, &["[Lossy select loop](hazards/select-recreate-loss.md)"]);
    assert!(loss.contains("| ● 11/30; expert ○ | ● 11/30; idiom ○ |"), "{loss}");
    assert!(loss.contains("| ⇄ +21 ms |"), "against the form that has it and its controls: {loss}");
    let lock = row(page, &["[Futurelock]"]);
    assert!(lock.contains("| ● deadlock | ✗ E0521; idiom ○ |"), "{lock}");
    let costs = ["join-width", "await-depth", "spawn-join"];
    assert!(costs.iter().all(|cost| !page.contains(cost)), "costs have their own pages");
    let fires = "these fire as written: 5 of 6 in `poll`";
    assert!(page.contains(fires), "{page}");
}

#[test]
fn the_page_of_axes_compares_designs_that_differ_in_one_axis() {
    let text = &rendered()["axes.md"];
    let drive = "**`poll` (awaited) and `scoped/local` (scope)**";
    assert!(text.contains(drive), "{text}");
    assert!(!text.contains("**`poll` (may) and `completion/c1`"), "several axes are no pair");
    assert!(text.contains("No two designs that are built differ in `drop` alone"), "{text}");
    let after = text.split(drive).nth(1).expect("the pair");
    let section = after.split("\n**").next().expect("its section");
    let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| [")).collect();
    assert!(!rows.is_empty(), "{section}");
    // A row says what differs: two outcomes, or a price.
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert!(cells[2] != cells[3] || cells[4] != "none", "{row}");
    }
    // Forms that are not portable stand nowhere.
    assert!(!text.contains("idiomatic") && !text.contains("expert"), "{text}");
}

#[test]
fn a_prediction_that_failed_is_marked_wherever_it_shows() {
    let files = rendered();
    let matrix = row(&files["hazards.md"], &["[Select loop, hoisted]"]);
    assert!(matrix.contains("| ● deadlock ≠ |"), "{matrix}");
    let page = &files["hazards/select-fix-matrix.md"];
    assert!(page.contains("1 of 2 predictions failed."), "{page}");
    let failed = page.lines().find(|line| line.contains("**the prediction failed**"));
    assert!(
        failed.is_some_and(
            |line| line.contains("`completion/c1`: ⇄ converted was predicted, ● occurs")
        )
    );
    assert!(files["hazards/select-recreate-loss.md"].contains("No prediction failed."));
    let depth = &files["depth.md"];
    let text =
        "`poll`: ● occurs was predicted; one level more costs 20 % of the first: as predicted.";
    assert!(depth.contains(text), "{depth}");
}

#[test]
fn a_hazard_page_has_forms_as_rows_with_count_share_and_price() {
    let page = &rendered()["hazards/select-recreate-loss.md"];
    let same = row(page, &["`poll`, `scoped`", "● occurs"]);
    assert!(same.contains("| severity 11 | 62 of 65 | – |"), "equal ones once: {same}");
    let converted = row(page, &["| recreated arm | `completion` |"]);
    assert!(
        converted.contains("| ⇄ +21 ms to finish | – | 0 of 65 | 311 ms, 0 allocs |"),
        "{converted}"
    );
    let tokio = row(page, &["| recreated arm | `tokio` |"]);
    assert!(tokio.contains("| 65 of 65 | – |"), "{tokio}");
    let replay = "`cargo xtask bench --target sim --workload select-recreate-loss --design poll`";
    assert!(page.contains("Worst in `poll`: schedule 2, with severity 13."), "{page}");
    assert!(page.contains(replay), "{page}");
    assert!(page.contains("Controls: in none of 3 cells did anything fire."), "{page}");
    let board = "On `cortex-m4` (emulated, QEMU) 1 of 2 cells have the same outcome.";
    let plain = board.replace(" (emulated, QEMU)", "");
    assert!(page.contains(&plain) || page.contains(board), "{page}");
    assert!(page.contains("**≠** hazard in `completion/c1`."), "{page}");
}

#[test]
fn what_cannot_be_written_is_a_row_and_its_reason_stands_once() {
    let page = &rendered()["hazards/futurelock.md"];
    assert!(row(page, &["| a lock | `scoped` |"]).contains("| ✗ E0521 | – |"));
    assert!(
        row(page, &["| a full channel |", "✗ E0521"]).contains("scoped/anchored"),
        "in every mode"
    );
    assert_eq!(page.matches("the borrow ends with the arm").count(), 1, "{page}");
    let deadlock = row(page, &["| a lock | `poll`, `completion` |"]);
    assert!(deadlock.contains("| ● deadlock |"), "{deadlock}");
}

#[test]
fn hazards_on_the_clock_of_the_machine_are_counted() {
    let files = rendered();
    let late = row(&files["hazards.md"], &["[Message lost with a read]"]);
    assert!(late.contains("| – |"), "the headline case is not in this record: {late}");
    let page = &files["hazards/socket-op-leak.md"];
    let leak = row(page, &["| ignore |", "● occurs"]);
    assert!(leak.contains("`poll:own-uring`") && leak.contains("| 10 of 20 leaked |"), "{leak}");
    let kept = row(page, &["| ignore |", "○ absent"]);
    assert!(kept.contains("and 2 more (a)"), "{kept}");
    assert!(page.contains("(a) is `completion` (own-epoll, own-uring), `tokio`."), "{page}");
    let copied = &files["hazards/inflight-buffer-cancel.md"];
    assert!(copied.contains("Bytes copied for each byte read: 1 in `poll`"), "{copied}");
}

#[test]
fn curves_share_axes_and_carry_their_names_and_slopes() {
    let files = rendered();
    let page = &files["scaling.md"];
    let select = row(page, &["select_all", "`futures`", "501,500"]);
    assert!(select.ends_with("| 1.95 |"), "{select}");
    assert!(row(page, &["join_all", "2,000"]).ends_with("| falls at 31 |"));
    assert!(row(page, &["unordered", "2,000"]).ends_with("| 1.00 |"));
    let svg = &files["plots/scaling-leaf-polls-dark.svg"];
    assert!(
        svg.contains("<desc>") && svg.contains("\nfutures, select_all\n"),
        "names at the lines"
    );
    assert_ne!(svg, &files["plots/scaling-leaf-polls-light.svg"]);
    assert!(svg.matches("<polyline").count() > 0 && svg.contains("rgb") | svg.contains("#"));
    let answer = "To complete 1,000 siblings takes 2,000 leaf polls";
    assert!(page.contains(answer) && page.contains("501,500 in `futures`"), "{page}");
}

#[test]
fn depth_is_per_wake_with_the_cost_of_a_frame() {
    let page = &rendered()["depth.md"];
    let poll = row(page, &["| a |", "`poll`", "15,060.0"]);
    assert!(poll.contains("+15.0 (20 % of first)"), "{poll}");
    assert!(page.contains("adds 15.0 instructions to a wake in `poll` and 26.0 in `completion`"));
}

#[test]
fn footprints_are_less_the_empty_image() {
    let page = &rendered()["embedded.md"];
    // 5240 + 310 + 16 less 1200 + 96 + 16, and 16 + 420 less 16 + 64.
    let poll = row(page, &["| a | `poll` |", "+4,254"]);
    assert!(poll.starts_with("| a | `poll` | +4,254 | +356 | +452 | +48,120 |"), "{poll}");
    let empty = row(page, &["| – | empty image | 1,200 |"]);
    assert!(!page.contains("`empty`"), "{empty}");
    assert!(page.contains("not cycles") && page.contains("emulated (QEMU)"));
    let svg = &rendered()["plots/embedded-light.svg"];
    assert!(svg.find("\nsuperloop\n") < svg.find("\npoll\n"), "bars are sorted");
}

#[test]
fn wall_time_is_a_ratio_behind_gates() {
    let page = &rendered()["time.md"];
    let faster = row(page, &["| a | 1 | `completion` | 0.950 of `poll` |"]);
    assert!(faster.contains("| faster | indicative: fewer than 10 launches |"), "{faster}");
    assert!(row(page, &["| a | 1 | `scoped` |"]).contains("| slower |"));
    assert!(row(page, &["| b | 1 | `scoped` |"]).contains("| equal |"));
    assert!(
        !page.contains("| busy |") && !page.contains("| noisy |"),
        "refused ones have no ratio"
    );
    let summary = row(page, &["| spawn-cost |"]);
    // busy: two, noisy: one, long: one of three rounds.
    assert!(summary.starts_with("| spawn-cost | 6 | 9 | 4 |"), "{summary}");
    let longer = row(page, &["| longer | 1 |"]);
    assert!(longer.contains(", range of 12 rounds | slower |"), "{longer}");
    assert!(page.contains("4 comparisons are refused for noise."), "{page}");
    assert!(
        page.contains("1 cell could not be timed: timeout: no block of the cell ended."),
        "{page}"
    );
}

#[test]
fn every_page_ends_with_its_record_and_the_command_that_repeats_it() {
    for (name, page) in rendered().iter().filter(|(name, _)| name.ends_with(".md")) {
        let last = page.trim_end().lines().last().expect("a line");
        if name != "README.md" {
            assert!(
                last.starts_with("Record [")
                    && last.contains("; again: `cargo xtask bench --target "),
                "{name}: {last}"
            );
        }
    }
    let timer = &rendered()["timer.md"];
    assert!(timer.contains("Not measured"), "{timer}");
    let echo = &rendered()["echo.md"];
    assert!(echo.contains(
        "again: `cargo xtask bench --target linux --workload tcp-echo --profile quick --peers`."
    ));
}

#[test]
fn no_page_exceeds_a_bar() {
    let pages = rendered().iter().filter(|(name, _)| name.ends_with(".md"));
    let faults = xtask_report::faults(pages.map(|(name, text)| (name.as_str(), text.as_str())));
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn a_new_design_appears_without_a_change_of_the_tool() {
    let root = tree();
    let design = root.path().join("prototypes/fresh");
    fs::create_dir_all(&design).expect("a folder");
    let text = "id = \"fresh\"\nmodes = [\"one\"]\nfamily = \"structured\"\norder = 15\n\
        [axes.one]\ndrop = \"must-complete\"\ndrive = \"scope\"\ncancel = \"value\"\n\
        buffer = \"lent\"\nwake = \"root\"\nshare = \"borrow\"\nworkers = \"one\"\n";
    fs::write(design.join("design.toml"), text).expect("writes");
    let mut sim = fixture::sim();
    sim.outcome("select-recreate-loss/hazard,n=30@fresh/one:own", (5, 65), 9, Some(250));
    sim.outcome("select-recreate-loss/hazard,n=30@structured/local:own", (0, 65), 0, Some(250));
    let dir = sim.write(&root.path().join("reports/local"));
    let out = root.path().join("out");
    xtask_report::render_local(root.path(), &[dir], &out).expect("renders");
    let page = fs::read_to_string(out.join("hazards.md")).expect("a page");
    let head = row(&page, &["| hazard |"]);
    assert!(head.starts_with("| hazard | `poll` | `fresh` | `scoped` |"), "in its order: {head}");
    assert!(row(&page, &["[Lossy select loop]"]).contains("| ● 9/30 |"));
    // `fresh` is before `structured` in one family.
    assert!(!head.contains("`structured`") && head.contains("tokio"), "{head}");
}

#[test]
fn a_mode_that_was_not_predicted_is_not_compared() {
    let root = tree();
    let mut sim = fixture::sim();
    // Absent was predicted for the parallel mode.
    sim.outcome("futurelock/a,n=2@structured/local:own", (1, 1), 1, None);
    let dir = sim.write(&root.path().join("reports/local"));
    let out = root.path().join("out");
    xtask_report::render_local(root.path(), &[dir], &out).expect("renders");
    let page = fs::read_to_string(out.join("hazards/futurelock.md")).expect("a page");
    assert!(page.contains("deadlock, all stuck in `poll`, `structured`, `completion`."), "{page}");
    assert!(page.contains("No prediction failed."), "{page}");
}

#[test]
fn a_shielded_form_says_so() {
    let root = tree();
    let suite = root.path().join("workloads/suite");
    fs::create_dir_all(&suite).expect("a folder");
    let text = "id = \"select-recreate-loss\"\n[[case]]\nid = \"hazard\"\nheadline = true\n\
        [[case]]\nid = \"hazard-unshielded\"\nheadline = true\n";
    fs::write(suite.join("select_recreate_loss.toml"), text).expect("writes");
    let mut sim = fixture::sim();
    sim.outcome(
        "select-recreate-loss/hazard-unshielded,n=30@completion/c1:own",
        (9, 65),
        3,
        Some(250),
    );
    let dir = sim.write(&root.path().join("reports/local"));
    let out = root.path().join("out");
    xtask_report::render_local(root.path(), &[dir], &out).expect("renders");
    let overview = fs::read_to_string(out.join("hazards.md")).expect("a page");
    assert!(row(&overview, &["[Lossy select loop]"]).contains("| ⇄ +21 ms † |"), "{overview}");
    let page = fs::read_to_string(out.join("hazards/select-recreate-loss.md")).expect("a page");
    assert!(row(&page, &["`completion`", "†"]).contains("⇄ +21 ms to finish †"), "{page}");
    assert!(row(&page, &["| recreated arm, bare |"]).contains("| ● occurs |"), "{page}");
    assert!(page.contains("A case called *bare*"), "{page}");
}

#[test]
fn local_pages_link_to_what_stands_elsewhere() {
    let page = &rendered()["hazards.md"];
    assert!(page.contains("[METHOD.md](../../METHOD.md)"), "{page}");
    assert!(page.contains("](../sim/2026-11-23-0123456789/run.json)"), "{page}");
    let inside = &rendered()["hazards/futurelock.md"];
    assert!(inside.contains("[predictions.toml](../../../predictions.toml)"), "{inside}");
    assert!(inside.contains("](../../sim/2026-11-23-0123456789/run.json)"), "{inside}");
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
    let text = fs::read_to_string(&file).expect("reads").replacen("\"status\":", "\"status\" ", 1);
    fs::write(&file, text).expect("writes");
    let out = root.path().join("out");
    let error = xtask_report::render_local(root.path(), &[dir], &out).expect_err("damaged");
    assert!(format!("{error:#}").contains("poll.jsonl:1"), "{error:#}");
    assert!(!out.exists(), "nothing is written");
}
