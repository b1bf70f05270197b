//! A scope's handle without its scope would let children begin that nobody ends.
extern crate design_structured as design;
use design as d;

fn main() {
    let memory = core::pin::pin!(d::ScopeMem::<256>::new());
    let _ = d::__private::open(memory.into_ref());
    let held = core::pin::pin!(d::__private::Held::new(d::sleep(1)));
    let _ = d::__private::Held::handle(held.into_ref());
}
