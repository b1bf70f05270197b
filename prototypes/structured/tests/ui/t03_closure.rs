//! An await inside a closure's body is not sealed.
extern crate design_structured as design;
use design as d;

fn main() {
    let _ = d::task!(async {
        let inner = async || d::sleep(1).await;
        d::plain(inner()).await
    });
}
