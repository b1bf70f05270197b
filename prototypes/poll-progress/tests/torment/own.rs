//! The structures that this design alone has: a loop as a statement, over a stream that is mapped.

use std::pin::Pin;
use std::task::{Context, Poll};

use contract::World;
use real::{self as d, Progress, Stream};

use crate::plain::caught;
use crate::torment::Part;
use crate::torment::foreign::{Value, foreign};
use crate::torment::visits::{Kind, visit};

pub(crate) const PARTS: [Part; 1] = [("loop over a mapped window", mapped)];

/// A stream of the program's: each of its methods may misbehave.
struct Tormented<S>(Pin<Box<S>>);

impl<S: Stream> Stream for Tormented<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        visit(Kind::Closure, None);
        self.0.as_mut().poll_next(cx)
    }
}

impl<S: Progress> Progress for Tormented<S> {
    fn poll_progress(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        visit(Kind::Closure, None);
        self.0.as_mut().poll_progress(cx)
    }
}

fn mapped(world: &'static World) {
    let root = async {
        let numbers = (0..4_u32).inspect(|_| visit(Kind::Closure, None));
        let ops = numbers.map(|ms| foreign(async move { Value::new(d::sleep(ms).await) }));
        let stream = Tormented(Box::pin(d::window::<2, _>(ops)));
        let stream = d::map(stream, |item| {
            visit(Kind::Closure, None);
            item
        });
        let turns = async {
            d::for_await!(item in stream => {
                let _item = item;
                let _passed = foreign(d::sleep(1)).await;
            });
        };
        let _turns = caught(foreign(turns)).await;
    };
    d::block_on(world, foreign(root));
}
