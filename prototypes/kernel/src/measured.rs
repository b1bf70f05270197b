//! The measured part of a run, as every design has it.

/// Declares `begin` and `end` of a design and its marker, which is `extern "C"`, not inlined and
/// named so in the binary: `measured!(awb_marker_poll, "poll")`. The second is what the marker's
/// body is kept for.
#[macro_export]
macro_rules! measured {
    ($marker:ident, $kept:expr) => {
        /// Begins the measured part of a run ([`World::begin`](::contract::World::begin)), marked
        /// as this design's.
        ///
        /// # Panics
        /// When the run has a measured part already.
        pub fn begin(world: &::contract::World) {
            world.begin();
            $marker();
        }

        /// Ends the measured part, in which `ops` operations were made
        /// ([`World::end`](::contract::World::end)).
        ///
        /// # Panics
        /// Without [`begin`] before.
        pub fn end(world: &::contract::World, ops: u32) {
            world.end(ops.into());
        }

        /// Marks that this design's `block_on` ran. A profile must see exactly its own design's.
        #[unsafe(no_mangle)]
        #[inline(never)]
        pub extern "C" fn $marker() {
            ::core::hint::black_box($kept);
        }
    };
}
