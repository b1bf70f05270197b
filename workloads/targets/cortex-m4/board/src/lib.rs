//! The board: ARM's mps2-an386 (Cortex-M4F) as QEMU models it.
//!
//! An image is one design and one workload, plus this crate. It runs each of its cells
//! twice on a fresh World, the second time between two reads of a timer, and sends what it
//! saw as fixed binary frames ([`contract::wire`]). It formats nothing and parses nothing,
//! so the image that is measured is the image that would be shipped.
//!
//! Everything unsafe of the target is in this crate: registers, the stack pointer, the
//! statics. What is deliberately absent: a scheduler (that is the kernel's), any text, and
//! any decision about what a number means (that is the host's).
//!
//! Read in this order: [`run_image`], [`clock`], [`stack`], [`lines`], [`host`].

#![no_std]

pub mod clock;
mod fault;
pub mod host;
#[cfg(feature = "lines")]
pub mod lines;
mod main_only;
mod run;
pub mod stack;
mod vectors;
mod world;

pub use run::{Cell, run_image};

// Linked for its start-up code and its vector table; nothing of it is called.
use cortex_m_rt as _;

/// The entry point of an image: which cells of which workload it runs, in order.
///
/// The cases are looked up while compiling, so that only those named here are linked.
///
/// ```text
/// board::image! { suite::await_depth_cost::CASES; "a" = 1, "a" = 10, "hand" = 1 }
/// ```
#[macro_export]
macro_rules! image {
    ($cases:expr; $($id:literal = $n:literal),+ $(,)?) => {
        const CELLS: &[$crate::Cell] = &[$($crate::Cell::of($cases, $id, $n)),+];

        // SAFETY: `main` is what the start-up code calls, once, and an image has one.
        #[unsafe(export_name = "main")]
        extern "C" fn main() -> ! {
            $crate::run_image(CELLS)
        }
    };
}
