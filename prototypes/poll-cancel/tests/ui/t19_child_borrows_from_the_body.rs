// A child may outlive the body, so it must not borrow from it.

use design_poll_cancel as d;

fn main() {
    let _scope = d::scope!(cap = 1, bytes = 64, |s| {
        let local = core::cell::Cell::new(1);
        let local = &local;
        let _child = s.spawn(async move { local.get() });
    });
}
