//! What is tormented from outside in designs whose children own what they use.

#[path = "../family.rs"]
pub(crate) mod family;
#[path = "../suite.rs"]
pub(crate) mod suite;
#[path = "owned_workloads.rs"]
#[expect(unreachable_pub, reason = "a library of its own elsewhere")]
mod workloads;

use crate::FAMILY;
use crate::torment::outside::{self, Program};

pub(crate) fn workloads() -> Vec<contract::Workload> {
    workloads::WORKLOADS.to_vec()
}

pub(crate) fn programs() -> Vec<Program> {
    let mut all = outside::traces(suite::PROGRAMS, suite::Log::on, suite::Log::lines);
    all.extend(outside::cases(&workloads()));
    all
}
