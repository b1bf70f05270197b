// What children borrow lives longer than the scope.

use design_poll_cancel as d;

fn main() {
    let scope = {
        let outside = 1;
        d::scope!(cap = 1, bytes = 64, |s| {
            let _child = s.spawn(async { outside + 1 });
        })
    };
    drop(scope);
}
