//! The same firmware without async: a loop in the foreground, interrupts in the background.
//! What the designs are compared with on a microcontroller.

#![no_std]

pub mod embedded_footprint;
