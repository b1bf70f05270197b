//! Planted faults, one test per rule of the data.

mod story;
mod upstream;

use std::fs;

use tempfile::TempDir;
use xtask_judge::axes::{AXES, Axes};

use crate::check::{CheckOptions, check_with};
use crate::facts::{CheckFacts, ClaimFacts, Facts};
use crate::fill::{FillOptions, fill_with};
use crate::finding::{Finding, Rule};
use crate::table::{Place, Sources};

const PROBLEM: &str = r#"id = "select"
order = 10
title = "Select"
answer = "A raced arm loses {C017#lost-sim} columns."
seed = ["SB3"]
users = "Rows are gone."
stories = [{ title = "Barbara", url = "https://example.org" }]
axes = ["drop"]
cause = "The loser is dropped."
evidence = ["C017 supported"]
shows = "It is lost: {C017}."

[[external]]
text = "It happened 12 times."
url = "https://example.org"
date = "2025-10"

[[gap]]
question = "How often?"
workload = "select-recreate-loss"

[[remedy]]
level = "library"
name = "Hoist it"
fixes = "The loss."
fixes_by = ["C017 supported"]
price = "Nothing is known."
gap = "select-lints"
owner = "ecosystem"
upstream = ["goal-x"]

[[recommend]]
holds = ["C017 supported"]
when = "loss matters"
prefer = "hoisting"

[[ask]]
team = "lang"
what = "Decide."
no_upstream = "2026-11-30"
"#;

const GOALS: &str = r#"[[goal]]
id = "no-loss"
title = "No loss"
reached = "When the loop is correct."
seed = ["SB3"]
axioms = ["reliability"]
wants = ["C017 contradicted"]
"#;

const SEED: &str = r#"[[bullet]]
id = "SB3"
kind = "problem"
text = "Sharp edges."
chapters = []
"#;

const UPSTREAM: &str = r#"[[item]]
id = "goal-x"
kind = "goal"
title = "A goal"
status = "open"
url = "https://example.org"
checked = "2026-09-18"
seed = ["SB3"]
"#;

const PLANNED: &str = "[[workload]]\nid = \"select-lints\"\ndoes = \"Counts.\"\n";

struct Tree(TempDir);

impl Tree {
    fn new() -> Tree {
        let tree = Tree(TempDir::new().expect("a temporary folder"));
        tree.write("rfc/problems/select.toml", PROBLEM);
        tree.write("rfc/goals.toml", GOALS);
        tree.write("rfc/seed.toml", SEED);
        tree.write("rfc/upstream.toml", UPSTREAM);
        tree.write("workloads/suite/select_recreate_loss.toml", "");
        tree.write("rfc/planned.toml", PLANNED);
        tree.write("rfc/stances.toml", "");
        tree.write("rfc/unresolved.md", &block("uncited"));
        tree.write("rfc/drawbacks.md", &block("drawbacks"));
        tree.write("rfc/design-space.md", &block("axes"));
        let names = ["asks", "axioms", "coverage", "gaps", "goals", "goal-list", "problems"];
        let all = names.iter().chain(&["today", "upstream"]);
        tree.write("rfc/all.md", &all.map(|name| block(name)).collect::<String>());
        tree
    }

    /// Filled, and found to be clean.
    fn clean() -> Tree {
        let tree = Tree::new();
        fill_with(tree.0.path(), &tree.facts(), &FillOptions::default()).expect("right input");
        assert_eq!(tree.check(), []);
        tree
    }

    fn write(&self, path: &str, text: &str) {
        let full = self.0.path().join(path);
        fs::create_dir_all(full.parent().expect("a file has a folder")).expect("a new folder");
        fs::write(full, text).expect("a new file");
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.path().join(path)).expect(path)
    }

    fn facts(&self) -> Facts {
        let claim = ClaimFacts {
            id: "C017".into(),
            title: "A loop loses".into(),
            sentence: "It loses at least 1.".into(),
            file: "rfc/claims/C017-loss.toml".into(),
            verdict: "supported".into(),
            targets: [("sim".into(), ("supported".into(), None))].into(),
            values: [("lost-sim".into(), "11".into())].into(),
            seed: vec!["SB3".into()],
            ..ClaimFacts::default()
        };
        let spine = super::read(self.0.path()).expect("readable");
        Facts { claims: [("C017".to_owned(), claim)].into(), spine, ..Facts::default() }
    }

    fn check(&self) -> Vec<Finding> {
        let facts = self.facts();
        check_with(self.0.path(), &facts, &CheckOptions::default()).expect("readable").findings
    }
}

fn block(name: &str) -> String {
    format!("# A page\n\n<!-- ev:begin table={name} -->\n<!-- ev:end -->\n\n")
}

/// Plants `new` for `old` in a file and returns the findings in it.
fn planted(file: &str, old: &str, new: &str) -> Vec<(usize, Rule, String)> {
    let tree = Tree::clean();
    let text = tree.read(file);
    assert!(text.contains(old), "{old} is not in {file}");
    tree.write(file, &text.replace(old, new));
    let here = tree.check().into_iter().filter(|finding| finding.file == file);
    here.map(|finding| (finding.line, finding.rule, finding.what)).collect()
}

#[test]
fn a_problem_becomes_a_page_with_cause_options_prices_and_asks() {
    let tree = Tree::clean();
    let page = tree.read("rfc/problems/select.md");
    for part in [
        "# Select\n\nA raced arm loses [11](../evidence/C017.md#lost-sim) columns.",
        "Axis: `drop`",
        "- [C017 supported (sim)](../evidence/C017.md): It loses at least 1.",
        "| Hoist it | library, today | ecosystem | [C017](../evidence/C017.md) | open: `select-lints` |",
        "- Price: Nothing is known.",
        "- The price is not measured yet. Settled by the workload `select-lints`, which is not built.",
        "When loss matters, prefer hoisting, as long as this stands: [C017 supported (sim)](",
        "the workload `select-recreate-loss`, which is built",
        "- **lang**: Decide.",
        "([source](https://example.org), 2025-10)",
        "- Upstream: [A goal](https://example.org), open (2026-09-18).",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let evidence = tree.read("rfc/evidence/C017.md");
    assert!(evidence.contains("- [rfc/problems/select.md](../problems/select.md), “Select”"));
    let all = tree.read("rfc/all.md");
    assert!(all.contains("| No loss | reliability | 0 of 1 |"), "{all}");
    assert!(all.contains("has to flip: wanted contradicted"), "{all}");
}

#[test]
fn what_rests_on_a_superseded_claim_is_found_and_told_its_successor() {
    let tree = Tree::clean();
    let finding = "format = 1\n[[finding]]\ntext = \"It loses {C017#lost-sim}.\"\n\
                   claims = { C017 = \"supported\" }\n";
    tree.write("rfc/findings.toml", finding);
    assert_eq!(tree.check(), []);
    let mut facts = tree.facts();
    let old = facts.claims.get_mut("C017").expect("the claim");
    old.superseded_by = vec!["C130".into()];
    let checked = check_with(tree.0.path(), &facts, &CheckOptions::default()).expect("readable");
    let here = checked.findings.iter().filter(|finding| finding.rule == Rule::Superseded);
    let files: Vec<&str> = here.clone().map(|finding| finding.file.as_str()).collect();
    for file in ["rfc/findings.toml", "rfc/goals.toml", "rfc/problems/select.toml"] {
        assert!(files.contains(&file), "{file} is not among {files:?}");
    }
    assert!(here.clone().all(|finding| finding.repair.starts_with("cite C130;")));
}

#[test]
fn a_problem_is_refused_when_it_says_less_than_it_has_to() {
    let file = "rfc/problems/select.toml";
    for (old, new, line, rule, words) in [
        ("order = 10", "ordre = 10", 2, Rule::BadData, "unknown field `ordre`, expected"),
        ("date = \"2025-10\"\n", "", 14, Rule::BadData, "no date, expected YYYY"),
        ("date = \"2025-10\"", "date = \"soon\"", 14, Rule::BadData, "the date `soon`"),
        ("gap = \"select-lints\"\n", "", 24, Rule::BadData, "no evidence for fix and price"),
        ("axes = [\"drop\"]", "axes = [\"drpo\"]", 8, Rule::UnknownId, "near: drop"),
        ("seed = [\"SB3\"]", "seed = [\"SB4\"]", 5, Rule::UnknownId, "near: SB3"),
        ("\"goal-x\"", "\"goal-y\"", 30, Rule::UnknownId, "near: goal-x"),
        (
            "gap = \"select-lints\"",
            "gap = \"select-lint\"",
            28,
            Rule::UnknownId,
            "near: select-lints",
        ),
        ("team = \"lang\"", "team = \"long\"", 38, Rule::UnknownId, "near: lang"),
        ("Rows are gone.", "Lost 11 of 30.", 6, Rule::NakedMeasurement, "`11 of 30`"),
        ("id = \"select\"", "id = \"choose\"", 1, Rule::BadData, "expected rfc/problems/choose"),
    ] {
        let found = planted(file, old, new);
        let hit = |(at, which, what): &(usize, Rule, String)| {
            (*at, *which) == (line, rule) && what.contains(words)
        };
        assert!(found.iter().any(hit), "{new}: {found:?}");
    }
}

#[test]
fn a_claim_that_does_not_exist_is_refused_with_a_near_name() {
    let file = "rfc/problems/select.toml";
    let found = planted(file, "evidence = [\"C017 supported\"]", "evidence = [\"C071 supported\"]");
    let what = "unknown claim C071; near: C017";
    assert!(found.contains(&(10, Rule::UnknownId, what.to_owned())), "{found:?}");
    let found = planted("rfc/goals.toml", "C017 contradicted", "C018 contradicted");
    assert_eq!(found, [(7, Rule::UnknownId, "unknown claim C018; near: C017".to_owned())]);
}

#[test]
fn words_that_were_written_for_another_verdict_are_found() {
    let file = "rfc/problems/select.toml";
    let found = planted(file, "[\"C017 supported\"]\nshows", "[\"C017 contradicted\"]\nshows");
    let what = "written for `C017 contradicted`, the verdict is supported";
    assert_eq!(found, [(10, Rule::AssertionContradicted, what.to_owned())]);
    // A recommendation is conditional: it may name a verdict that does not stand today.
    assert_eq!(
        planted(file, "holds = [\"C017 supported\"]", "holds = [\"C017 contradicted\"]"),
        []
    );
}

#[test]
fn a_problem_without_evidence_and_without_a_gap_is_refused() {
    let file = "rfc/problems/select.toml";
    let gap = "[[gap]]\nquestion = \"How often?\"\nworkload = \"select-recreate-loss\"\n";
    let evidence = "evidence = [\"C017 supported\"]\n";
    assert_eq!(planted(file, gap, ""), [], "evidence is enough");
    assert_eq!(planted(file, evidence, ""), [], "a gap is enough");
    let tree = Tree::clean();
    tree.write(file, &PROBLEM.replace(gap, "").replace(evidence, ""));
    let finding = tree.check().into_iter().find(|finding| finding.file == file).expect("a finding");
    assert_eq!((finding.line, finding.rule), (1, Rule::BadData));
    assert!(finding.what.contains("neither evidence nor a gap"), "{finding}");
}

#[test]
fn two_problems_with_one_id_are_refused() {
    let tree = Tree::clean();
    tree.write("rfc/problems/selected.toml", PROBLEM);
    let twice = tree.check().into_iter().filter(|finding| finding.what.contains("exists already"));
    assert_eq!(twice.map(|finding| finding.file).collect::<Vec<_>>().len(), 1);
}

#[test]
fn a_goal_without_a_claim_is_refused() {
    let found = planted("rfc/goals.toml", "wants = [\"C017 contradicted\"]\n", "");
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0, found[0].1), (2, Rule::BadData));
    assert!(found[0].2.contains("names no claim"), "{found:?}");
}

#[test]
fn a_goal_that_only_a_definition_reaches_is_refused() {
    let tree = Tree::clean();
    let mut facts = tree.facts();
    facts.claims.get_mut("C017").expect("the claim").by_definition = true;
    let checked = check_with(tree.0.path(), &facts, &CheckOptions::default()).expect("readable");
    let what: Vec<&str> = checked.findings.iter().map(|finding| finding.what.as_str()).collect();
    let wanted = "C017 follows from a definition and counts in no goal";
    assert!(what.contains(&wanted), "{what:?}");
}

#[test]
fn a_bullet_that_nothing_treats_and_a_fact_without_a_day_are_refused() {
    let found = planted("rfc/seed.toml", "id = \"SB3\"", "id = \"SB9\"");
    assert!(found[0].2.contains("no problem, goal or chapter treats `SB9`"), "{found:?}");
    let found = planted("rfc/seed.toml", "chapters = []", "chapters = [\"nowhere\"]");
    assert_eq!((found[0].0, found[0].1), (5, Rule::BrokenLink));
    let found = planted("rfc/upstream.toml", "checked = \"2026-09-18\"\n", "");
    assert!(found[0].2.contains("`goal-x` has no date"), "{found:?}");
}

#[test]
fn a_page_that_was_edited_and_one_without_a_problem_are_found() {
    let page = "rfc/problems/select.md";
    let found = planted(page, "Rows are gone.", "Rows are safe.");
    assert_eq!(found[0].1, Rule::HandEdited);
    let tree = Tree::clean();
    tree.write("rfc/problems/other.md", "# Other\n");
    let what: Vec<String> = tree.check().into_iter().map(|finding| finding.what).collect();
    assert!(
        what.iter().any(|what| what.contains("no problem and no topic has this id")),
        "{what:?}"
    );
}

#[test]
fn a_workload_that_was_built_is_planned_no_more() {
    let found = planted("rfc/planned.toml", "select-lints", "select-recreate-loss");
    assert_eq!(found, [(2, Rule::BadData, "`select-recreate-loss` is built".to_owned())]);
}

#[test]
fn a_topic_becomes_a_page_and_is_checked_like_a_problem() {
    let topic = "[[topic]]\nid = \"select\"\ntitle = \"Select\"\nanswer = \"Loses {C017#lost-sim}.\"\n\
                 claims = [\"C017 supported\"]\nagainst = \"Nothing.\"\nsource = [\"rfc/all.md\"]\n\
                 problems = [\"select\"]\nupstream = [\"goal-x\"]\n";
    let tree = Tree::clean();
    tree.write("rfc/topics.toml", topic);
    fill_with(tree.0.path(), &tree.facts(), &FillOptions::default()).expect("right input");
    assert_eq!(tree.check(), []);
    let page = tree.read("rfc/topics/select.md");
    assert!(page.contains("# Select\n\nLoses [11](../evidence/C017.md#lost-sim)."), "{page}");
    assert!(page.contains("- [A goal](https://example.org), open (2026-09-18)"), "{page}");
    for (old, new, line, rule) in [
        ("C017 supported", "C017 contradicted", 5, Rule::AssertionContradicted),
        ("[\"select\"]", "[\"selekt\"]", 8, Rule::UnknownId),
        ("rfc/all.md", "rfc/none.md", 7, Rule::BrokenLink),
        ("Nothing.", "It takes 4 ms.", 6, Rule::NakedMeasurement),
    ] {
        tree.write("rfc/topics.toml", &topic.replace(old, new));
        let found = tree.check();
        let hit = |f: &Finding| f.file == "rfc/topics.toml" && (f.line, f.rule) == (line, rule);
        assert!(found.iter().any(hit), "{new}: {found:?}");
    }
}

#[test]
fn nothing_is_written_while_the_data_is_wrong() {
    let tree = Tree::new();
    tree.write("rfc/goals.toml", &GOALS.replace("C017", "C018"));
    let error = fill_with(tree.0.path(), &tree.facts(), &FillOptions::default()).unwrap_err();
    assert!(error.to_string().contains("rfc/goals.toml:7: unknown claim C018"), "{error:#}");
    assert!(!tree.0.path().join("rfc/problems/select.md").exists());
}

#[test]
fn a_program_is_spliced_with_its_attributes() {
    let tree = Tree::clean();
    let code = "mod m {\n    #[d::task_fn]\n    pub async fn go(x: u8) {\n        x;\n    }\n}\n";
    tree.write("src/a.rs", code);
    let page = "# P\n\n<!-- ev:begin table=source file=src/a.rs fn=go -->\n<!-- ev:end -->\n";
    tree.write("rfc/guide.md", page);
    fill_with(tree.0.path(), &tree.facts(), &FillOptions::default()).expect("right input");
    let text = tree.read("rfc/guide.md");
    assert!(
        text.contains("```rust\n#[d::task_fn]\npub async fn go(x: u8) {\n    x;\n}\n```"),
        "{text}"
    );
    tree.write("src/a.rs", &format!("{code}impl A {{\n    fn go() {{\n        y;\n    }}\n}}\n"));
    tree.write("rfc/guide.md", &page.replace("fn=go", "fn=A::go"));
    fill_with(tree.0.path(), &tree.facts(), &FillOptions::default()).expect("right input");
    assert!(tree.read("rfc/guide.md").contains("fn go() {\n    y;\n}\n```"), "the method");
    tree.write("rfc/guide.md", &page.replace("fn=go", "fn=gone"));
    let what = tree.check().into_iter().map(|finding| finding.what).collect::<Vec<_>>();
    assert!(what.iter().any(|what| what.contains("no function `gone`")), "{what:?}");
}

#[test]
fn axes_are_read_from_the_designs() {
    let tree = Tree::clean();
    let words = ["may", "awaited", "drop", "copied", "root", "borrow", "one"];
    let fields = AXES.iter().zip(words).map(|(axis, word)| (axis.id.to_owned(), word.to_owned()));
    let axes = Axes::of(&fields.collect()).expect("a point");
    let facts = Facts { points: vec![("poll".to_owned(), axes)], ..tree.facts() };
    fill_with(tree.0.path(), &facts, &FillOptions::default()).expect("right input");
    let text = tree.read("rfc/design-space.md");
    assert!(text.contains("| `poll` | may | awaited | drop | copied |"), "{text}");
}

const DISPUTE: &str = "# Objections.\n\n[[dispute]]\nclaim = \"C017\"\npart = \"bound\"\n\
    what = \"One lost item is no hazard\"\nurl = \"https://example.org/1\"\n\
    opened = \"2027-01-10\"\n";

fn disputed(text: &str) -> (Tree, Vec<Finding>) {
    let tree = Tree::new();
    tree.write("rfc/disputes.toml", text);
    tree.write("rfc/more.md", &block("disputes"));
    let findings = tree.check();
    (tree, findings.into_iter().filter(|one| one.file == "rfc/disputes.toml").collect())
}

#[test]
fn a_dispute_is_refused_when_it_says_less_than_it_has_to() {
    assert_eq!(disputed(DISPUTE).1, []);
    for (old, new, line, rule, words) in [
        ("\"C017\"", "\"C071\"", 4, Rule::UnknownId, "no claim `C071`; near: C017"),
        ("\"bound\"", "\"bond\"", 5, Rule::UnknownId, "near: bound"),
        ("opened = \"2027-01-10\"\n", "", 3, Rule::BadData, "the dispute has no date"),
        ("https://", "see ", 7, Rule::BadData, "no public address"),
        ("opened", "closed = \"2027-02-01\"\nopened", 3, Rule::BadData, "what came of it"),
        ("part", "parts", 5, Rule::BadData, "unknown field `parts`"),
    ] {
        let found = disputed(&DISPUTE.replacen(old, new, 1)).1;
        let hit = |one: &Finding| (one.line, one.rule) == (line, rule) && one.what.contains(words);
        assert!(found.iter().any(hit), "{new}: {found:?}");
    }
}

#[test]
fn disputes_are_listed_with_their_state() {
    let settled = DISPUTE.replace("opened", "closed = \"2027-02-01\"\noutcome = \"kept\"\nopened");
    let (tree, found) = disputed(&format!("{settled}{}", &DISPUTE[DISPUTE.find("[[").unwrap()..]));
    assert_eq!(found, []);
    fill_with(tree.0.path(), &tree.facts(), &FillOptions::default()).expect("right input");
    let list = tree.read("rfc/more.md");
    let open = "| [C017](evidence/C017.md) | bound | [One lost item is no hazard]\
        (https://example.org/1) | open since 2027-01-10 |";
    let (open, closed) = (list.find(open), list.find("settled 2027-02-01: kept"));
    assert!(open.is_some() && open < closed, "{list}");
}

#[test]
fn a_replication_names_a_claim_a_verdict_and_a_day() {
    let text = "[[replication]]\nclaim = \"C017\"\nwhat = \"A port.\"\nverdict = \"proven\"\n\
        url = \"https://example.org\"\n";
    let tree = Tree::new();
    tree.write("rfc/replications.toml", text);
    let found = tree.check();
    let here: Vec<&Finding> =
        found.iter().filter(|one| one.file == "rfc/replications.toml").collect();
    assert!(here.iter().any(|one| one.line == 4 && one.what.contains("no verdict `proven`")));
    assert!(here.iter().any(|one| one.line == 1 && one.what.contains("no date")), "{here:?}");
}

#[test]
fn a_goal_says_which_part_of_a_conjunction_has_to_fail() {
    let tree = Tree::clean();
    let mut facts = tree.facts();
    let check = |name: &str, verdict: &str| CheckFacts {
        name: name.into(),
        target: "sim".into(),
        verdict: verdict.into(),
        ..CheckFacts::default()
    };
    let claim = facts.claims.get_mut("C017").expect("the claim");
    claim.checks = vec![check("lost", "supported"), check("frac", "contradicted")];
    claim.verdict = "contradicted".into();
    let goal = |wants: &str| {
        tree.write("rfc/goals.toml", &GOALS.replace("C017 contradicted", wants));
        let mut facts = facts.clone();
        facts.spine = crate::spine::read(tree.0.path()).expect("readable");
        facts
    };
    let whole = goal("C017 contradicted");
    let found = check_with(tree.0.path(), &whole, &CheckOptions::default()).expect("readable");
    let vague = found.findings.iter().find(|one| one.what.contains("which has to fail"));
    let vague = vague.expect("a finding");
    assert_eq!((vague.file.as_str(), vague.line), ("rfc/goals.toml", 7));
    assert!(vague.repair.contains("C017/lost contradicted"), "{vague}");
    for (wants, reached) in [("C017/lost", "0 of 1"), ("C017/frac", "1 of 1"), ("C017/*", "0 of 1")]
    {
        let facts = goal(&format!("{wants} contradicted"));
        let sources = Sources { root: tree.0.path(), facts: &facts, cited: &Default::default() };
        let asks = [("table".to_owned(), "goals".to_owned())].into();
        let place = Place { file: "rfc/all.md", asks: &asks };
        let table = crate::blocks::block(&sources, &place).expect("a table");
        assert!(table.contains(&format!("| {reached} |")), "{wants}: {table}");
    }
    let unknown = goal("C017/lots contradicted");
    let found = check_with(tree.0.path(), &unknown, &CheckOptions::default()).expect("readable");
    let what = "C017 has no check `lots`; near: lost, frac";
    assert!(found.findings.iter().any(|one| one.what == what), "{:?}", found.findings);
}
