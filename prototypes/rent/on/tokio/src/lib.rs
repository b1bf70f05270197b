//! The design `rent` inside tokio.
//!
//! Its futures may be dropped like any of tokio's, but what they give a buffer to is a driver
//! that completes operations, and tokio has none. So an operation brings its executor and its
//! driver, io_uring where it can be had, and all of that is one future of tokio, which lends it
//! two things: the news that the driver's descriptor is readable, and timers. Every name but
//! those that `facade!` declares is the design's own.

#![forbid(unsafe_code)]

design_rent::facade!(runtime_tokio);
