//! Two records are compared value by value.

use record::{CellKey, Line, Outcome, Role};
use xtask_judge::equal::{Compared, Place, Rule, Value};

use crate::fixture::{Tree, exact, outcome};

const CELL: &str = "w/a,n=2@poll:own";

fn compared(a: &[Line], b: &[Line], within: u32) -> Compared {
    let tree = Tree::new(crate::LOST);
    let (a, b) = (tree.record("sim", "a", a), tree.record("sim", "b", b));
    let wanted = |_: &CellKey, metric: &str| !metric.ends_with("status");
    Rule { wanted: &wanted, within }.compare(&a, &b).expect("readable")
}

fn place(cell: &str, metric: &str) -> Place {
    Place { cell: cell.into(), metric: metric.into() }
}

#[test]
fn what_differs_is_listed_and_what_is_equal_and_what_one_has_are_counted() {
    let other = "w/a,n=2@scoped:own";
    let a = [exact(CELL, 0, &[("allocs", 3), ("instr", 1000), ("gone", 1)])];
    let b = [exact(CELL, 0, &[("allocs", 3), ("instr", 1001)]), exact(other, 0, &[("allocs", 3)])];
    let found = compared(&a, &b, 0);
    // The receipt and the allocations.
    assert_eq!(found.equal, 2);
    assert_eq!(found.differ.len(), 1, "{found:?}");
    let one = &found.differ[0];
    assert_eq!(one.place, place(CELL, "instr"));
    assert_eq!(
        (one.a.first(), one.b.first()),
        (Some(&Value::Number(1000)), Some(&Value::Number(1001)))
    );
    assert_eq!(found.only_a, [place(CELL, "gone")]);
    assert_eq!(found.only_b, [place(other, "allocs"), place(other, "receipt")]);
    // Half a per cent and a thousandth.
    assert!(compared(&a, &b, 5000).differ.is_empty());
    assert_eq!(compared(&a, &b, 900).differ.len(), 1);
}

#[test]
fn a_launch_that_says_something_else_differs_and_one_more_that_says_the_same_does_not() {
    let one = [exact(CELL, 0, &[("instr", 1000)])];
    let same = [exact(CELL, 0, &[("instr", 1000)]), exact(CELL, 1, &[("instr", 1000)])];
    let differs = [exact(CELL, 0, &[("instr", 1000)]), exact(CELL, 1, &[("instr", 1500)])];
    assert!(compared(&one, &same, 0).differ.is_empty());
    assert_eq!(compared(&one, &differs, 0).differ[0].b.len(), 2);
    assert_eq!(compared(&one, &differs, 5000).differ.len(), 1, "the largest is far");
}

#[test]
fn each_schedule_is_compared_with_all_that_happened_on_it() {
    let of = |second| outcome(CELL, Role::Hazard, &[(Outcome::Occurs, Some(1)), second]);
    let a = [of((Outcome::Absent, None))];
    for second in [(Outcome::Occurs, None), (Outcome::Absent, Some(1))] {
        let found = compared(&a, &[of(second)], 1_000_000);
        assert_eq!(found.differ.len(), 1, "{found:?}");
        assert_eq!(found.differ[0].place, place(CELL, "schedule 1"));
    }
    let found = compared(&a, &a, 0);
    assert_eq!((found.equal, found.differ.len()), (3, 0), "the receipt and two schedules");
}
