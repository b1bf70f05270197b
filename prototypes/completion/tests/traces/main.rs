//! What the design does, as traces of events on the simulated driver. All but `undriven` hold
//! for must-complete children that their scope drives as well, and `structured` mounts them.

extern crate design_completion as design;

mod cancel;
mod common;
mod foreign;
mod nested;
mod outputs;
mod scope;
mod t05_panics;
mod t16_same_tick;
mod undriven;
