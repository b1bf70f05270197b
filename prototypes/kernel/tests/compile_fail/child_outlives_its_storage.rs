//! Storage of children knows no lifetimes: what a child borrows is the promise of who spawns it.
use std::pin::pin;

use kernel::run::children::Children;

fn main() {
    let children = pin!(Children::<64>::new());
    let local = 7;
    let _ = children.as_ref().spawn(async { &local });
}
