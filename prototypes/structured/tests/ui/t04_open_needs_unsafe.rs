//! A scope's handle without its scope would let children begin that nothing ends, and a second
//! run of a scope would end it under its body.
extern crate design_structured as design;
use design as d;

fn main() {
    let memory = core::pin::pin!(d::ScopeMem::<256>::new());
    let scope = d::__private::open(memory.into_ref());
    let opening = d::__private::Opening::new();
    let _ = d::__private::run(scope, d::Policy::AllOrFail, d::task!(async {}), opening);
    let held = core::pin::pin!(d::__private::Held::new(d::sleep(1)));
    let _ = d::__private::Held::handle(held.into_ref());
}
