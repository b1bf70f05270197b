//! The driver that is made from a world alone: in an image the linked board's, else virtual time.

use contract::World;

use crate::driver::Driver;

/// It, for one run. `edge` is called at every edge of a line that a task waits for.
#[cfg(not(feature = "isr"))]
#[inline(always)]
pub(crate) fn of_world(world: &'static World, edge: fn(usize, u32)) -> impl Driver {
    crate::driver::sim::Sim::new(world, edge)
}

/// It, for one run. Its handlers wake for themselves.
#[cfg(feature = "isr")]
#[inline(always)]
pub(crate) fn of_world(world: &'static World, _: fn(usize, u32)) -> impl Driver {
    crate::driver::isr::Isr::new(crate::driver::isr::LinkedBoard, world)
}
