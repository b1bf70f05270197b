//! async_singleflight 0.4.0: calls for one key share the work of the first. When that call is
//! dropped, its entry stays, and every later call for the key waits for ever
//! (async_singleflight#3).
//!
//! Merged was an entry that a guard removes when the leader is dropped, in 0.5. For a program the
//! fix is a later version, whose `work` returns another type.

use std::future::{pending, ready};

use contract::{Params, World};
use futures_util::FutureExt;
use oracles::published_bugs::{came, staged};

/// The group of 0.4.0.
pub(crate) fn as_published(world: &'static World, params: &Params) {
    crate::awb_marker_published();
    for round in 0..params.n {
        let group = singleflight_04::Group::<u32, ()>::new();
        if group.work("key", pending()).now_or_never().is_none() {
            staged(world, round);
        }
        let second = group.work("key", ready(Ok(round))).now_or_never();
        if let Some((Some(shared), None, _)) = second {
            came(world, round, shared.cast_signed());
        }
    }
}

/// The group of a later version.
pub(crate) fn fixed(world: &'static World, params: &Params) {
    crate::awb_marker_published();
    for round in 0..params.n {
        let group = singleflight::Group::<&str, u32, ()>::new();
        if group.work(&"key", pending()).now_or_never().is_none() {
            staged(world, round);
        }
        if let Some(Ok(shared)) = group.work(&"key", ready(Ok(round))).now_or_never() {
            came(world, round, shared.cast_signed());
        }
    }
}
