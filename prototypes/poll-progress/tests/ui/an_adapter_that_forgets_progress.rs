//! An adapter that passes `poll_next` on, and forgets the other method.
use std::pin::Pin;
use std::task::{Context, Poll};

use design_poll_progress as d;

struct Counted<S>(Pin<Box<S>>, u32);

impl<S: d::Stream> d::Stream for Counted<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.1 += 1;
        self.0.as_mut().poll_next(cx)
    }
}

fn each(ops: Vec<d::Sleep>) {
    let _turns = d::for_each(Counted(Box::pin(d::window::<2, _>(ops)), 0), |_| async {});
}

fn main() {}
