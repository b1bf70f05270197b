//! The names of the dialect with foreign code inside, for designs over `core::Future`. The root of
//! the test program calls the design `real` and takes these names over its own.

use std::future::Future;
use std::panic::resume_unwind;

use contract::World;
use kernel::foreign::Finally;

use crate::torment::foreign::foreign;
use crate::torment::outside::{self, TURNS};
use crate::torment::visits;

#[path = "kept.rs"]
mod kept;

pub(crate) use kept::{caught, kept, out_of};

/// What a future is as the root of a run.
macro_rules! root_of {
    ($future:expr) => {
        $future
    };
}

/// An operation from an async block, which is foreign code.
macro_rules! task_outside {
    ($block:expr $(,)?) => {
        $crate::torment::foreign::foreign(::real::task!($block))
    };
}

/// A kept operation that is foreign code.
macro_rules! hold_outside {
    ($op:expr, |$h:ident| $body:expr $(,)?) => {
        ::real::hold!($crate::torment::foreign::foreign($op), |$h| $body)
    };
}

/// A scope whose children are foreign code.
macro_rules! scope_outside {
    (cap = $cap:expr, bytes = $bytes:expr, |$s:ident| $body:expr $(,)?) => {
        ::real::scope!(cap = $cap, bytes = $bytes, |$s| {
            let $s = $crate::children::Around($s);
            $body
        })
    };
}

pub(crate) use {hold_outside as hold, scope_outside as scope, task_outside as task};

/// Runs a root that is foreign code, during a trial with something beside it.
pub(crate) fn block_on(world: &'static World, op: impl Future<Output = ()>) {
    if visits::is_armed() {
        real::block_on(world, beside(foreign(op)));
    } else {
        real::block_on(world, foreign(op));
    }
}

async fn beside(op: impl Future<Output = ()>) {
    let state = outside::beside();
    let root = async {
        let _ended = Finally(|| state.root_ended.set(true));
        let outcome = kept(op).await;
        state.root_panicked.set(outcome.is_err());
        outcome
    };
    let others = async {
        let (ms, before, mut after) = TURNS;
        for _ in 0..before {
            let _passed = real::sleep(ms).await;
            if state.root_ended.get() {
                break;
            }
        }
        while state.root_ended.get() && after > 0 {
            let _passed = real::sleep(ms).await;
            after -= 1;
        }
        state.ended.set(true);
    };
    if let (Err(panic), ()) = real::join(root, others).await {
        resume_unwind(panic);
    }
}

pub(crate) fn sleep(ms: u32) -> impl Future<Output = Result<(), real::Error>> {
    foreign(real::sleep(ms))
}

pub(crate) fn yield_now() -> impl Future<Output = Result<(), real::Error>> {
    foreign(real::yield_now())
}

pub(crate) fn edge(line: usize, seen: u32) -> impl Future<Output = Result<u32, real::Error>> {
    foreign(real::edge(line, seen))
}

pub(crate) fn device_read(
    buffer: &mut real::Buf,
    ms: u32,
) -> impl Future<Output = Result<usize, real::IoError>> {
    foreign(real::device_read(buffer, ms))
}

pub(crate) fn join<A: Future, B: Future>(
    a: A,
    b: B,
) -> impl Future<Output = (A::Output, B::Output)> {
    foreign(real::join(foreign(a), foreign(b)))
}

pub(crate) fn race<A: Future, B: Future>(
    a: A,
    b: B,
) -> impl Future<Output = real::Either<A::Output, B::Output>> {
    foreign(real::race(foreign(a), foreign(b)))
}

pub(crate) fn timeout<F: Future>(
    ms: u32,
    op: F,
) -> impl Future<Output = Result<F::Output, real::Error>> {
    foreign(real::timeout(ms, foreign(op)))
}

pub(crate) fn barrier<F: Future>(op: F) -> impl Future<Output = F::Output> {
    foreign(real::barrier(foreign(op)))
}

pub(crate) fn boxed<'a, F: Future + 'a>(op: F) -> real::Boxed<'a, F::Output> {
    real::boxed(foreign(op))
}
