//! The rewriter in other hands than those of `task!`: a frame of the user's own, which gives its
//! coroutine away, gets no seal without an `unsafe` of the user's own.
#![forbid(unsafe_code)]
extern crate design_completion as design;
use design as d;

fn kept<F>(coroutine: F) -> F {
    coroutine
}

fn main() {
    let _stolen = design::__private::rewrite! {
        (kept)
        (design::__private::leaf)
        (unsafe { design::__private::AwaitToken::new() })
        (design::__private::never)
        async { d::sleep(1).await }
    };
}
