//! A handle may not leave its scope.
extern crate design_structured as design;
use design as d;

fn main() {
    let _ = d::task!(async {
        let escaped = d::scope!(cap = 1, bytes = 256, |s| {
            s.spawn(d::task!(async {
                let _ = d::sleep(1).await;
            }))
        })
        .await;
        let _ = escaped.await;
    });
}
