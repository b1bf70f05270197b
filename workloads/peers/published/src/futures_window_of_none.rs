//! futures-util 0.3: a `buffer_unordered` with room for no future never ends, even where its
//! stream is empty (futures-rs#2348, #2876, #2939). Who takes the length of a list for the limit
//! hangs when the list is empty.
//!
//! It is fixed on the branch of 0.4, which is not released. Until then a program asks for one
//! place at least: one changed line. It is no matter of cancellation, and of no model of async.

use contract::{Params, World};
use futures_util::{FutureExt, StreamExt, future, stream};
use oracles::published_bugs::{came, staged};

/// As many places as there are items.
pub(crate) fn as_published(world: &'static World, params: &Params) {
    rounds(world, params.n, |items| items);
}

/// As many, and one at least.
pub(crate) fn fixed(world: &'static World, params: &Params) {
    rounds(world, params.n, |items| items.max(1));
}

fn rounds(world: &World, n: u32, places: impl Fn(usize) -> usize) {
    crate::awb_marker_published();
    for round in 0..n {
        let items: Vec<u32> = Vec::new();
        let places = places(items.len());
        staged(world, round);
        let window = stream::iter(items).map(future::ready).buffer_unordered(places);
        // Nothing is waited for, so that one poll decides.
        if window.count().now_or_never() == Some(0) {
            came(world, round, round.cast_signed());
        }
    }
}
