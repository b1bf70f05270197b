// A child is a task: it may outlive everything but what it owns.

use design_owned as d;

fn main() {
    let outside = 1;
    let _scope = d::scope!(cap = 1, bytes = 64, |s| {
        let _child = s.spawn(async { outside + 1 });
    });
}
