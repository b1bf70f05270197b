//! `run.json`: how, where and from what a record was measured.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Receipt;

/// Format of [`Run`]; readers refuse any other.
pub const RUN_FORMAT: &str = "async-eval.run/1";

/// One `bench` command on one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Always [`RUN_FORMAT`].
    pub format: String,
    /// Joins the per-target records of one run.
    pub run_id: String,
    /// Target id: sim, linux, cortex-m4, host.
    pub target: String,
    /// Repository-relative command line.
    pub argv: Vec<String>,
    /// Full revision measured.
    pub revision: String,
    /// Whether the tree differed from that revision. A committed record is never dirty.
    pub dirty: bool,
    /// Profile: smoke, quick or full.
    pub profile: String,
    /// Hash of `Cargo.lock`.
    pub lock_hash: String,
    /// Hash of every input folder, by repository-relative path.
    pub inputs: BTreeMap<String, String>,
    /// Fingerprint of each cell's inputs, by `workload@design[/mode][+variant][:runtime]`.
    pub fingerprints: BTreeMap<String, String>,
    /// What built it.
    pub toolchain: Toolchain,
    /// Where it ran.
    pub machine: Machine,
    /// The target's clock: `virtual`, `monotonic`, `cmsdk-timer0 icount shift=7`, `none`.
    pub clock: String,
    /// Seed of the order of launches.
    pub order_seed: u64,
    /// Launches asked for.
    pub launches: u32,
    /// Noise figures; absent where nothing was timed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<Noise>,
    /// Start and end, RFC 3339 in UTC.
    pub started: String,
    /// End of the measurement.
    pub ended: String,
    /// The stretches of time of a run that was interrupted and went on, in order; empty where
    /// it was not. All of them are of this revision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
    /// Versions of what else took part: qemu, valgrind.
    pub tools: BTreeMap<String, String>,
    /// Versions of the crates that took part as peers or runtimes, by name, from `Cargo.lock`;
    /// empty in records from before this was taken, and where there was none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub crates: BTreeMap<String, String>,
    /// Expected receipt by cell key: every line with status ok must carry it.
    pub receipts: BTreeMap<String, Receipt>,
    /// Each claim as it stood when this was measured.
    pub claims: BTreeMap<String, ClaimAtRun>,
    /// The other files of the record.
    pub files: BTreeMap<String, FileEntry>,
    /// Artifact hashes by name: runner binaries and images.
    pub artifacts: BTreeMap<String, String>,
}

/// A stretch of time in which a run was under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// Its beginning, RFC 3339 in UTC.
    pub began: String,
    /// Its end.
    pub ended: String,
}

/// A file of the record, so that a later edit is noticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// BLAKE3 of the content, in hexadecimal.
    pub blake3: String,
    /// Number of lines.
    pub lines: u64,
}

/// What a claim asked when the record was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClaimAtRun {
    /// Hash of the claim's `[[check]]` tables.
    pub checks: String,
}

/// What built the artifacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Toolchain {
    /// First line of `rustc -V`.
    pub rustc: String,
    /// `rustc -vV`: commit, host, LLVM.
    pub verbose: String,
    /// Where the bare-metal `core` came from: rustup target, rust-src, distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core_origin: Option<String>,
    /// Relevant build settings: profile and RUSTFLAGS.
    pub settings: BTreeMap<String, String>,
}

/// Where it ran. Host and user names are never recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// `fp:` and a hash of the stable part below.
    pub fingerprint: String,
    /// CPU model as the kernel names it.
    pub cpu: String,
    /// Cores and threads.
    pub cores: Cores,
    /// Memory in mebibytes.
    pub memory_mib: u64,
    /// Kernel release.
    pub kernel: String,
    /// Everything else that is stable, by name: microcode, caches, hypervisor, libc, page size.
    pub stable: BTreeMap<String, String>,
    /// What changes from run to run, by name: load, pressure.
    pub volatile: BTreeMap<String, String>,
}

/// Cores of the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Cores {
    /// Logical processors that the process may use.
    pub available: u32,
    /// Logical processors of the machine.
    pub online: u32,
}

/// How noisy the machine was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Noise {
    /// 95 % half-width of the ratio of identical code to itself, over launches.
    pub aa_spread: f64,
    /// Share of rounds in which every block was clean: CPU over wall time above 0.97.
    pub clean_share: f64,
    /// By group: rounds kept and taken.
    pub rounds: BTreeMap<String, [u64; 2]>,
}
