//! Outputs that are there when a combinator loses: they reach its owner.

use std::cell::Cell;

use crate::common::{holds, same, world};
use design as d;
use design::{Either, Error, SendError};

#[test]
fn bodies_see_the_outputs_of_a_window_that_loses_a_race() {
    let seen = Cell::new(0);
    d::block_on(
        world(),
        d::task!(async {
            d::chan!(empty: u32, 1);
            d::chan!(full: u32, 1);
            full.send(7).await.expect("there is room");
            let window = d::buffered::<2, _, _, _>([empty.recv(), full.recv()], |got| {
                if let Ok(Some(item)) = got {
                    seen.set(seen.get() + item);
                }
                d::task!(async {})
            });
            let first = d::race(window, d::sleep(10)).await;
            holds(matches!(first, Either::B(_)));
        }),
    );
    assert_eq!(seen.get(), 7);
}

#[test]
fn a_join_that_loses_hands_the_output_over_that_it_has() {
    d::block_on(
        world(),
        d::task!(async {
            d::chan!(empty: u32, 1);
            d::chan!(full: u32, 1);
            let had = (Err(Error::Cancelled), Ok(Some(7)));
            full.send(7).await.expect("there is room");
            let lost = d::race_both(d::join(empty.recv(), full.recv()), d::sleep(10)).await;
            same(lost, Either::B((Ok(()), Some(had))));
            full.send(7).await.expect("there is room");
            let late = d::deadline(10, d::join(empty.recv(), full.recv())).await;
            same(late, (Some(had), true));
            full.send(7).await.expect("there is room");
            let nested = d::join(d::barrier(d::join(empty.recv(), full.recv())), d::sleep(99));
            let nested = d::deadline(10, d::boxed(nested)).await;
            same(nested, (Some((had, Err(Error::Cancelled))), true));
        }),
    );
}

#[test]
fn an_item_that_was_not_sent_comes_back_from_a_lost_race() {
    d::block_on(
        world(),
        d::task!(async {
            d::chan!(full: u32, 1);
            full.send(1).await.expect("there is room");
            let late = d::deadline(10, full.send(2)).await;
            same(late, (Some(Err(SendError::Cancelled(2))), true));
            let lost = d::race_both(d::sleep(10), full.send(3)).await;
            same(lost, Either::A((Ok(()), Some(Err(SendError::Cancelled(3))))));
        }),
    );
}

/// What ignores a request to cancel is not waited for because of a sibling's output.
#[test]
fn an_output_beside_a_future_that_never_ends_does_not_keep_the_race() {
    let world = world();
    d::block_on(
        world,
        d::task!(async {
            let never = d::plain(std::future::pending::<()>());
            let lost = d::race_both(d::join(never, d::sleep(1)), d::sleep(10)).await;
            holds(matches!(lost, Either::B((Ok(()), None))));
        }),
    );
    assert_eq!(world.now_ms(), 10);
}
