//! The image that starts, reports and does nothing else: what every image costs before its
//! first line of firmware. Sizes of other images are read as differences from it.

#![no_std]

pub mod embedded_footprint;
