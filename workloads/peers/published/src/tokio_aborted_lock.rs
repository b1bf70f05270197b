//! tokio 0.2.2: a `Mutex::lock` that is dropped while it waits leaves its place in the line, and
//! the mutex is handed to it and stays locked (tokio#1898). Hyper dropping the handlers of clients
//! that had gone was enough.
//!
//! Merged was one line in the drop of a permit (tokio#1902, released as 0.2.3). For a program the
//! fix is a later version of the crate and no line.

use contract::{Params, World};
use futures_util::FutureExt;
use oracles::published_bugs::{came, staged};

/// A function that makes the rounds with a given mutex: one source for both versions.
macro_rules! rounds {
    ($(#[$text:meta])* $name:ident, $mutex:path) => {
        $(#[$text])*
        pub(crate) fn $name(world: &'static World, params: &Params) {
            crate::awb_marker_published();
            for round in 0..params.n {
                let mutex = <$mutex>::new(round);
                let held = mutex.lock().now_or_never();
                // Polled once, and dropped.
                if held.is_some() && mutex.lock().now_or_never().is_none() {
                    staged(world, round);
                }
                drop(held);
                if let Some(free) = mutex.lock().now_or_never() {
                    came(world, round, free.cast_signed());
                }
            }
        }
    };
}

rounds! {
    /// The mutex of tokio 0.2.2.
    as_published, tokio_02::sync::Mutex<u32>
}

rounds! {
    /// The mutex of the tokio that the rest of the tree is built with.
    fixed, tokio::sync::Mutex<u32>
}
