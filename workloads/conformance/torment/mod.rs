//! The tormentor: every foreign call of a design misbehaves in turn.
//!
//! Each part is a small program in the dialect whose leaves, children, handles, outputs, items and
//! captured values are foreign code (`foreign.rs`). It runs once for each deed (`visits.rs`) and
//! each number k: its k-th foreign call panics, or comes back in. Then:
//!
//! - nothing waits for ever: the watchdog of virtual time has not fired, whatever was panicked,
//!   dropped or cancelled, so every other party has ended;
//! - every value was dropped, once, and nodes of the waker table are back;
//! - wakers that are kept wake nobody in the next run, which is polled as often as it should be.
//!
//! A panic may end the run: then it came out of `block_on`, as a panic of the owner's.
//! Mounted by `tests/torment.rs` of each design, which adds the parts that it alone has:
//!
//! ```text
//! extern crate design_poll as design;
//! #[macro_use]
//! #[path = "../../../workloads/conformance/torment/mod.rs"]
//! mod torment;
//! ```

#![expect(clippy::print_stdout, reason = "it says what it visited")]

pub(crate) mod foreign;
pub(crate) mod parts;
pub(crate) mod visits;

use std::cell::Cell;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use contract::World;
use design as d;

use visits::{DEEDS, Deed, KINDS, Tormented};

/// A program that ends by itself.
pub(crate) type Part = (&'static str, fn(&'static World));

thread_local! {
    static WORLD: &'static World = Box::leak(Box::new(World::new()));
    static OTHER: &'static World = Box::leak(Box::new(World::new()));
}

fn fresh(world: &'static std::thread::LocalKey<&'static World>) -> &'static World {
    let world = world.with(|world| *world);
    world.reset();
    world
}

/// A run beside everything.
fn quiet_run() {
    d::block_on(fresh(&OTHER), async {});
}

/// A run in which stale wakers are woken; how often its root is polled.
fn polls_of_a_run() -> u32 {
    let polls = Cell::new(0);
    d::block_on(fresh(&OTHER), async {
        let mut nap = pin!(d::sleep(1));
        poll_fn(|cx| {
            polls.set(polls.get() + 1);
            if polls.get() == 1 {
                visits::wake_shelf();
            }
            match nap.as_mut().poll(cx) {
                Poll::Ready(_) => Poll::Ready(()),
                Poll::Pending => Poll::Pending,
            }
        })
        .await;
    });
    polls.get()
}

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
    let mut wrong = Vec::new();
    match run {
        Ok(()) if world.ledger().watchdog_fired() => wrong.push(String::from("a wake was lost")),
        Err(panic) if !panic.is::<Tormented>() => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?");
            wrong.push(format!("another panic: {text}"));
        }
        _ => {}
    }
    let polls = polls_of_a_run();
    if polls != 2 {
        wrong.push(format!("a stale waker woke: {polls} polls of a run that takes 2"));
    }
    let alive = visits::end();
    if alive != 0 {
        wrong.push(format!("{alive} values were not dropped"));
    }
    let left = kernel::wake::handle::taken().wrapping_sub(nodes);
    if left != 0 {
        wrong.push(format!("{left} nodes of the waker table were not given back"));
    }
    (!wrong.is_empty()).then(|| format!("{} {deed:?} at {at}: {}", part.0, wrong.join("; ")))
}

/// Every how-many-th call is tried; more than one under an interpreter.
fn stride() -> u32 {
    let text = std::env::var("TORMENT_STRIDE").ok();
    text.map_or(if cfg!(miri) { 29 } else { 1 }, |text| text.parse().expect("a number"))
}

/// Torments a design.
///
/// # Panics
/// With all that is wrong.
pub(crate) fn torment(design: &str, parts: &[Part]) {
    let (mut trials, mut wrong) = (0, Vec::new());
    std::panic::set_hook(Box::new(|_| ()));
    let only = std::env::var("TORMENT_ONLY").unwrap_or_default();
    for &part in parts.iter().filter(|part| only.is_empty() || part.0 == only) {
        wrong.extend(trial(part, u32::MAX, Deed::Nothing));
        for deed in DEEDS {
            let mut at = 1;
            loop {
                wrong.extend(trial(part, at, deed));
                trials += 1;
                if !visits::reached() || wrong.len() > 20 {
                    break;
                }
                at += stride();
            }
        }
    }
    let kinds: Vec<String> = KINDS
        .iter()
        .zip(visits::visited())
        .map(|(kind, count)| format!("{kind:?} {count}"))
        .collect();
    let _silent = std::panic::take_hook();
    println!("{design}: {trials} trials; foreign calls: {}", kinds.join(", "));
    assert!(wrong.is_empty(), "{design}:\n{}", wrong.join("\n"));
}

/// Which faults the tests plant, and where; see `kernel::foreign::planted`.
#[cfg(plant)]
const PLANTS: [&str; 5] = [
    "unlink after a wake",
    "missing guard",
    "waker dropped in a borrow",
    "slot freed while listed",
    "stale generation",
];

/// Runs the test `name` of this program once for each planted fault of these numbers, and wants it
/// to fail.
#[cfg(plant)]
pub(crate) fn finds_planted_faults(name: &str, numbers: &[u32]) {
    let program = std::env::current_exe().expect("the test is a file");
    let missed: Vec<&str> = (1..)
        .zip(PLANTS)
        .filter(|(number, _)| numbers.contains(number))
        .filter(|(number, _)| {
            let mut command = std::process::Command::new(&program);
            command.args(["--exact", name]).env("KERNEL_PLANT", number.to_string());
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
            command.status().expect("the test starts").success()
        })
        .map(|(_, plant)| plant)
        .collect();
    assert!(missed.is_empty(), "planted and not found: {missed:?}");
}
