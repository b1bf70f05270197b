//! What a scope or a hold expands to cannot be called without a promise.
extern crate design_completion as design;
use design as d;

fn main() {
    let held = Box::pin(design::__private::Held::new(d::sleep(1)));
    let _ = held.as_ref().handle();
    let state = Box::pin(design::__private::ScopeState::<64>::new(1));
    let _ = state.as_ref().handle();
    let _ = d::Completion::abandonable(&d::sleep(1));
}
