//! A child may not borrow what ends with the body.
extern crate design_structured as design;
use design as d;

fn main() {
    let _ = d::task!(async {
        d::scope!(cap = 1, bytes = 256, |s| {
            let local = 7;
            let borrowed = &local;
            let _ = s.spawn(d::task!(async move {
                let _ = d::sleep(1).await;
                assert_eq!(*borrowed, 7);
            }));
        })
        .await
    });
}
