//! What is refused once the records are read.

use crate::fixture::{Tree, exact};
use crate::{HAZARD, LOST};

#[test]
fn several_cells_where_one_is_asked_for_is_a_mistake_of_the_claim() {
    let mut tree = Tree::new(LOST);
    let lines = [30, 31].map(|n| {
        exact(&format!("select-recreate-loss/hazard,n={n}@poll:own"), 0, &[("lost_items", 1)])
    });
    tree.pin("sim", "a", &lines);
    assert!(tree.error().contains("2 values where `reduce` is `only`"));
}

#[test]
fn a_damaged_record_is_refused() {
    let mut tree = Tree::new(LOST);
    tree.pin("sim", "a", &[exact(HAZARD, 0, &[("lost_items", 1)])]);
    let path = tree.root().join("reports/data/sim/a/poll.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"lost_items\":1", "\"lost_items\":0")).unwrap();
    assert!(tree.error().contains("poll.jsonl:1"));
}
