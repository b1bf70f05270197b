//! Case `a` without a firmware.

use contract::{Case, Judged, Ledger, Metrics, Params, Role, World};

/// One case, as the suite has it.
pub const CASES: &[Case] = &[Case { id: "a", role: Role::Control, run: nothing, judge }];

fn nothing(_: &'static World, _: &Params) {}

fn judge(_: &Ledger, _: &Params, _: &Metrics) -> Judged {
    Judged::ABSENT
}
