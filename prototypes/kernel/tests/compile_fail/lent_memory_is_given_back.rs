//! A driver writes into what an operation has lent: polling it promises that it completes.
use std::pin::pin;
use std::task::{Context, Waker};

use kernel::leaf::borrowed::Borrowed;

fn main() {
    let mut buffer = [0; 16];
    let mut read = pin!(Borrowed::device(&mut buffer, 5));
    let _ = read.as_mut().poll(&mut Context::from_waker(Waker::noop()));
}
