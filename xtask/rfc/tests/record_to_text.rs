//! From a record on disk to a sentence, through the same calls as the command line.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use record::{CellKey, Kind, Line, Receipt, Status};
use serde_json::json;
use tempfile::TempDir;
use xtask_rfc::{
    CheckOptions, FillOptions, Rule, Style, Venue, affected, check, cite, export, fill,
};

const RECORD: &str = "sim/2026-11-23-0a1b2c3d4e";
const CHAPTER: &str = "rfc/chapter.md";
const CLAIM: &str = r#"
format = 1
id = "C047"
title = "select_all polls quadratically"
sentence = "A select_all loop polls leaves with slope at least 1.8."
chapter = "chapter"
stance = { poll = "against" }
class = "exact"
regression = true
refuted_by = "a slope below 1.8"
says_nothing_about = "a task per child"

[[check]]
name = "slope"
of = { workload = "join-width-scaling", case = "select_all", design = "futures", metric = "leaf_polls", at = { n = [10, 100] } }
compare = "loglog_slope"
at_least = 1.8
targets = ["sim"]

[values]
"polls-100" = { of = "slope.of", at = { n = 100 }, format = "{:,} times" }
"#;
const PROSE: &str = "# Chapter\n\nIt polls [?](evidence/C047.md#polls-100-sim), a fit of \
    [?](evidence/C047.md#slope-sim) ([?](evidence/C047.md)).\n<!-- ev:says C047 supported -->\n\n\
    <!-- ev:begin table=cells claims=C047 -->\n<!-- ev:end -->\n";

/// What a record remembers of the bound that it was made under.
fn bound(claim: &str) -> String {
    xtask_judge::load::check_hash(&toml::from_str(claim).expect("a claim file"))
}

struct Tree(TempDir);

impl Tree {
    fn new() -> Tree {
        let tree = Tree(TempDir::new().expect("a temporary folder"));
        tree.write(
            "workloads/contract/metrics.toml",
            "[[metric]]\nid = \"leaf_polls\"\nunit = \"polls\"\nkind = \"exact\"\ntargets = [\"sim\"]\n",
        );
        tree.write(
            "workloads/suite/join_width_scaling.toml",
            "id = \"join-width-scaling\"\nclock = \"virtual\"\nreceipt = \"equal\"\n\
             targets = [\"sim\"]\n[[case]]\nid = \"select_all\"\nrole = \"hazard\"\n",
        );
        tree.write("workloads/peers/futures/Cargo.toml", "");
        tree.write("rfc/stances.toml", "");
        tree.write("rfc/claims/C047-slope.toml", CLAIM);
        tree.write(CHAPTER, PROSE);
        tree.write(
            "rfc/drawbacks.md",
            "# D\n\n<!-- ev:begin table=drawbacks -->\n<!-- ev:end -->\n",
        );
        tree
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let full = self.root().join(path);
        fs::create_dir_all(full.parent().expect("a file has a folder")).expect("a new folder");
        fs::write(full, text).expect("a new file");
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).expect(path)
    }

    /// Pins a record with these polls for 10 and 100 children.
    fn pin(&self, polls: [u64; 2]) {
        let mut text = String::new();
        let mut receipts = BTreeMap::new();
        for (n, polls) in [10, 100].into_iter().zip(polls) {
            let key = format!("join-width-scaling/select_all,n={n}@futures:own");
            let cell: CellKey = key.parse().expect("a cell key");
            let mut line = Line::new(Kind::Exact, cell, 0, Status::Ok);
            line.receipt = Some(Receipt(1));
            line.values.insert("leaf_polls".to_owned(), polls);
            text.push_str(&line.to_json());
            text.push('\n');
            receipts.insert(key, "0000000000000001");
        }
        let hash = blake3::hash(text.as_bytes()).to_hex().to_string();
        let run = json!({
            "format": record::RUN_FORMAT, "run_id": "r", "target": "sim", "argv": ["bench"],
            "revision": "0a1b2c3d4e", "dirty": false, "profile": "quick", "lock_hash": "l",
            "inputs": {}, "fingerprints": {},
            "toolchain": { "rustc": "rustc 1.95.0 (abc 2026-01-01)", "verbose": "", "settings": {} },
            "machine": { "fingerprint": "fp:0", "cpu": "c", "cores": { "available": 2, "online": 2 },
                "memory_mib": 1, "kernel": "k", "stable": {}, "volatile": {} },
            "clock": "virtual", "order_seed": 1, "launches": 1,
            "started": "2026-11-23T00:00:00Z", "ended": "2026-11-23T00:00:01Z", "tools": {},
            "receipts": receipts, "artifacts": {},
            "claims": { "C047": { "checks": bound(CLAIM) } },
            "files": { "futures.jsonl": { "blake3": hash, "lines": 2 } },
        });
        self.write(&format!("reports/data/{RECORD}/futures.jsonl"), &text);
        self.write(&format!("reports/data/{RECORD}/run.json"), &run.to_string());
        self.write("rfc/pins.toml", &format!("[sim]\njudge = \"{RECORD}\"\n"));
    }

    fn rules(&self) -> Vec<Rule> {
        let checked = check(self.root(), &CheckOptions::default()).expect("a readable tree");
        checked.findings.into_iter().map(|finding| finding.rule).collect()
    }

    fn fill(&self) {
        fill(self.root(), &FillOptions::default()).expect("nothing is wrong");
    }
}

#[test]
fn a_record_fills_the_text_and_the_check_is_content() {
    let tree = Tree::new();
    tree.pin([55, 5050]);
    tree.fill();
    let text = tree.read(CHAPTER);
    assert!(text.contains("[5,050 times](evidence/C047.md#polls-100-sim)"), "{text}");
    assert!(text.contains("[C047 supported (sim"), "{text}");
    assert!(tree.read("rfc/drawbacks.md").contains("evidence/C047.md"));
    assert_eq!(tree.rules(), []);
    let again = fill(tree.root(), &FillOptions::default()).expect("nothing is wrong");
    assert!(again.written.is_empty(), "{again:?}");
}

#[test]
fn without_a_record_everything_is_not_measured_and_the_assertion_fails() {
    let tree = Tree::new();
    tree.fill();
    let text = tree.read(CHAPTER);
    assert!(text.contains("[not measured](evidence/C047.md#slope-sim)"), "{text}");
    assert!(text.contains("[C047 not measured"), "{text}");
    assert_eq!(tree.rules(), [Rule::AssertionContradicted]);
}

#[test]
fn another_record_changes_numbers_and_is_caught_where_it_flips_a_conclusion() {
    let tree = Tree::new();
    tree.pin([55, 5050]);
    tree.fill();
    tree.pin([20, 200]);
    let rules = tree.rules();
    assert!(rules.contains(&Rule::TextDiffers) && rules.contains(&Rule::AssertionContradicted));
    tree.fill();
    assert_eq!(tree.rules(), [Rule::AssertionContradicted]);
    assert!(tree.read("rfc/evidence/C047.md").contains("**Verdict: contradicted (sim)"));
}

#[test]
fn verdicts_that_were_edited_are_found() {
    let tree = Tree::new();
    tree.pin([20, 200]);
    tree.fill();
    let edited = tree.read("rfc/verdicts.json").replace("contradicted", "supported");
    tree.write("rfc/verdicts.json", &edited);
    assert!(tree.rules().contains(&Rule::TextDiffers));
}

#[test]
fn a_damaged_record_stops_everything_and_nothing_is_written() {
    let tree = Tree::new();
    tree.pin([55, 5050]);
    let path = format!("reports/data/{RECORD}/futures.jsonl");
    let damaged = tree.read(&path).replace("5050", "5051");
    tree.write(&path, &damaged);
    let wrong = fill(tree.root(), &FillOptions::default()).expect_err("a damaged record");
    assert!(format!("{wrong:#}").contains("futures.jsonl"), "{wrong:#}");
    assert_eq!(tree.read(CHAPTER), PROSE);
    assert!(check(tree.root(), &CheckOptions::default()).is_err());
}

#[test]
fn a_citation_names_record_toolchain_and_command() {
    let tree = Tree::new();
    let unjudged = cite(tree.root(), "c047", Style::Quote, Venue::Github).expect_err("no verdicts");
    assert!(format!("{unjudged:#}").contains("cargo xtask rfc eval"), "{unjudged:#}");
    tree.pin([55, 5050]);
    tree.fill();
    let quote =
        cite(tree.root(), "c047", Style::Quote, Venue::Github).expect("a known claim").markdown;
    for part in [
        "C047 supported",
        "rustc 1.95.0 ·",
        RECORD,
        "cargo xtask bench --claim C047",
        "5,050 times",
    ] {
        assert!(quote.contains(part), "{part} is missing in {quote}");
    }
    assert!(cite(tree.root(), "C999", Style::Chip, Venue::Github).is_err());
    tree.write("rfc/claims/C047-slope.toml", &CLAIM.replace("at_least = 1.8", "at_least = 1.9"));
    let changed =
        cite(tree.root(), "c047", Style::Quote, Venue::Github).expect_err("another bound");
    assert!(changed.to_string().contains("does not judge C047 as it stands"), "{changed}");
}

#[test]
fn a_branch_affects_the_claims_whose_code_it_changes() {
    let tree = Tree::new();
    xtask_repo::commit_all(tree.root());
    assert!(affected(tree.root(), "HEAD").expect("a revision").is_empty());
    tree.write("workloads/suite/join_width_scaling.rs", "// new\n");
    tree.write("rfc/other.md", "# Other\n");
    let touched = affected(tree.root(), "HEAD").expect("a revision");
    assert_eq!(touched.len(), 1);
    assert_eq!(touched[0].files, ["workloads/suite/join_width_scaling.rs"]);
    assert!(affected(tree.root(), "no-such-revision").is_err());
}

#[test]
fn the_export_holds_the_chapters_that_exist_and_names_the_others() {
    let tree = Tree::new();
    tree.write("rfc/summary.md", "# Summary\n\nSee [how](drawbacks.md).\n");
    let exported = export(tree.root()).expect("writable");
    assert_eq!(exported.chapters, ["rfc/summary.md", "rfc/drawbacks.md"]);
    assert!(exported.missing.contains(&"rfc/prior-art.md".to_owned()));
    let text = tree.read(&exported.path);
    assert!(text.starts_with("# Summary\n\nSee [how](#drawbacks)."), "{text}");
    assert!(!text.contains("ev:begin"), "{text}");
    tree.write("rfc/brief.md", "# Brief\n\n## Point\n\nSee [how](drawbacks.md).\n");
    tree.write("rfc/unresolved.md", "# Unresolved questions\n\n## One\n");
    tree.write("rfc/asks.md", "# Asks\n\n## Two\n");
    let exported = export(tree.root()).expect("writable");
    let brief = tree.read(exported.brief.as_deref().expect("a brief"));
    assert_eq!(brief, "# Brief\n\n## Point\n\nSee [how](rfc/drawbacks.md).\n");
    let text = tree.read(&exported.path);
    let part = "# Unresolved questions\n\n## One\n\n## Asks\n\n### Two\n";
    assert!(text.contains(part), "{text}");
    tree.write("rfc/faq.md", "# Questions\n\nLine.<br>Next.\n");
    let error = export(tree.root()).expect_err("raw HTML").to_string();
    assert!(error.contains("rfc/faq.md:3: raw HTML `<br>`"), "{error}");
}

#[test]
fn a_bound_that_was_moved_after_the_record_shows_wherever_the_claim_is_cited() {
    let tree = Tree::new();
    tree.pin([55, 5050]);
    tree.fill();
    assert_eq!(tree.rules(), []);
    tree.write("rfc/claims/C047-slope.toml", &CLAIM.replace("at_least = 1.8", "at_least = 1.9"));
    let checked = check(tree.root(), &CheckOptions::default()).expect("a readable tree");
    let said = checked.findings.iter().find(|one| one.file == CHAPTER).expect("a finding");
    assert_eq!((said.line, said.rule), (3, Rule::TextDiffers));
    let what = "`C047 supported (sim)` should read `C047 supported (sim), post-hoc`";
    assert!(said.what.starts_with(what), "{said}");
    tree.fill();
    assert!(tree.read("rfc/evidence/C047.md").contains("Marks: post-hoc."));
}

/// Plants `new` for `old` in a file; what the check says then stops everything.
fn refused(file: &str, old: &str, new: &str) -> String {
    let tree = Tree::new();
    tree.pin([55, 5050]);
    tree.fill();
    let text = tree.read(file);
    assert!(text.contains(old), "{old} is not in {file}");
    tree.write(file, &text.replacen(old, new, 1));
    format!("{:#}", check(tree.root(), &CheckOptions::default()).expect_err("wrong input"))
}

#[test]
fn bad_input_is_refused_with_file_line_and_what_was_expected() {
    let claim = "rfc/claims/C047-slope.toml";
    for (file, old, new, parts) in [
        (claim, "class =", "clas =", &[":8:", "unknown field `clas`", "`class`"][..]),
        (claim, "\"leaf_polls\"", "\"leaf_pols\"", &[":15:", "leaf_pols", "leaf_polls"]),
        (claim, "\"join-width-scaling\"", "\"join-width\"", &[":15:", "join-width-scaling"]),
        (claim, "\"select_all\", design", "\"select_al\", design", &[":15:", "select_all"]),
        (claim, "\"futures\"", "\"future\"", &[":15:", "futures"]),
        (claim, "\"slope.of\"", "\"slop.of\"", &[":21:", "slop", "slope"]),
        (claim, "\"exact\"", "\"exactly\"", &[":8:", "exactly", "exact"]),
        ("rfc/pins.toml", "2026-11-23-0a1b2c3d4e", "2026-11-23-ffffffffff", &["ffffffffff"]),
        ("rfc/pins.toml", "judge", "juge", &[":2:", "unknown field `juge`", "judge"]),
    ] {
        let said = refused(file, old, new);
        assert!(said.contains(file.split('/').next_back().unwrap()), "{new}: {said}");
        for part in parts {
            assert!(said.contains(part), "{new}: no `{part}` in {said}");
        }
    }
}

#[test]
fn two_claims_with_one_id_are_refused_by_the_names_of_both_files() {
    let tree = Tree::new();
    tree.write("rfc/claims/C047-other.toml", CLAIM);
    let said = format!("{:#}", check(tree.root(), &CheckOptions::default()).expect_err("two"));
    for part in ["C047-slope.toml", "C047-other.toml", "exists already"] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn a_query_without_a_cell_is_not_measured_and_the_page_says_which() {
    let tree = Tree::new();
    tree.pin([55, 5050]);
    tree.write("rfc/claims/C047-slope.toml", &CLAIM.replace("n = [10, 100]", "n = [10, 1000]"));
    tree.fill();
    let page = tree.read("rfc/evidence/C047.md");
    assert!(page.contains("**Verdict: not measured (sim)"), "{page}");
    assert!(page.contains("n=1000@futures"), "{page}");
    assert_eq!(tree.rules(), [Rule::AssertionContradicted]);
}

#[test]
fn a_waiver_and_a_dispute_show_on_the_chip_the_page_and_the_lists() {
    let tree = Tree::new();
    tree.pin([20, 200]);
    let waiver = "\n[waiver]\nby = \"libs-api\"\non = 2027-01-10\n\
        until = \"the next record\"\ntext = \"The set is rewritten.\"\n";
    tree.write("rfc/claims/C047-slope.toml", &format!("{CLAIM}{waiver}"));
    let dispute = "[[dispute]]\nclaim = \"C047\"\npart = \"bound\"\nwhat = \"Too easy.\"\n\
        url = \"https://example.org/1\"\nopened = \"2027-01-11\"\n";
    tree.write("rfc/disputes.toml", dispute);
    let lists = "# Lists\n\n<!-- ev:begin table=waivers -->\n<!-- ev:end -->\n\n\
        <!-- ev:begin table=disputes -->\n<!-- ev:end -->\n";
    tree.write("rfc/lists.md", lists);
    tree.fill();
    let chip = "[C047 contradicted (sim), waived, disputed](evidence/C047.md)";
    assert!(tree.read(CHAPTER).contains(chip), "{}", tree.read(CHAPTER));
    let page = tree.read("rfc/evidence/C047.md");
    for part in [
        "Marks: waived, disputed.",
        "Waived: The set is rewritten. (libs-api, 2027-01-10; until the next record)",
        "- [Too easy.](https://example.org/1), on the bound: open since 2027-01-11.",
    ] {
        assert!(page.contains(part), "no `{part}` in {page}");
    }
    let lists = tree.read("rfc/lists.md");
    assert!(lists.contains("- [C047](evidence/C047.md): The set is rewritten."), "{lists}");
    assert!(lists.contains("| bound | [Too easy.](https://example.org/1) | open since"), "{lists}");
    tree.write(
        "rfc/disputes.toml",
        &format!("{dispute}closed = \"2027-02\"\noutcome = \"kept\"\n"),
    );
    tree.fill();
    assert!(tree.read(CHAPTER).contains("[C047 contradicted (sim), waived](evidence/C047.md)"));
    assert!(tree.read("rfc/evidence/C047.md").contains("settled 2027-02: kept."));
}
