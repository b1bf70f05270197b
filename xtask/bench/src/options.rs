//! The command line of `bench`, `list` and `doctor`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

/// How much is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Every cell once, receipts checked, nothing counted by callgrind or timed
    Smoke,
    /// A first answer: sim, cortex-m4, host, and the exact values of linux that claims ask for
    #[default]
    Quick,
    /// Every cell: exact values in two launches or three, wall time in three; for records
    Standard,
    /// The same with wall time in ten launches: what a statistical claim needs
    Full,
}

impl Profile {
    /// The word on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Profile::Smoke => "smoke",
            Profile::Quick => "quick",
            Profile::Standard => "standard",
            Profile::Full => "full",
        }
    }
}

/// One part of a plan: `--shard 2/4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which part, from 1.
    pub index: u32,
    /// Of how many.
    pub of: u32,
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let parts =
            text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match parts {
            Some((index, of)) if 1 <= index && index <= of => Ok(Shard { index, of }),
            _ => Err(format!("`{text}` is not I/N with 1 <= I <= N")),
        }
    }
}

/// Measure designs against each other and write a record.
///
/// Without options: a first answer for every design and workload, into reports/local/; the
/// table of hazards is printed as soon as target sim has run. All filters take globs, may be
/// repeated, and are joined with "and".
#[derive(Args, Clone, Debug, Default)]
pub struct BenchArgs {
    /// How much to measure; quick, or standard with --claim or --record
    #[arg(long, value_enum)]
    pub profile: Option<Profile>,
    /// Only these designs (and peers), or one form: DESIGN/MODE, DESIGN+VARIANT
    #[arg(long, value_name = "GLOB")]
    pub design: Vec<String>,
    /// Only these workloads, or one case and the controls: WORKLOAD/CASE
    #[arg(long, value_name = "GLOB")]
    pub workload: Vec<String>,
    /// Only these targets: sim, cortex-m4, linux, host
    #[arg(long, value_name = "GLOB")]
    pub target: Vec<String>,
    /// Only these runtimes
    #[arg(long, value_name = "GLOB")]
    pub runtime: Vec<String>,
    /// Only the cells that these claims ask for
    #[arg(long, value_name = "C0nn")]
    pub claim: Vec<String>,
    /// Also the peers (public crates) that no claim asks for
    #[arg(long)]
    pub peers: bool,
    /// Print the plan and run nothing
    #[arg(long)]
    pub list: bool,
    /// Go on with the interrupted run of the same plan
    #[arg(long)]
    pub resume: bool,
    /// Measure part I of N; a group of rivals is never split
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Launches of everything, instead of the profile's numbers
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub launches: Option<u32>,
    /// Seed of the order of launches and of the schedules' jitter
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Write under this folder instead of reports/local
    #[arg(long, value_name = "DIR", conflicts_with = "record")]
    pub out: Option<PathBuf>,
    /// Write a record to be committed, under reports/data; refuses a dirty tree
    #[arg(long)]
    pub record: bool,
    /// Judge the RFC by this record and regenerate its text
    #[arg(long, requires = "record")]
    pub pin: bool,
    /// Install what a target lacks, after saying so
    #[arg(long)]
    pub install: bool,
    /// Do not ask before installing
    #[arg(long)]
    pub yes: bool,
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
}

impl BenchArgs {
    /// The profile asked for, or what else the command line implies: a first answer is quick, a
    /// claim is measured with all that it asks for, and so is a record.
    #[must_use]
    pub fn profile(&self) -> Profile {
        let implied = match self.record || !self.claim.is_empty() {
            true => Profile::Standard,
            false => Profile::Quick,
        };
        self.profile.unwrap_or(implied)
    }

    /// The command line as a record keeps it, without paths of this machine.
    #[must_use]
    pub fn argv(&self) -> Vec<String> {
        let mut argv: Vec<String> = ["cargo", "xtask", "bench", "--profile", self.profile().word()]
            .map(str::to_owned)
            .into();
        let mut push = |flag: &str, value: &str| {
            argv.push(flag.to_owned());
            argv.push(value.to_owned());
        };
        for (flag, values) in [
            ("--design", &self.design),
            ("--workload", &self.workload),
            ("--target", &self.target),
            ("--runtime", &self.runtime),
            ("--claim", &self.claim),
        ] {
            for value in values {
                push(flag, value);
            }
        }
        if let Some(Shard { index, of }) = self.shard {
            push("--shard", &format!("{index}/{of}"));
        }
        if let Some(launches) = self.launches {
            push("--launches", &launches.to_string());
        }
        if self.seed != 1 {
            push("--seed", &self.seed.to_string());
        }
        for (set, flag) in [
            (self.peers, "--peers"),
            (self.record, "--record"),
            (self.pin, "--pin"),
            (self.resume, "--resume"),
        ] {
            if set {
                argv.push(flag.to_owned());
            }
        }
        argv
    }
}

/// What `list` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Subject {
    /// Prototype designs
    Designs,
    /// Workloads of the suite
    Workloads,
    /// Targets, and whether this machine can run them
    Targets,
    /// Runtimes under the designs
    Runtimes,
    /// Public crates measured beside the designs
    Peers,
    /// Claims of the RFC
    Claims,
    /// Records, committed and local
    Records,
}

/// Show what there is, discovered from the tree.
#[derive(Args, Clone, Debug)]
pub struct ListArgs {
    /// What to list; without it, what there is to list
    #[arg(value_enum)]
    pub subject: Option<Subject>,
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
}

/// Say per target what is needed, what is there, and the command that installs the rest.
#[derive(Args, Clone, Debug, Default)]
pub struct DoctorArgs {
    /// Only these targets
    #[arg(long, value_name = "GLOB")]
    pub target: Vec<String>,
    /// Install what is missing, after saying so
    #[arg(long)]
    pub install: bool,
    /// Do not ask before installing
    #[arg(long)]
    pub yes: bool,
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
}
