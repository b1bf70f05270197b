//! A leaf is a future, and cannot be made without a seal.
extern crate design_completion as design;
use design as d;

fn main() {
    let _ = design::__private::leaf(d::sleep(1), design::__private::AwaitToken::new());
}
