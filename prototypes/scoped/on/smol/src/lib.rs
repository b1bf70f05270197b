//! The design `scoped` on smol: races, joins, scopes, channels and locks are the design's; the
//! executor, the clock, sockets and files are smol's.
//!
//! Names that depend on the runtime are declared by `facade!` of `design_poll` and shadow those of
//! the design.

#![forbid(unsafe_code)]

design_scoped::facade!(design_scoped, awb_marker_scoped, runtime_smol);
