//! A child that can fail says so in its type.
extern crate design_structured as design;
use design as d;

fn main() {
    let _ = d::scope!(policy = d::Policy::AllOrFail, bytes = 256, |s| {
        let _ = s.spawn_result(d::plain(core::future::ready(7)));
    });
}
