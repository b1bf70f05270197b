// A child may outlive the body, so it must not borrow from it.

use design_poll as d;

fn main() {
    let _scope = d::scope!(cap = 1, bytes = 64, |s| {
        let local = 1;
        let _child = s.spawn(async { local + 1 });
    });
}
