//! What a leaf gets of a runtime is a shared reference: it is not moved under what points into it.
use kernel::run::context;

fn main() {
    context::with(|runtime| {
        let moved = *runtime;
        drop(moved);
    });
}
