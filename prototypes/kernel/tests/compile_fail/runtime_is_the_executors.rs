//! Timers and waiting leaves point into a runtime, so only the executor makes one, where it stays.
use kernel::driver::sim::Sim;
use kernel::run::context::{self, Runtime};

fn main() {
    let world: &'static contract::World = Box::leak(Box::new(contract::World::new()));
    let sim = Sim::new(world, context::edge);
    let runtime = Runtime::new(&sim);
    std::mem::forget(runtime);
}
