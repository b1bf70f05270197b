//! The World of an image.

use contract::World;

use crate::main_only::MainOnly;

/// The one World. By its symbol the host subtracts it from `.bss`: it is the workbench's,
/// not the firmware's.
// SAFETY: nothing else has this name; the attribute only fixes the symbol.
#[unsafe(no_mangle)]
static AWB_WORLD: MainOnly<World> = MainOnly::new(World::new());

/// The World of this image.
pub(crate) fn world() -> &'static World {
    AWB_WORLD.get()
}
