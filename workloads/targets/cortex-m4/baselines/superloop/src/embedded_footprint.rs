//! Case `a`, blink and button, as it is written without async: one loop looks at the clock
//! and at a counter that the button's interrupt raises, and sleeps when there is nothing to
//! do. It logs the same events as `workloads/suite/embedded_footprint.rs`.

use board::lines;
use contract::{Case, Judged, Ledger, Metrics, Params, Role, World};

const TOGGLED: u16 = 1;
const PRESSED: u16 = 2;
const LED: u16 = 1;
const BUTTON: u16 = 2;
const BLINK_MS: u32 = 10;
const BLINK_US: u64 = BLINK_MS as u64 * 1000;

/// One case, as the suite has it.
pub const CASES: &[Case] = &[Case { id: "a", role: Role::Control, run: superloop, judge }];

fn superloop(world: &'static World, params: &Params) {
    let presses = presses(params.n);
    let (mut toggles, mut seen) = (0, 0);
    let mut next_us = BLINK_US;
    lines::set_alarm(Some(next_us));
    loop {
        let now_us = lines::now_us();
        world.advance_to_us(now_us);
        if now_us >= next_us && toggles < params.n {
            world.log(LED, TOGGLED, toggles, 0);
            toggles += 1;
            next_us += BLINK_US;
            lines::set_alarm((toggles < params.n).then_some(next_us));
        }
        let edges = lines::edges();
        if edges > seen && seen < presses {
            seen = edges;
            world.log(BUTTON, PRESSED, seen, 0);
        }
        if toggles >= params.n && seen >= presses {
            return;
        }
        lines::wait();
    }
}

/// Presses that come during so many toggles.
fn presses(toggles: u32) -> u32 {
    toggles * BLINK_MS / lines::BUTTON_MS
}

/// Every toggle happened, and every press was seen.
fn judge(ledger: &Ledger, params: &Params, _: &Metrics) -> Judged {
    let toggles = params.n.abs_diff(ledger.count(TOGGLED));
    let seen = ledger.of_kind(PRESSED).map(|event| event.item).max().unwrap_or(0);
    Judged::from_severity(toggles + presses(params.n).saturating_sub(seen))
}
