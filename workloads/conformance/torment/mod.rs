//! The tormentor: every foreign call of a design misbehaves in turn.
//!
//! Each part is a small program in the dialect whose leaves, children, handles, outputs, items and
//! captured values are foreign code (`foreign.rs`). It runs once for each deed (`visits.rs`) and
//! each number k: its k-th foreign call panics, or comes back in. Then:
//!
//! - nothing waits for ever: the watchdog of virtual time has not fired, whatever was panicked,
//!   dropped or cancelled, so every other party has ended;
//! - every value was dropped, once, and nodes of the waker table are back;
//! - wakers that are kept wake nothing in the next run, which is polled as often as it should be.
//!
//! A panic may end the run: then it came out of `block_on`, as a panic of the owner's.
//! Mounted by `tests/torment.rs` of each design, which adds the parts that it alone has. Those of
//! all designs over `core::Future` are in `parts.rs`, those of must-complete designs in
//! `sealed_parts.rs`. Before it mounts this file a design says what a future is as its root:
//!
//! ```text
//! extern crate design_poll as real;
//! macro_rules! root_of { ($future:expr) => { $future } }
//! #[path = "../../../workloads/conformance/torment/mod.rs"]
//! mod torment;
//! ```
//!
//! The conformance suite and the workloads are tormented from outside; see `outside.rs`.

#![expect(clippy::print_stdout, reason = "it says what it visited")]

/// The tests of a design: its name, its parts, and what a panic of a task is in it
/// (`outside::HoldsPanics`).
macro_rules! torment_tests {
    ($design:literal, $parts:expr, holds_panics: $holds_panics:literal) => {
        #[test]
        fn every_foreign_call_misbehaves() {
            torment::torment($design, $parts);
        }

        #[test]
        fn every_foreign_call_of_the_programs_misbehaves() {
            torment::outside::is_whole($design, &all::workloads());
            torment::outside::torment($design, &all::programs(), $holds_panics);
        }

        #[cfg(plant)]
        #[test]
        fn planted_faults_are_found() {
            torment::plants::are_found($design);
        }
    };
}

pub(crate) mod foreign;
pub(crate) mod outside;
pub(crate) mod panics;
#[cfg(plant)]
pub(crate) mod plants;
pub(crate) mod process;
pub(crate) mod trial;
pub(crate) mod visits;

use std::panic::{AssertUnwindSafe, catch_unwind};

use contract::World;

use trial::{WORLD, fresh, left_over, quiet_run, visited};
use visits::{DEEDS, Deed, Tormented};

/// A program that ends by itself.
pub(crate) type Part = (&'static str, fn(&'static World));

/// What is wrong after one trial.
fn trial(part: Part, at: u32, deed: Deed) -> Option<String> {
    let nodes = kernel::wake::handle::taken();
    let world = fresh(&WORLD);
    // Says which trial it was when the process ends in one.
    if std::env::var_os("TORMENT_SHOW").is_some() {
        println!("{} {deed:?} at {at}", part.0);
    }
    visits::begin(at, deed, quiet_run);
    let run = catch_unwind(AssertUnwindSafe(|| (part.1)(world)));
    visits::disarm();
    // A panic that foreign code has caught is one all the same.
    let mut wrong: Vec<String> = panics::taken().into_iter().collect();
    match run {
        Ok(()) if world.ledger().watchdog_fired() => wrong.push(String::from("a wake was lost")),
        Err(panic) if !panic.is::<Tormented>() => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?");
            wrong.push(format!("another panic: {text}"));
        }
        _ => {}
    }
    left_over(nodes, &mut wrong);
    (!wrong.is_empty()).then(|| format!("{} {deed:?} at {at}: {}", part.0, wrong.join("; ")))
}

/// Every how-many-th call is tried; more than one under an interpreter.
fn stride() -> u32 {
    let text = std::env::var("TORMENT_STRIDE").ok();
    text.map_or(if cfg!(miri) { 59 } else { 1 }, |text| text.parse().expect("a number"))
}

/// One of how many pairs of a program and a deed is tried; one under an interpreter that would not
/// come to an end of all. It shares no factor with the numbers of deeds, so that each comes up.
pub(crate) fn share() -> usize {
    let text = std::env::var("TORMENT_SHARE").ok();
    text.map_or(if cfg!(miri) { 23 } else { 1 }, |text| text.parse().expect("a number"))
}

/// Whether the next pair is among those that are tried.
pub(crate) fn is_tried(pair: &mut usize) -> bool {
    *pair += 1;
    (*pair).is_multiple_of(share())
}

/// How many faults are told at most. One says that a planted fault is found.
pub(crate) fn enough() -> usize {
    if cfg!(plant) { 0 } else { 20 }
}

/// Torments a design.
///
/// # Panics
/// With all that is wrong.
pub(crate) fn torment(design: &str, parts: &[Part]) {
    if process::in_one_of_its_own() {
        return;
    }
    let (mut trials, mut pair, mut wrong) = (0, 0, Vec::new());
    panics::note();
    let only = std::env::var("TORMENT_ONLY").unwrap_or_default();
    for &part in parts.iter().filter(|part| only.is_empty() || part.0 == only) {
        let tried: Vec<Deed> = DEEDS.into_iter().filter(|_| is_tried(&mut pair)).collect();
        if !tried.is_empty() {
            wrong.extend(trial(part, u32::MAX, Deed::Nothing));
        }
        for deed in tried {
            let mut at = 1;
            loop {
                wrong.extend(trial(part, at, deed));
                trials += 1;
                if !visits::reached() || wrong.len() > enough() {
                    break;
                }
                at += stride();
            }
        }
    }
    panics::report();
    let stride = stride();
    println!(
        "{design}: {trials} trials, stride {stride}, a share of one in {}; foreign calls: {}",
        share(),
        visited()
    );
    assert!(wrong.is_empty(), "{design}:\n{}", wrong.join("\n"));
}
