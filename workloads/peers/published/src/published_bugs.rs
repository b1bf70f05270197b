//! Each released crate with its defect, and what its maintainers recommend instead.

use contract::{Case, Role};
use oracles::published_bugs::judge;

use crate::redis_late_answer as redis;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "redis-late-answer", role: Role::Hazard, run: redis::as_published, judge },
    Case { id: "redis-late-answer-fixed", role: Role::Control, run: redis::fixed, judge },
    Case { id: "redis-late-answer-blocking", role: Role::Hazard, run: redis::blocking, judge },
];
