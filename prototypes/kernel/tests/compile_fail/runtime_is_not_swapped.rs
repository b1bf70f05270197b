//! What a leaf gets of a runtime is a shared reference: no other one takes its place.
use kernel::run::context;

fn main() {
    context::with(|one| context::with(|other| std::mem::swap(one, other)));
}
