//! `cargo xtask report` on a tree: what it writes, what it refuses, what it answers.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use xtask_report::{Answer, Hooks, ReportArgs};

use crate::fixture;

const README: &str = "# Q\n\n<!-- report:begin hazards -->\n<!-- report:end hazards -->\n\n\
    <!-- report:begin findings -->\n<!-- report:end findings -->\n\nlast\n";

/// A tree with two pinned records, one claim and its verdict.
fn tree() -> TempDir {
    let root = crate::pages::tree();
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
      "verdict": "supported", "targets": {}, "checks": [],
      "values": { "slope-sim": { "text": "1.98" } },
      "marks": ["post-hoc"], "check_hash": "00"
    },
    "C099": {
      "verdict": "not measured", "targets": {}, "checks": [], "values": {}, "check_hash": "00"
    }
  }
}"#;

fn run(args: &ReportArgs, root: &Path) -> anyhow::Result<Answer> {
    xtask_report::run(args, root, &Hooks::default())
}

fn check(root: &Path) -> Answer {
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
    let text = fs::read_to_string(&page).expect("a page").replace("11/30", "1/30");
    fs::write(&page, &text).expect("writes");
    fs::write(root.path().join("reports/plots/old-light.svg"), "<svg/>").expect("writes");
    let answer = check(root.path());
    assert!(!answer.yes);
    let named = serde_json::json!(["reports/hazards.md", "reports/plots/old-light.svg"]);
    assert_eq!(answer.json["differ"], named);
    assert!(answer.text.ends_with("run `cargo xtask report`"), "{}", answer.text);
    assert_eq!(fs::read_to_string(&page).expect("a page"), text, "checking writes nothing");
}

const FINDINGS: &str = "format = 1\n[[finding]]\ntext = \"Slope {C047#slope-sim}.\"\n\
    claims = { C047 = \"supported\" }\n\
    [[finding]]\ntext = \"A surprise.\"\nclaims = { C047 = \"supported\" }\nsurprise = true\n";

#[test]
fn the_readme_has_the_overview_the_findings_and_how_many_claims_were_open() {
    let root = tree();
    fs::write(root.path().join("rfc/findings.toml"), FINDINGS).expect("writes");
    run(&ReportArgs::default(), root.path()).expect("writes");
    let text = fs::read_to_string(root.path().join("README.md")).expect("reads");
    let row =
        "| [Lossy select loop](reports/hazards/select-recreate-loss.md) | ● 11/30; expert ○ |";
    assert!(text.contains(row), "{text}");
    let end = "- Slope [1.98](rfc/evidence/C047.md#slope-sim). ([C047](rfc/evidence/C047.md) \
        supported, post-hoc)\n\n\
         A surprise: A surprise. ([C047](rfc/evidence/C047.md) supported, post-hoc)\n\n\
         Of 2 claims: 1 supported, 1 not measured.\n\
         The outcome of 1 was open when their bounds were written: 1 supported.\n\
         The others reproduce a known outcome, follow from a definition, or wait for a record.\n\
         <!-- report:end findings -->\n\nlast\n";
    assert!(text.ends_with(end), "{text}");
    fs::write(root.path().join("README.md"), README).expect("writes");
    assert_eq!(check(root.path()).json["differ"], serde_json::json!(["README.md"]));
}

#[test]
fn a_finding_whose_verdict_flipped_or_whose_hole_is_empty_is_refused_with_its_line() {
    let root = tree();
    let write =
        |text: &str| fs::write(root.path().join("rfc/findings.toml"), text).expect("writes");
    let refused = || {
        let error = run(&ReportArgs::default(), root.path()).expect_err("refused");
        assert!(error.is::<xtask_judge::BadInput>(), "exit code 2");
        format!("{error:#}")
    };
    write(&FINDINGS.replacen("supported", "contradicted", 1));
    let text = refused();
    assert!(text.contains("rfc/findings.toml:2: written for C047 = contradicted"), "{text}");
    write(&FINDINGS.replace("slope-sim", "gone-sim"));
    let text = refused();
    assert!(text.contains("{C047#gone-sim} has no value; C047 has: slope-sim"), "{text}");
    assert!(!root.path().join("reports/README.md").exists(), "nothing is written");
}

#[test]
fn a_page_by_hand_that_exceeds_a_bar_fails_the_check_with_its_line() {
    let root = tree();
    run(&ReportArgs::default(), root.path()).expect("writes");
    assert!(check(root.path()).yes);
    let wide = format!("# M\n\n|{}\n|{}\n", " a |".repeat(9), " --- |".repeat(9));
    fs::write(root.path().join("reports/METHOD.md"), wide).expect("writes");
    let answer = check(root.path());
    assert!(!answer.yes);
    let fault = "reports/METHOD.md:3: a table of 9 columns, at most 8";
    assert_eq!(answer.json["faults"], serde_json::json!([fault]));
    assert!(answer.text.contains(fault), "{}", answer.text);
}

#[test]
fn a_run_is_shown_in_a_terminal_as_one_table() {
    let root = tree();
    let dir = root.path().join("reports/data/sim/2026-11-23-0123456789");
    let plain = xtask_report::overview(root.path(), std::slice::from_ref(&dir), false)
        .expect("reads")
        .expect("hazards");
    let loss = plain.lines().find(|line| line.starts_with("Lossy select loop")).expect("a row");
    assert!(loss.contains("  ● 11/30; expert ○  "), "{plain}");
    assert!(!plain.contains(['|', '`', '[']), "{plain}");
    let colour =
        xtask_report::overview(root.path(), &[dir], true).expect("reads").expect("hazards");
    assert!(colour.contains("\u{1b}[31m● deadlock\u{1b}[0m"), "{colour}");
}

#[test]
fn a_target_without_a_pin_says_so_with_the_command() {
    let root = tree();
    run(&ReportArgs::default(), root.path()).expect("writes");
    let why = "no record is pinned; `cargo xtask bench --target linux --record --pin` makes one";
    for name in ["cost", "echo", "bars", "depth"] {
        let page = fs::read_to_string(root.path().join(format!("reports/{name}.md")));
        assert!(page.expect("a page").contains(why), "{name}");
    }
    let index = fs::read_to_string(root.path().join("reports/README.md")).expect("a page");
    assert!(index.contains("[2026-11-23-0123456789](data/sim/2026-11-23-0123456789/run.json)"));
    assert!(index.contains("- Not measured on `linux`"), "{index}");
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
    assert!(text.starts_with("case,form,8,10,30,100,1000,slope\r\n"), "{text}");
    assert!(text.contains("select_all,futures,44,65,495,5150,501500,1.95\r\n"), "{text}");
}
