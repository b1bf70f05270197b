//! The design `rent` inside smol.
//!
//! Its futures may be dropped like any of smol's, but what they give a buffer to is a driver
//! that completes operations, and smol has none. So an operation brings its executor and its
//! driver, io_uring where it can be had, and all of that is one future of smol, which lends it
//! two things: the news that the driver's descriptor is readable, and timers. Every name but
//! those that `facade!` declares is the design's own.

#![forbid(unsafe_code)]

design_rent::facade!(runtime_smol);
