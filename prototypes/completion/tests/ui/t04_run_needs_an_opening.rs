//! The scope of a body cannot be run a second time, which would close it under the body.
extern crate design_completion as design;
use design as d;

fn main() {
    let _ = d::task!(async {
        d::scope!(cap = 1, bytes = 256, |s| {
            let child = s.spawn(d::task!(async {}));
            let opening = design::__private::Opening::new();
            design::__private::run(s, d::task!(async {}), opening).await;
            child.await
        })
        .await
    });
}
