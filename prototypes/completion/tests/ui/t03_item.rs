//! An await inside a nested function is not sealed.
extern crate design_completion as design;
use design as d;

fn main() {
    let _ = d::task!(async {
        async fn inner() {
            let _ = d::sleep(1).await;
        }
        d::plain(inner()).await
    });
}
