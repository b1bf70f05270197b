//! The index of stories and the coverage of the request: what they show, and what is refused.

use super::*;

const STORIES: &str = r#"[[story]]
id = "barbara_gets_burned"
title = "Barbara gets burned"
tells = "Rows are gone."

[[story]]
id = "alan_waits"
title = "Alan waits"
tells = "Nothing moves."
waits = "select-lints"

[[story]]
id = "grace_reads"
title = "Grace reads"
tells = "She reads."
never = "It describes no program."
"#;

const REFS: &str = "refs = [\"wg-async: barbara_gets_burned\", \"tokio#1\"]\n";
const SUITE: &str = "workloads/suite/select_recreate_loss.toml";

/// A tree with stories, filled, and its page.
fn told() -> (Tree, String) {
    let tree = Tree::new();
    tree.write(SUITE, REFS);
    tree.write("rfc/stories.toml", STORIES);
    let kinds = ["executed", "waiting", "never"]
        .map(|kind| block("stories").replace("=stories", &format!("=stories kind={kind}")));
    tree.write("rfc/stories.md", &(block("story-count") + &kinds.concat()));
    fill_with(tree.0.path(), &facts(&tree), &FillOptions::default()).expect("right input");
    let page = tree.read("rfc/stories.md");
    (tree, page)
}

fn facts(tree: &Tree) -> Facts {
    let mut facts = tree.facts();
    let claim = facts.claims.get_mut("C017").expect("the claim");
    claim.workloads = vec!["select-recreate-loss".into()];
    facts
}

#[test]
fn a_story_has_its_workload_and_verdicts_or_its_reason() {
    let (tree, page) = told();
    let vision = "https://rust-lang.github.io/wg-async/vision/submitted_stories/status_quo";
    for line in [
        "Of 3 stories and chapters, 1 are executed by a workload, 1 wait for one, and 1 have",
        &format!(
            "| [Barbara gets burned]({vision}/barbara_gets_burned.html) | Rows are gone. | \
             `select-recreate-loss` | supported: [C017](evidence/C017.md) |"
        ),
        &format!("| [Alan waits]({vision}/alan_waits.html) | Nothing moves. | `select-lints` |"),
        &format!("| [Grace reads]({vision}/grace_reads.html) | It describes no program. |"),
    ] {
        assert!(page.contains(line), "{line} is not in {page}");
    }
    let checked = check_with(tree.0.path(), &facts(&tree), &CheckOptions::default());
    assert_eq!(checked.expect("readable").findings, []);
}

#[test]
fn a_story_without_a_workload_or_a_reason_is_refused() {
    for (old, new, wanted) in [
        ("waits = \"select-lints\"", "", (7, "no workload names `alan_waits`")),
        ("never = ", "waits = \"select-lints\"\nnever = ", (13, "has `waits` and `never`")),
        ("\"select-lints\"", "\"select-lint\"", (10, "no workload in the suite or in")),
        ("Rows are gone.\"", "Rows are gone.\"\nnever = \"x\"", (2, "is executed by select")),
        ("tells = \"She", "tells = \"In 12 ms she", (15, "`12 ms` looks like a measurement")),
        ("id = \"barbara_gets", "id = \"barbara_got", (1, "is no story here")),
    ] {
        let (tree, _) = told();
        assert!(STORIES.contains(old), "{old}");
        tree.write("rfc/stories.toml", &STORIES.replacen(old, new, 1));
        let checked = check_with(tree.0.path(), &facts(&tree), &CheckOptions::default());
        let findings = checked.expect("readable").findings;
        let here = findings.iter().filter(|it| it.file == "rfc/stories.toml");
        let found: Vec<(usize, &str)> = here.map(|it| (it.line, it.what.as_str())).collect();
        let is_it = |(line, what): &&(usize, &str)| *line == wanted.0 && what.contains(wanted.1);
        assert!(found.iter().any(|it| is_it(&it)), "{old} for {new}: {found:?}");
    }
}

#[test]
fn a_line_of_the_request_has_its_claims_by_verdict_and_the_workloads_it_waits_for() {
    let tree = Tree::new();
    let gap = "question = \"How often?\"\nworkload = \"select-recreate-loss\"";
    let open = gap.replace("select-recreate-loss", "select-lints");
    let problem = PROBLEM.replace(gap, &format!("{gap}\n\n[[gap]]\n{open}"));
    tree.write("rfc/problems/select.toml", &problem);
    fill_with(tree.0.path(), &tree.facts(), &FillOptions::default()).expect("right input");
    let all = tree.read("rfc/all.md");
    let row = "| SB3 | Sharp edges. | [select](problems/select.md) | no-loss | 1 supported | \
               `select-lints` | – |";
    assert!(all.contains(row), "what is built is not open: {all}");
}

#[test]
fn a_line_has_the_claims_on_which_what_treats_it_rests() {
    let tree = Tree::new();
    let mut facts = tree.facts();
    facts.claims.get_mut("C017").expect("the claim").seed.clear();
    fill_with(tree.0.path(), &facts, &FillOptions::default()).expect("right input");
    let row = "| SB3 | Sharp edges. | [select](problems/select.md) | no-loss | 1 supported |";
    assert!(tree.read("rfc/all.md").contains(row), "it is the evidence of the problem");
    let bare = Tree::new();
    bare.write("rfc/problems/select.toml", &PROBLEM.replace("seed = [\"SB3\"]", "seed = []"));
    bare.write("rfc/goals.toml", &GOALS.replace("seed = [\"SB3\"]", "seed = []"));
    let seed = SEED.replace("chapters = []", "chapters = [\"unresolved\"]");
    bare.write("rfc/seed.toml", &seed);
    let mut facts = bare.facts();
    facts.claims.get_mut("C017").expect("the claim").seed.clear();
    fill_with(bare.0.path(), &facts, &FillOptions::default()).expect("right input");
    let row = "| SB3 | Sharp edges. | – | – | none | – | [unresolved](unresolved.md) |";
    assert!(bare.read("rfc/all.md").contains(row), "{}", bare.read("rfc/all.md"));
}
