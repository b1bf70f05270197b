//! kanal 0.1.1: a message that two sides agreed on is gone when the receiver's arm of a `select`
//! loses (kanal#24, kanal#50).
//!
//! A sender writes into the memory of the receive that waits for it, and its `send` returns `Ok`.
//! When two senders do so before the receiver is polled, the arm that loses is dropped with a
//! message in it. There is no merged fix; the documentation says that a `ReceiveFuture` that was
//! polled once has to be polled to its end, which is a must-complete future without a type that
//! says so. The fixed form does that: both futures are kept, and the loser is awaited.

use std::pin::pin;

use contract::{Params, World};
use futures_util::future::{Either, join3, select};
use kanal::{AsyncReceiver, bounded_async};
use oracles::published_bugs::{came, staged};

use crate::block_on;

/// The loser is dropped.
pub(crate) fn as_published(world: &'static World, params: &Params) {
    block_on(async {
        for round in 0..params.n {
            let (left, from_left) = bounded_async(0);
            let (right, from_right) = bounded_async(0);
            let (first, sent_left, sent_right) =
                join3(either(&from_left, &from_right), left.send(round), right.send(round)).await;
            if first.is_some() && sent_left.is_ok() && sent_right.is_ok() {
                staged(world, round);
            }
            // With its senders gone, a channel says at once that nothing is in it.
            drop((left, right));
            let second = match from_left.recv().await {
                Ok(message) => Some(message),
                Err(_) => from_right.recv().await.ok(),
            };
            arrived(world, round, second);
        }
    });
}

async fn either(left: &AsyncReceiver<u32>, right: &AsyncReceiver<u32>) -> Option<u32> {
    match select(pin!(left.recv()), pin!(right.recv())).await {
        Either::Left((message, _)) | Either::Right((message, _)) => message.ok(),
    }
}

/// The loser is kept, and awaited.
pub(crate) fn fixed(world: &'static World, params: &Params) {
    block_on(async {
        for round in 0..params.n {
            let (left, from_left) = bounded_async(0);
            let (right, from_right) = bounded_async(0);
            let (mut one, mut other) = (pin!(from_left.recv()), pin!(from_right.recv()));
            let both = select(one.as_mut(), other.as_mut());
            let (first, sent_left, sent_right) =
                join3(both, left.send(round), right.send(round)).await;
            if sent_left.is_ok() && sent_right.is_ok() {
                staged(world, round);
            }
            let second = match first {
                Either::Left((_, rest)) => rest.await.ok(),
                Either::Right((_, rest)) => rest.await.ok(),
            };
            arrived(world, round, second);
        }
    });
}

fn arrived(world: &World, round: u32, message: Option<u32>) {
    if let Some(message) = message {
        came(world, round, message.cast_signed());
    }
}
