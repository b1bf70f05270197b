//! A seal cannot be written down.
extern crate design_completion as design;
use design as d;

fn main() {
    let _ = d::must::AwaitToken(std::marker::PhantomData);
    let _ = d::must::Leaf {
        operation: d::sleep(1),
    };
}
