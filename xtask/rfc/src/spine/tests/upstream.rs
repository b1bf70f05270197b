//! Where the work of a team is tracked.

use super::{Tree, block, planted};
use crate::fill::{FillOptions, fill_with};
use crate::finding::Rule;

const FILE: &str = "rfc/problems/select.toml";
const NONE: &str = "no_upstream = \"2026-11-30\"\n";

#[test]
fn what_a_team_is_asked_names_where_it_is_tracked() {
    let found = planted(FILE, NONE, "");
    let what = "the ask to lang names no issue or goal of lang".to_owned();
    assert_eq!(found, [(39, Rule::BadData, what)]);
    let found = planted(FILE, NONE, "no_upstream = \"once\"\n");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].2.contains("has the date `once`, expected YYYY"), "{found:?}");
    let both = format!("upstream = [\"goal-x\"]\n{NONE}");
    let found = planted(FILE, NONE, &both);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].2.contains("names upstream and says that there is none"), "{found:?}");
}

#[test]
fn a_remedy_of_the_ecosystem_need_not_be_tracked() {
    let upstream = "upstream = [\"goal-x\"]\n\n[[recommend]]";
    assert_eq!(planted(FILE, upstream, "\n[[recommend]]"), []);
    let owner = "owner = \"ecosystem\"\nupstream = [\"goal-x\"]";
    let found = planted(FILE, owner, "owner = \"lang\"");
    let what = "the remedy `Hoist it` names no issue or goal of lang".to_owned();
    assert_eq!(found, [(24, Rule::BadData, what)]);
}

#[test]
fn the_page_says_on_which_day_nothing_was_found() {
    let page = Tree::clean().read("rfc/problems/select.md");
    let line = "- **lang**: Decide. Upstream: no issue and no goal was found (2026-11-30).";
    assert!(page.contains(line), "{page}");
    let asks = Tree::clean().read("rfc/all.md");
    assert!(asks.contains("; upstream: none found (2026-11-30)."), "{asks}");
}

#[test]
fn a_goal_has_the_options_that_it_would_carry_and_what_is_asked_of_it() {
    let tree = Tree::new();
    tree.write("rfc/carried.md", &block("carried"));
    fill_with(tree.0.path(), &tree.facts(), &FillOptions::default()).expect("right input");
    let row = "| [A goal](https://example.org) | – | Hoist it ([select](problems/select.md)) |";
    let page = tree.read("rfc/carried.md");
    assert!(page.contains(row), "{page}");
}
