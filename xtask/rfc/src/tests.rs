//! Whole trees: what `fill` writes and what `check` catches, one test per rule.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::check::{CheckOptions, Checked, Gate, check_with};
use crate::facts::{CheckFacts, ClaimFacts, Facts};
use crate::fill::{FillOptions, Filled, fill_with};
use crate::finding::Rule;

const CHAPTER: &str = "rfc/status-quo/scaling.md";

/// A tree with one claim that is cited once, filled and clean.
struct Tree {
    dir: TempDir,
    facts: Facts,
}

fn facts() -> Facts {
    let cell = |n: u32, polls: &str| {
        (
            format!("join-width-scaling/all,n={n}@futures:own"),
            "leaf_polls".to_owned(),
            polls.to_owned(),
        )
    };
    let claim = ClaimFacts {
        id: "C047".into(),
        title: "select_all polls quadratically".into(),
        sentence: "A select_all loop polls with slope at least 1.8.".into(),
        chapter: "status-quo/scaling".into(),
        class: "exact".into(),
        file: "rfc/claims/C047-slope.toml".into(),
        refuted_by: "a slope below 1.8".into(),
        verdict: "supported".into(),
        targets: [("sim".into(), ("supported".into(), None))].into(),
        values: [
            ("slope-sim".into(), "1.98".into()),
            ("polls-1000-sim".into(), "500,500 times".into()),
        ]
        .into(),
        checks: vec![CheckFacts {
            name: "slope".into(),
            target: "sim".into(),
            bound: "at least 1.8".into(),
            comparison: String::new(),
            measured: "1.98".into(),
            verdict: "supported".into(),
            cells: vec![cell(10, "55"), cell(1000, "500500")],
            unlisted: 0,
        }],
        workloads: vec!["join-width-scaling".into()],
        designs: vec!["futures".into()],
        ..ClaimFacts::default()
    };
    Facts { claims: [("C047".to_owned(), claim)].into(), ..Facts::default() }
}

impl Tree {
    fn new(chapter: &str) -> Tree {
        let tree = Tree { dir: TempDir::new().expect("a temporary folder"), facts: facts() };
        tree.write(CHAPTER, chapter);
        tree.write("rfc/stances.toml", "");
        tree.write(
            "rfc/unresolved.md",
            "# Unresolved\n\n<!-- ev:begin table=uncited -->\n<!-- ev:end -->\n",
        );
        tree.write(
            "rfc/drawbacks.md",
            "# Drawbacks\n\n<!-- ev:begin table=drawbacks -->\n<!-- ev:end -->\n",
        );
        tree
    }

    fn clean() -> Tree {
        let tree = Tree::new(
            "# Scaling\n\nIt polls [?](../evidence/C047.md#polls-1000-sim): \
                [**?**](../evidence/C047.md).\n\
             <!-- ev:says C047 supported -->\n",
        );
        tree.fill();
        assert_eq!(tree.check().findings, []);
        tree
    }

    fn root(&self) -> &Path {
        self.dir.path()
    }

    fn write(&self, path: &str, text: &str) {
        let full = self.root().join(path);
        fs::create_dir_all(full.parent().expect("a file has a folder")).expect("a new folder");
        fs::write(full, text).expect("a new file");
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).expect(path)
    }

    fn replace(&self, old: &str, new: &str) {
        let text = self.read(CHAPTER);
        assert!(text.contains(old), "{old} is not in {text}");
        self.write(CHAPTER, &text.replace(old, new));
    }

    fn try_fill(&self, force: bool) -> anyhow::Result<Filled> {
        fill_with(self.root(), &self.facts, &FillOptions { force })
    }

    fn fill(&self) -> Filled {
        self.try_fill(false).expect("nothing is wrong")
    }

    fn check(&self) -> Checked {
        check_with(self.root(), &self.facts, &CheckOptions::default()).expect("readable")
    }

    fn rules(&self) -> Vec<Rule> {
        self.check().findings.into_iter().map(|finding| finding.rule).collect()
    }

    fn chapter_rules(&self) -> Vec<(usize, Rule)> {
        let findings = self.check().findings.into_iter();
        findings.filter(|f| f.file == CHAPTER).map(|f| (f.line, f.rule)).collect()
    }
}

#[test]
fn filling_writes_values_and_keeps_emphasis() {
    let tree = Tree::clean();
    let expected = "# Scaling\n\nIt polls [500,500 times](../evidence/C047.md#polls-1000-sim): \
                    [**C047 supported (sim)**](../evidence/C047.md).\n<!-- ev:says C047 supported \
                    -->\n";
    assert_eq!(tree.read(CHAPTER), expected);
}

#[test]
fn filling_twice_changes_nothing_the_second_time() {
    let tree = Tree::clean();
    let again = tree.fill();
    assert_eq!((again.written, again.removed), (vec![], vec![]));
}

#[test]
fn filling_works_wherever_a_link_can_stand() {
    let text = "[?](../evidence/C047.md#slope-sim) \
        first\nthen\n[?](../evidence/C047.md#slope-sim) wrapped.\n\n\
                | a |\n|---|\n| *[?](../evidence/C047.md#slope-sim)* |\n\n\
                - [?](../evidence/C047.md#slope-sim)\n\n`[?](../evidence/C047.md#slope-sim)`\n\n\
                ```\n[?](../evidence/C047.md#slope-sim)\n```\n";
    let tree = Tree::new(text);
    tree.fill();
    let filled = tree.read(CHAPTER);
    assert_eq!(filled.matches("[1.98]").count(), 4, "{filled}");
    assert_eq!(filled.matches("[?]").count(), 2, "code is left alone: {filled}");
}

#[test]
fn a_wrong_number_is_found_and_filled() {
    let tree = Tree::clean();
    tree.replace("500,500 times", "400 times");
    assert_eq!(tree.chapter_rules(), [(3, Rule::TextDiffers)]);
    assert_eq!(tree.fill().written, [CHAPTER]);
    assert_eq!(tree.rules(), []);
}

#[test]
fn a_hand_typed_measurement_is_found() {
    let tree = Tree::clean();
    tree.replace("It polls", "It takes 42 ms and polls");
    assert_eq!(tree.chapter_rules(), [(3, Rule::NakedMeasurement)]);
    tree.replace(".md).\n", ".md). <!-- ev:free -->\n");
    assert_eq!(tree.chapter_rules(), []);
}

#[test]
fn a_flipped_verdict_is_found_though_the_text_is_filled() {
    let mut tree = Tree::clean();
    let claim = tree.facts.claims.get_mut("C047").expect("the claim");
    claim.verdict = "contradicted".into();
    claim.targets.insert("sim".into(), ("contradicted".into(), None));
    tree.fill();
    assert_eq!(tree.chapter_rules(), [(4, Rule::AssertionContradicted)]);
    tree.replace("says C047 supported", "says C047 supported on sim");
    assert_eq!(tree.chapter_rules(), [(4, Rule::AssertionContradicted)]);
    tree.replace("supported on sim", "contradicted");
    assert_eq!(tree.rules(), []);
}

#[test]
fn a_curated_finding_whose_verdict_flipped_or_whose_hole_is_empty_is_found() {
    let mut tree = Tree::clean();
    let finding = |hole: &str| {
        format!(
            "format = 1\n\n[[finding]]\ntext = \"{hole} polls\"\nclaims = \
                {{ C047 = \"supported\" }}\n"
        )
    };
    tree.write("rfc/findings.toml", &finding("{C047#polls-1000-sim}"));
    assert!(tree.check().is_ok(), "{:?}", tree.check().findings);
    tree.write("rfc/findings.toml", &finding("{C047#polls-9-sim}"));
    let found = tree.check().findings.remove(0);
    assert_eq!((found.file.as_str(), found.line), ("rfc/findings.toml", 3), "{found}");
    assert!(found.what.contains("{C047#polls-9-sim} has no value"), "{found}");
    tree.write("rfc/findings.toml", &finding("{C047#polls-1000-sim}"));
    let claim = tree.facts.claims.get_mut("C047").expect("the claim");
    claim.verdict = "contradicted".into();
    let flipped = tree.check().findings;
    let found = flipped.iter().find(|it| it.file == "rfc/findings.toml").expect("found");
    assert!(found.what.contains("C047 = supported, the verdict is contradicted"), "{found}");
}

#[test]
fn a_citation_without_an_assertion_is_found() {
    let tree = Tree::clean();
    tree.replace("<!-- ev:says C047 supported -->\n", "");
    assert_eq!(tree.chapter_rules(), [(3, Rule::AssertionMissing)]);
}

#[test]
fn an_assertion_binds_its_own_paragraph_only() {
    let tree = Tree::clean();
    tree.replace("<!-- ev:says", "\nAnother paragraph.\n<!-- ev:says");
    assert_eq!(tree.chapter_rules(), [(3, Rule::AssertionMissing)]);
}

#[test]
fn an_unknown_claim_or_value_stops_the_filling() {
    for (old, new, near) in [
        ("C047.md#polls", "C074.md#polls", "C047"),
        ("#polls-1000-sim", "#polls-100-sim", "polls-1000-sim"),
        ("says C047", "says C074", "C047"),
    ] {
        let tree = Tree::clean();
        tree.replace(old, new);
        let findings = tree.check().findings;
        let found = findings.iter().find(|f| f.rule == Rule::UnknownId).expect(new);
        assert!(found.what.contains(near), "{found}");
        assert_eq!(found.file, CHAPTER);
    }
    let tree = Tree::clean();
    tree.replace("[500,500 times](../evidence/C047.md#polls", "[?](../evidence/C074.md#polls");
    let before = tree.read(CHAPTER);
    let wrong = tree.try_fill(false).expect_err("an unknown claim").to_string();
    assert!(wrong.contains("scaling.md:3"), "{wrong}");
    assert_eq!(tree.read(CHAPTER), before);
}

#[test]
fn a_hand_edited_block_is_refused_unless_forced() {
    let tree = Tree::new("# S\n\n<!-- ev:begin table=cells claims=C047 -->\n<!-- ev:end -->\n");
    tree.fill();
    let filled = tree.read(CHAPTER);
    assert!(
        filled.contains("| join-width-scaling/all | futures | sim | leaf\\_polls | 55 | 500500 |"),
        "{filled}"
    );
    assert_eq!(tree.rules(), []);
    tree.replace("500500", "5");
    assert_eq!(tree.chapter_rules(), [(3, Rule::HandEdited)]);
    assert!(tree.try_fill(false).is_err());
    tree.try_fill(true).expect("forced");
    assert_eq!(tree.read(CHAPTER), filled);
}

#[test]
fn an_outdated_block_is_found_and_filled() {
    let mut tree = Tree::new("# S\n\n<!-- ev:begin table=cells claims=C047 -->\n<!-- ev:end -->\n");
    tree.fill();
    tree.facts.claims.get_mut("C047").expect("the claim").checks[0].cells[0].2 = "66".into();
    assert_eq!(tree.chapter_rules(), [(3, Rule::TextDiffers)]);
    tree.fill();
    assert_eq!(tree.rules(), []);
}

#[test]
fn damaged_markers_are_found() {
    for marker in [
        "<!-- ev:begin table=claims -->",
        "<!-- ev:end sum=0 -->",
        "<!-- ev:says C047 proven -->",
        "<!-- ev:begin table=nothing -->\n<!-- ev:end -->",
    ] {
        let tree = Tree::clean();
        tree.write(CHAPTER, &format!("{}\n{marker}\n", tree.read(CHAPTER)));
        let rules = tree.chapter_rules();
        let bad = |rule: &Rule| [Rule::BadMarker, Rule::UnknownId].contains(rule);
        assert!(rules.iter().any(|(line, rule)| *line == 6 && bad(rule)), "{marker}: {rules:?}");
    }
}

#[test]
fn links_that_lead_nowhere_are_found() {
    let links = [
        "[?](evidence/C047.md)",
        "[the report](../../reports/none.md)",
        "[a heading](../drawbacks.md#no-such-one)",
        "[a heading here](#no-such-one)",
    ];
    for link in links {
        let tree = Tree::clean();
        tree.replace("It polls", &format!("{link} polls"));
        let rules = tree.chapter_rules();
        assert!(rules.contains(&(3, Rule::BrokenLink)), "{link}: {rules:?}");
    }
    let tree = Tree::clean();
    tree.replace("It polls", "[above](#scaling) and [there](../drawbacks.md#drawbacks) polls");
    assert_eq!(tree.chapter_rules(), []);
}

#[test]
fn an_external_figure_without_a_date_is_found() {
    for (date, rules) in [("", &[(3, Rule::Undated)][..]), (", 2026-03-02", &[])] {
        let tree = Tree::clean();
        let figure = "Others lose 12 % ([survey](https://example.org/2026-01/x)DATE). <!-- ev:free -->\nIt polls";
        tree.replace("It polls", &figure.replace("DATE", date));
        assert_eq!(tree.chapter_rules(), rules, "{date}");
    }
}

#[test]
fn a_sum_over_workloads_is_found() {
    for words in [
        "It is faster overall",
        "On average, the better one is ours. It",
        "The geometric mean of the cells is below one. It",
        "Averaged over all workloads it leads. It",
        "It wins in most workloads",
    ] {
        let tree = Tree::clean();
        tree.replace("It polls", &format!("{words} and polls"));
        assert_eq!(tree.chapter_rules(), [(3, Rule::OverallRanking)], "{words}");
    }
    let tree = Tree::clean();
    tree.replace("It polls", "A mean of launches and a sum of polls differ. It polls");
    assert_eq!(tree.chapter_rules(), []);
}

#[test]
fn a_claim_without_a_citation_has_to_be_listed() {
    let tree = Tree::new("# S\n");
    tree.fill();
    assert!(tree.read("rfc/unresolved.md").contains("evidence/C047.md"));
    assert_eq!(tree.rules(), []);
    tree.write("rfc/unresolved.md", "# Unresolved\n");
    assert_eq!(tree.rules(), [Rule::Uncited]);
}

#[test]
fn a_drawback_has_to_be_listed() {
    let mut tree = Tree::clean();
    let claim = tree.facts.claims.get_mut("C047").expect("the claim");
    claim.stance.insert("poll".into(), "against".into());
    tree.fill();
    assert!(tree.read("rfc/drawbacks.md").contains("evidence/C047.md"));
    assert_eq!(tree.rules(), []);
    tree.write("rfc/drawbacks.md", "# Drawbacks\n");
    assert_eq!(tree.rules(), [Rule::HiddenDrawback]);
}

#[test]
fn a_claim_against_poll_needs_its_expert_twin() {
    let mut tree = Tree::clean();
    tree.write("rfc/stances.toml", "[twin]\ndesign = \"poll\"\nworkloads = [\"futurelock\"]\n");
    let claim = tree.facts.claims.get_mut("C047").expect("the claim");
    claim.stance.insert("poll".into(), "against".into());
    claim.workloads = vec!["futurelock".into()];
    tree.fill();
    assert_eq!(tree.rules(), [Rule::NoExpertTwin]);
    let claim = tree.facts.claims.get_mut("C047").expect("the claim");
    claim.twin = Some("C087".into());
    tree.fill();
    assert_eq!(tree.rules(), [Rule::UnknownId]);
    let claim = tree.facts.claims.get_mut("C047").expect("the claim");
    (claim.twin, claim.variants) = (None, vec!["expert".into()]);
    tree.fill();
    assert_eq!(tree.rules(), []);
}

#[test]
fn a_claim_that_is_newer_than_its_record_says_that_its_result_was_known() {
    let mut tree = Tree::clean();
    let claim = tree.facts.claims.get_mut("C047").expect("the claim");
    claim.marks = vec!["newer than its record".into()];
    tree.fill();
    assert_eq!(tree.rules(), [Rule::KnownResult]);
    tree.facts.claims.get_mut("C047").expect("the claim").regression = true;
    tree.fill();
    assert_eq!(tree.rules(), []);
}

#[test]
fn a_superseded_claim_needs_no_citation_and_is_no_drawback() {
    let mut tree = Tree::clean();
    let mut old = tree.facts.claims["C047"].clone();
    (old.id, old.superseded_by) = ("C046".into(), vec!["C047".into()]);
    old.stance.insert("poll".into(), "against".into());
    tree.facts.claims.insert(old.id.clone(), old);
    tree.fill();
    assert_eq!(tree.rules(), []);
    assert!(!tree.read("rfc/drawbacks.md").contains("C046"));
    assert!(!tree.read("rfc/unresolved.md").contains("C046"));
    let page = tree.read("rfc/evidence/C046.md");
    assert!(page.contains("Superseded by [C047](C047.md)"), "{page}");
}

#[test]
fn what_the_checks_compare_stands_once_below_the_table() {
    let mut tree = Tree::clean();
    let claim = tree.facts.claims.get_mut("C047").expect("the claim");
    claim.checks[0].comparison = "along the axis `drive` alone: `poll` and `scoped`".into();
    let mut again = claim.checks[0].clone();
    again.name = "again".into();
    claim.checks.push(again);
    tree.fill();
    let page = tree.read("rfc/evidence/C047.md");
    let line = "- `slope`, `again`: along the axis `drive` alone: `poll` and `scoped`.\n";
    assert_eq!(page.matches(line).count(), 1, "{page}");
    assert!(page.contains("| check | target | bound | measured | verdict |\n"), "{page}");
}

#[test]
fn evidence_pages_are_generated_and_surplus_ones_go() {
    let tree = Tree::clean();
    let page = tree.read("rfc/evidence/C047.md");
    for part in [
        "<a id=\"polls-1000-sim\"></a>",
        "**Verdict: supported (sim)**",
        "cargo xtask bench --claim C047",
        "A slope below 1.8.",
        "[rfc/status-quo/scaling.md](../status-quo/scaling.md), “Scaling”",
        "500500",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    tree.write("rfc/evidence/C047.md", &format!("{page}more\n"));
    tree.write("rfc/evidence/C099.md", "old\n");
    assert_eq!(tree.rules(), [Rule::TextDiffers, Rule::TextDiffers]);
    let filled = tree.fill();
    assert_eq!(filled.written, ["rfc/evidence/C047.md"]);
    assert_eq!(filled.removed, ["rfc/evidence/C099.md"]);
    assert_eq!(tree.rules(), []);
}

#[test]
fn stale_claims_are_printed_and_fail_only_a_strict_gate() {
    let tree = Tree::clean();
    let stale = |id: &str| Ok((id == "C047").then(|| "prototypes/poll changed".to_owned()));
    let check = |gate| {
        let options = CheckOptions { gate, staleness: Some(&stale) };
        check_with(tree.root(), &tree.facts, &options).expect("readable")
    };
    let lenient = check(Gate::Lenient);
    assert!(lenient.is_ok());
    assert!(
        lenient.notes.iter().any(|note| note.starts_with("stale, ") && note.contains("C047")),
        "{:?}",
        lenient.notes
    );
    assert_eq!(check(Gate::Strict).findings[0].rule, Rule::Stale);
}

#[test]
fn a_design_with_a_chapter_needs_claims_of_both_stances() {
    let mut tree = Tree::clean();
    tree.write("rfc/stances.toml", "[[family]]\nid = \"poll\"\ndesigns = [\"poll\"]\n");
    assert!(tree.check().notes.contains(&"poll: 0 claims for, 0 against".to_owned()));
    tree.write("rfc/designs/poll.md", "# Poll\n");
    assert_eq!(tree.rules(), [Rule::FewClaims]);
    for (i, stance) in ["for", "against"].iter().cycle().take(6).enumerate() {
        let mut claim = tree.facts.claims["C047"].clone();
        claim.id = format!("C10{i}");
        claim.stance = [("poll".to_owned(), (*stance).to_owned())].into();
        tree.facts.claims.insert(claim.id.clone(), claim);
    }
    tree.fill();
    assert_eq!(tree.rules(), []);
}
