//! The heap of timers of one runtime does not become that of another.
use kernel::run::context;

fn main() {
    context::with(|one| context::with(|other| one.timers.root.swap(&other.timers.root)));
}
