//! `cargo xtask report` on a tree: what it writes, what it refuses, what it answers.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use xtask_report::{ReportArgs, run};

use crate::fixture;

const README: &str =
    "# Q\n\n<!-- report:begin findings -->\n<!-- report:end findings -->\n\nlast\n";

/// A tree with two pinned records, one claim and its verdict.
fn tree() -> TempDir {
    let root = TempDir::new().expect("a temporary folder");
    let at = |name: &str| root.path().join(name);
    fs::create_dir_all(at("rfc/claims")).expect("a folder");
    for builder in [fixture::sim(), fixture::board()] {
        builder.write(&at("reports/data"));
    }
    let record = "2026-11-23-0123456789";
    let pins =
        format!("[sim]\njudge = \"sim/{record}\"\n\n[cortex-m4]\njudge = \"cortex-m4/{record}\"\n");
    fs::write(at("rfc/pins.toml"), pins).expect("writes");
    fs::write(at("README.md"), README).expect("writes");
    fs::write(at("rfc/claims/C047-x.toml"), CLAIM).expect("writes");
    fs::write(at("rfc/verdicts.json"), VERDICTS).expect("writes");
    root
}

const CLAIM: &str = r#"
format = 1
id = "C047"
title = "select_all polls quadratically"
sentence = "A select_all loop polls leaves with slope at least 1.8."
chapter = "status-quo/scaling"
class = "exact"
refuted_by = "a slope below 1.8"
says_nothing_about = "anything else"
"#;

const VERDICTS: &str = r#"{
  "format": "async-eval.verdicts/1",
  "records": {},
  "claims": {
    "C047": {
      "verdict": "supported", "targets": {}, "checks": [], "values": {},
      "marks": ["post-hoc"], "check_hash": "00"
    },
    "C099": {
      "verdict": "not measured", "targets": {}, "checks": [], "values": {}, "check_hash": "00"
    }
  }
}"#;

fn check(root: &Path) -> xtask_report::Answer {
    run(&ReportArgs { check: true, ..ReportArgs::default() }, root).expect("checks")
}

#[test]
fn what_was_written_passes_the_check_and_what_was_edited_does_not() {
    let root = tree();
    assert!(!check(root.path()).yes, "nothing is there yet");
    assert!(!root.path().join("reports/hazards.md").exists(), "checking writes nothing");

    let answer = run(&ReportArgs::default(), root.path()).expect("writes");
    assert!(answer.yes, "{}", answer.text);
    assert!(check(root.path()).yes);
    let again = run(&ReportArgs::default(), root.path()).expect("writes");
    assert_eq!(again.json["changed"], serde_json::json!([]), "a second run changes nothing");

    let page = root.path().join("reports/hazards.md");
    let text = fs::read_to_string(&page).expect("a page").replace("95 %", "9 %");
    fs::write(&page, &text).expect("writes");
    fs::write(root.path().join("reports/plots/old-light.svg"), "<svg/>").expect("writes");
    let answer = check(root.path());
    assert!(!answer.yes);
    let named = serde_json::json!(["reports/hazards.md", "reports/plots/old-light.svg"]);
    assert_eq!(answer.json["differ"], named);
    assert!(answer.text.ends_with("run `cargo xtask report`"), "{}", answer.text);
    assert_eq!(fs::read_to_string(&page).expect("a page"), text, "checking writes nothing");
}

#[test]
fn the_readme_counts_verdicts_and_links_findings() {
    let root = tree();
    run(&ReportArgs::default(), root.path()).expect("writes");
    let text = fs::read_to_string(root.path().join("README.md")).expect("reads");
    assert_eq!(
        text,
        "# Q\n\n<!-- report:begin findings -->\n\
         Of 2 claims: 1 supported, 0 contradicted, 0 inconclusive, 1 not measured.\n\n\
         - [C047 supported](rfc/evidence/C047.md), post-hoc: A select_all loop polls leaves with slope at least 1.8.\n\
         <!-- report:end findings -->\n\nlast\n"
    );
    fs::write(root.path().join("README.md"), README).expect("writes");
    assert_eq!(check(root.path()).json["differ"], serde_json::json!(["README.md"]));
}

#[test]
fn a_target_without_a_pin_says_so_with_the_command() {
    let root = tree();
    run(&ReportArgs::default(), root.path()).expect("writes");
    let page = fs::read_to_string(root.path().join("reports/cost.md")).expect("a page");
    assert!(page.contains(
        "no record is pinned; `cargo xtask bench --target linux --record --pin` makes one"
    ));
    let index = fs::read_to_string(root.path().join("reports/README.md")).expect("a page");
    assert!(index.contains("[sim/2026-11-23-0123456789](data/sim/2026-11-23-0123456789/run.json)"));
    assert!(index.contains("| linux | Not measured on `linux`"), "{index}");
    let machine = "A Processor, 2 of 2 processors, 8192 MiB, 6.1, TCP reno<br>`fp:0123`";
    assert!(index.contains(machine), "{index}");
}

#[test]
fn a_pin_on_a_record_that_is_not_there_is_an_error_that_names_it() {
    let root = tree();
    fs::write(root.path().join("rfc/pins.toml"), "[sim]\njudge = \"sim/2020-01-01-none\"\n")
        .expect("writes");
    let error = run(&ReportArgs::default(), root.path()).expect_err("no such record");
    assert!(error.is::<xtask_judge::BadInput>(), "exit code 2");
    let text = format!("{error:#}");
    assert!(text.contains("sim/2020-01-01-none") && text.contains("rfc/pins.toml"), "{text}");
    assert!(!root.path().join("reports/README.md").exists(), "nothing is written");
}

#[test]
fn tables_come_as_csv() {
    let root = tree();
    let dir = root.path().join("csv");
    run(&ReportArgs { csv: Some(dir.clone()), ..ReportArgs::default() }, root.path())
        .expect("writes");
    let text = fs::read_to_string(dir.join("scaling-leaf-polls.csv")).expect("a table");
    assert!(text.starts_with("case,design,8,10,16,30,31,100,1000,slope\r\n"), "{text}");
    assert!(
        text.contains("select_all,futures,44,65,152,495,527,5150,501500,slope 1.95\r\n"),
        "{text}"
    );
}
