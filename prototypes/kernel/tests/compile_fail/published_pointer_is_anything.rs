//! Who finds a published pointer takes it for what its design publishes.
use std::ptr::NonNull;

use kernel::run::context;

fn main() {
    let name = context::with(|runtime| {
        runtime.tasks.publish(NonNull::<u64>::dangling().cast())
    });
    drop(name);
}
