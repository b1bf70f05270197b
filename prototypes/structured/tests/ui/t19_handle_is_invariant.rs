//! The lifetime of a scope's children cannot be shortened.
extern crate design_structured as design;
use design as d;

fn shorten<'a, 'long: 'a>(scope: d::Scope<'long, 64>) -> d::Scope<'a, 64> {
    scope
}

fn main() {
    let _ = shorten;
}
