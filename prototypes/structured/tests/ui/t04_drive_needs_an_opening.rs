//! What is held cannot be driven a second time, from inside of itself: that drive would panic with
//! its own body in flight.
extern crate design_structured as design;
use design as d;

fn main() {
    let _ = d::task!(async {
        let held = std::pin::pin!(design::__private::Held::new(d::sleep(1)));
        let opening = design::__private::Opening::new();
        design::__private::drive(held.as_ref(), d::task!(async {}), opening).await;
    });
}
