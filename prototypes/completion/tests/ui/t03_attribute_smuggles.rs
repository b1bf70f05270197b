//! An attribute macro carries sealed awaits into a block of its own.

extern crate design_completion as design;
use design as d;

#[d::task_fn]
#[design_completion_adversary::smuggle]
async fn victim() {
    let mut buffer = [0; 4];
    let _ = d::device_read(&mut buffer, 1).await;
}

fn main() {
    let _ = victim();
}
