//! The design `completion` inside async-std.
//!
//! A runtime that may drop its tasks cannot hold an operation that must complete. So the
//! operation brings its executor and its driver, io_uring where it can be had, and all of that
//! is one future of async-std, which lends it two things: the news that the driver's descriptor is
//! readable, and timers. Every name but those that `facade!` declares is the design's own.

#![forbid(unsafe_code)]

design_completion::facade!(runtime_async_std);
