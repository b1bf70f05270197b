//! What the tool asks of a hosted runner, one JSON object per line of standard input.
//!
//! The runner answers every request with one [`Line`](crate::Line) per cell, flushed at
//! once, so that a launch that dies loses only the request it was working on.

use serde::{Deserialize, Serialize};

use crate::{CellKey, Schedule};

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Request {
    /// Run the script as written once and report every exact value: metrics of the
    /// workload, counters and allocations. Answered by a line of kind `exact`.
    Exact {
        /// Which cell.
        cell: CellKey,
        /// Number of the launch, copied to the line.
        launch: u32,
    },
    /// Run schedule 0 and `schedules` further ones. Answered by a line of kind `outcome`.
    Outcome {
        /// Which cell.
        cell: CellKey,
        /// Number of the launch, copied to the line.
        launch: u32,
        /// Schedules beyond the script as written.
        schedules: u32,
        /// Seed from which the schedules' seeds are derived.
        seed: u64,
        /// Jitter of every interval, in percent.
        jitter: u32,
    },
    /// Sample the cells of one group in interleaved blocks. Answered by one line of kind
    /// `time` per cell, and one more with `samples.aa = 1` for the first cell.
    Time {
        /// `workload/case,n=N:runtime`, or `:*` for rivals on several runtimes.
        group: String,
        /// The rivals; each round times one block of each, in random order.
        cells: Vec<CellKey>,
        /// Number of the launch, copied to the lines.
        launch: u32,
        /// Seed of the order inside the rounds.
        order_seed: u64,
        /// Rounds whose blocks are all clean that are wanted.
        rounds: u32,
        /// Length of a block in microseconds.
        block_us: u32,
        /// Give up after this many milliseconds of rounds, with those taken so far.
        cap_ms: u32,
        /// But not before so many rounds were taken, unless the ceiling is reached.
        #[serde(default)]
        least_rounds: u32,
        /// Milliseconds of rounds after which no other begins, whatever was taken. Not above
        /// the cap where it is absent.
        #[serde(default)]
        ceiling_ms: u32,
    },
    /// Run a case that serves under an open loop on as many connections as its size says.
    /// Answered by a line of kind `latency`.
    Latency {
        /// Which cell.
        cell: CellKey,
        /// Number of the launch, copied to the line.
        launch: u32,
        /// Requests per second, over all connections.
        rate: u32,
        /// Seconds of them.
        seconds: u32,
        /// Seed of the intended times.
        seed: u64,
        /// When requests are due.
        schedule: Schedule,
    },
}

/// Begins a line on a runner's standard error that is a sign of life: the milliseconds until the
/// next one comes at the latest, a space, and how far the work is.
pub const SIGN: &str = "alive: ";

/// What a runner can run: the answer to `describe`, one JSON object per line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mount {
    /// Design, peer or baseline id.
    pub design: String,
    /// Mode, if the design has several.
    pub mode: Option<String>,
    /// `portable`, `idiomatic` or `expert`.
    pub variant: String,
    /// Runtimes under which it runs here.
    pub runtimes: Vec<String>,
    /// Workload id.
    pub workload: String,
    /// Case ids with their roles, in order.
    pub cases: Vec<(String, crate::Role)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_from_before_there_was_a_least_number_of_rounds_is_read() {
        let old = r#"{"kind":"time","group":"w/c,n=1:own","cells":["w/c,n=1@poll:own"],"launch":0,
            "order_seed":1,"rounds":200,"block_us":500,"cap_ms":2000}"#;
        let request: Request = serde_json::from_str(old).expect("a request");
        let Request::Time { cap_ms, least_rounds, ceiling_ms, .. } = request else {
            panic!("{request:?}")
        };
        assert_eq!((cap_ms, least_rounds, ceiling_ms), (2000, 0, 0), "its cap decides alone");
    }
}
