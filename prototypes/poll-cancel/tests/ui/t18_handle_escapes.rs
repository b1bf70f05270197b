// A handle, or the scope itself, must not leave the body.

use design_poll_cancel as d;

fn main() {
    let _handle = d::scope!(cap = 1, bytes = 64, |s| s.spawn(async { 1 }));
}
