//! Code, memory and instructions of a small firmware.
//!
//! Case `a`, blink and button: an LED is toggled every 10 ms while a button is counted,
//! whose edges come every 25 ms. The two activities use the two kinds of asynchronous
//! interface that a microcontroller has, a timer and an interrupt line. On a board the
//! edges are real interrupts; on `sim` they are scripted.
//!
//! The same firmware without async, as a superloop, is a baseline in `workloads/targets`.
//!
//! After "Barbara carefully dismisses embedded future" (wg-async, 2021); case `a` only.

use contract::{Case, Judged, Ledger, Metrics, Params, Role, World};
use design as d;

/// The LED was toggled; `item` counts.
pub const TOGGLED: u16 = 1;
/// The button was pressed; `item` is the number of edges seen.
pub const PRESSED: u16 = 2;

const LED: u16 = 1;
const BUTTON: u16 = 2;

const BLINK_MS: u32 = 10;
const PRESS_MS: u32 = 25;
/// The input line of the button.
const BUTTON_LINE: usize = 0;

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "a", role: Role::Control, run: blink_and_button, judge }];

fn blink_and_button(world: &'static World, params: &Params) {
    world.start_line(BUTTON_LINE, PRESS_MS);
    d::block_on(world, firmware(world, params.n));
}

#[d::task_fn]
async fn firmware(world: &'static World, toggles: u32) {
    d::join(blink(world, toggles), button(world, presses(toggles))).await;
}

#[d::task_fn]
async fn blink(world: &'static World, toggles: u32) {
    for toggle in 0..toggles {
        let _waited = d::sleep(BLINK_MS).await;
        world.log(LED, TOGGLED, toggle, 0);
    }
}

#[d::task_fn]
async fn button(world: &'static World, presses: u32) {
    let mut seen = 0;
    while seen < presses {
        match d::edge(BUTTON_LINE, seen).await {
            Ok(edges) => seen = edges,
            Err(_) => break,
        }
        world.log(BUTTON, PRESSED, seen, 0);
    }
}

/// Presses that come during so many toggles.
fn presses(toggles: u32) -> u32 {
    toggles * BLINK_MS / PRESS_MS
}

/// Every toggle happened, and every press was seen.
fn judge(ledger: &Ledger, params: &Params, _: &Metrics) -> Judged {
    let toggles = params.n.abs_diff(ledger.count(TOGGLED));
    let seen = ledger.of_kind(PRESSED).map(|event| event.item).max().unwrap_or(0);
    Judged::from_severity(toggles + presses(params.n).saturating_sub(seen))
}
