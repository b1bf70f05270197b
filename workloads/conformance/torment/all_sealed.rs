//! What is tormented from outside in must-complete designs.

#[path = "../family.rs"]
pub(crate) mod family;
#[path = "../suite.rs"]
pub(crate) mod suite;
#[path = "../../suite/lib.rs"]
#[expect(unreachable_pub, unused_attributes, reason = "a library of its own elsewhere")]
pub(crate) mod workloads;

use crate::FAMILY;
use crate::torment::outside::{self, Program};

/// Those on virtual time.
pub(crate) fn workloads() -> Vec<contract::Workload> {
    outside::on_virtual_time(workloads::WORKLOADS)
}

/// Words in the names of programs that shield a party which waits for another one.
const SHIELD: &[&str] = &["select-", "shielded"];

pub(crate) fn programs() -> Vec<Program> {
    let mut all = outside::traces(suite::PROGRAMS, suite::Log::on, suite::Log::lines);
    all.extend(outside::without_panics(outside::cases(&workloads()), SHIELD));
    all
}
