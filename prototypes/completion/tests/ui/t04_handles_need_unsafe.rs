//! What a scope or a hold expands to cannot be called without a promise.
extern crate design_completion as design;
use design as d;

fn main() {
    let held = Box::pin(design::__private::Held::new(d::sleep(1)));
    let _ = held.as_ref().handle();
    let nursery = Box::pin(design::__private::Nursery::<64>::new(1));
    let _ = nursery.as_ref().handle();
    let _ = d::Completion::abandonable(&d::sleep(1));
}
