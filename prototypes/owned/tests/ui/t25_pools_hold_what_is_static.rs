// A static place outlives every frame.

use design_owned as d;
use std::future::{Ready, ready};

fn main() {
    let local = 1;
    let pool: &'static d::StaticPool<Ready<&u32>, 1> = Box::leak(Box::default());
    let _task = pool.spawn(ready(&local));
}
