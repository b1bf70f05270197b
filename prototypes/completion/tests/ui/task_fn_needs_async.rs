//! The attribute wants an `async fn`.
extern crate design_completion as design;
use design as d;

#[d::task_fn]
fn plain() {}

fn main() {}
