//! An await in the arguments of another macro is not sealed.
extern crate design_completion as design;
use design as d;

macro_rules! through {
    ($e:expr) => {
        $e.await
    };
}

fn main() {
    let _ = d::task!(async {
        let _ = through!(d::sleep(1));
    });
}
