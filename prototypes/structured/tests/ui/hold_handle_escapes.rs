//! A turn may not leave its hold.
extern crate design_structured as design;
use design as d;

fn main() {
    let _ = d::task!(async {
        let turn = d::hold!(d::sleep(1), |h| h.turn()).await;
        let _ = turn.await;
    });
}
