//! No code polls without a promise.
extern crate design_completion as design;
use design as d;

use std::pin::pin;
use std::task::{Context, Waker};

use d::Completion;

fn main() {
    let mut op = pin!(d::sleep(1));
    let _ = op.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    std::mem::forget(op);
}
