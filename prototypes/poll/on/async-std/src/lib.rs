//! The design `poll` on async-std: races, joins, scopes, channels and locks are the design's; the
//! executor, the clock, sockets and files are async-std's.
//!
//! Names that depend on the runtime are declared by `facade!` of `design_poll` and shadow those of
//! the design.

#![forbid(unsafe_code)]

design_poll::facade!(design_poll, awb_marker_poll, runtime_async_std);
