//! How large an operation becomes under wrappers, arguments and branches.
//!
//! The subject is the type, so nothing large is ever built: each case takes the size of an
//! operation that would be made, logs it, and lets a small operation of the design report
//! it. Live data is one KiB in every case but the cold branch, where it is eight.
//!
//! `wrap` puts a leaf with a 1 KiB argument under `n` generic async functions; `wrap-move`
//! writes the same wrappers as functions that return an `async move` block, which is what
//! the completion macro makes of an async function. `arg` and `capture` give one KiB to an
//! async function and to an async block. `cold-with` and `cold-without` differ in a branch
//! that is never taken and has 8 KiB of locals. The control lends the bytes.
//!
//! After rust-lang/rust#62958 and the 2026 goal on future sizes.

use core::hint::black_box;

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// A size was taken; `item` is the size in bytes.
pub const SIZE: u16 = 1;
const COMPILER: u16 = 1;

/// Live data of the leaf.
const KIB: usize = 1024;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "wrap", role: Role::Hazard, run: wrap_case, judge },
    Case { id: "wrap-move", role: Role::Hazard, run: wrap_move_case, judge },
    Case { id: "arg", role: Role::Hazard, run: arg, judge },
    Case { id: "capture", role: Role::Hazard, run: capture, judge },
    Case { id: "cold-with", role: Role::Hazard, run: cold_with, judge },
    Case { id: "cold-without", role: Role::Hazard, run: cold_without, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

/// Applies a wrapper `n` times to a leaf and takes the size, without building the value.
macro_rules! size_of_wrapped {
    ($n:expr, $wrap:ident) => {
        match $n {
            0 => size_of_made(|| leaf([0; KIB])),
            1 => size_of_made(|| $wrap(leaf([0; KIB]))),
            2 => size_of_made(|| $wrap($wrap(leaf([0; KIB])))),
            3 => size_of_made(|| $wrap($wrap($wrap(leaf([0; KIB]))))),
            4 => size_of_made(|| $wrap($wrap($wrap($wrap(leaf([0; KIB])))))),
            5 => size_of_made(|| $wrap($wrap($wrap($wrap($wrap(leaf([0; KIB]))))))),
            6 => size_of_made(|| $wrap($wrap($wrap($wrap($wrap($wrap(leaf([0; KIB])))))))),
            7 => size_of_made(|| $wrap($wrap($wrap($wrap($wrap($wrap($wrap(leaf([0; KIB]))))))))),
            8 => size_of_made(|| {
                $wrap($wrap($wrap($wrap($wrap($wrap($wrap($wrap(leaf([0; KIB])))))))))
            }),
            other => panic!("wrappers are written out for 0 to 8, not {other}"),
        }
    };
}

fn wrap_case(world: &'static World, params: &Params) {
    report(world, size_of_wrapped!(params.n, wrap));
}

fn wrap_move_case(world: &'static World, params: &Params) {
    report(world, size_of_wrapped!(params.n, wrap_move));
}

fn arg(world: &'static World, _: &Params) {
    report(world, size_of_made(|| leaf([0; KIB])));
}

fn capture(world: &'static World, _: &Params) {
    let make = || {
        let bytes = [0_u8; KIB];
        d::task!(async move {
            let _turn = d::yield_now().await;
            u32::from(black_box(bytes)[0])
        })
    };
    report(world, size_of_made(make));
}

fn cold_with(world: &'static World, _: &Params) {
    report(world, size_of_made(|| cold_branch(false)));
}

fn cold_without(world: &'static World, _: &Params) {
    report(world, size_of_made(|| no_branch(false)));
}

fn control(world: &'static World, _: &Params) {
    static BYTES: [u8; KIB] = [0; KIB];
    report(world, size_of_made(|| lent(&BYTES)));
}

/// Size of what a closure would return. The closure is not called.
fn size_of_made<T>(_: impl FnOnce() -> T) -> usize {
    size_of::<T>()
}

/// Lets the design run a small operation that logs the size.
fn report(world: &'static World, bytes: usize) {
    world.metrics().set(Metric::FutureBytes, bytes as u64);
    d::block_on(world, log_size(world, u32::try_from(bytes).unwrap_or(u32::MAX)));
}

#[d::task_fn]
async fn log_size(world: &'static World, bytes: u32) {
    let _turn = d::yield_now().await;
    world.log(COMPILER, SIZE, bytes, 0);
}

#[d::task_fn]
async fn leaf(bytes: [u8; KIB]) -> u32 {
    let _turn = d::yield_now().await;
    u32::from(black_box(bytes)[0])
}

#[d::task_fn]
async fn wrap<F: d::Op<Output = u32>>(inner: F) -> u32 {
    inner.await
}

fn wrap_move<F: d::Op<Output = u32>>(inner: F) -> impl d::Op<Output = u32> {
    d::task!(async move { inner.await })
}

#[d::task_fn]
async fn lent(bytes: &'static [u8; KIB]) -> u32 {
    let _turn = d::yield_now().await;
    u32::from(black_box(bytes)[0])
}

#[d::task_fn]
async fn cold_branch(taken: bool) -> u32 {
    if taken {
        let locals = black_box([0_u8; 8 * KIB]);
        let _turn = d::yield_now().await;
        u32::from(black_box(locals)[0])
    } else {
        let _turn = d::yield_now().await;
        0
    }
}

/// The other branch of [`cold_branch`] alone; like there, the argument is not used again.
#[d::task_fn]
async fn no_branch(_taken: bool) -> u32 {
    let _turn = d::yield_now().await;
    0
}

/// At most a quarter more than the live data.
fn judge(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    let bytes = metrics.get(Metric::FutureBytes).unwrap_or(0);
    let limit = KIB as u64 * 5 / 4;
    let reported = ledger.of_kind(SIZE).any(|event| u64::from(event.item) == bytes);
    let beyond = u32::try_from(bytes.saturating_sub(limit)).unwrap_or(u32::MAX);
    Judged::from_severity(if reported { beyond } else { u32::MAX })
}
