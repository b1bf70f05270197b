//! Raw samples of a timed launch, and how they are written.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Raw samples of one launch: element `i` of every list belongs to one block. All blocks
/// of one `round` over the designs of a group ran right after each other.
///
/// In some lists a stretch of equal or of consecutive numbers is written as one word: `"1*200"` is
/// two hundred times 1, `"0..200"` counts from 0 to 199. A fifth of a record is that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "Stored", into = "Stored")]
#[cfg_attr(test, schemars(with = "Stored"))]
pub struct Samples {
    /// Which cells were interleaved: `workload/case,n=N:runtime`, or `:*` for those of all
    /// runtimes.
    pub group: String,
    /// Seed of the order inside the rounds.
    pub order_seed: u64,
    /// Round of each block.
    pub round: Vec<u32>,
    /// Calls timed in each block.
    pub ops: Vec<u32>,
    /// Wall time of each block in nanoseconds. Of runs with a measured part, the sum over
    /// the parts of the block's calls; the line's `values` then hold `ops`, the operations
    /// of one part.
    pub wall_ns: Vec<u64>,
    /// CPU time of the thread in each block in nanoseconds, of the same stretches.
    pub cpu_ns: Vec<u64>,
    /// CPU time of all the kernel's threads `ksoftirqd/N` in each block in nanoseconds, of the
    /// same stretches. Linux may charge to them what belongs to the thread: woken during a long
    /// system call, such a thread is charged from its waking on and not from its turn on the
    /// core. Zeros where they cannot be seen; empty in records from before this was taken.
    pub softirq_ns: Vec<u64>,
    /// 1 marks the second, identical entry of an A/A pair; it is compared with entry 0 of
    /// the same cell and never with another design.
    pub aa: u32,
}

/// [`Samples`] as they are written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
struct Stored {
    /// Which cells were interleaved.
    group: String,
    /// Seed of the order inside the rounds.
    order_seed: u64,
    /// Round of each block.
    #[serde(with = "crate::runs")]
    #[cfg_attr(test, schemars(with = "Vec<crate::runs::Element>"))]
    round: Vec<u32>,
    /// Calls timed in each block.
    #[serde(with = "crate::runs")]
    #[cfg_attr(test, schemars(with = "Vec<crate::runs::Element>"))]
    ops: Vec<u32>,
    /// The shortest wall time of a block in nanoseconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    wall_least_ns: u64,
    /// Wall time of each block in nanoseconds above the shortest; in records of line format 1
    /// there is no shortest, and this is all of it.
    wall_ns: Vec<u64>,
    /// Wall time less CPU time of the thread in each block, in nanoseconds: as long as
    /// nothing else runs, a few digits instead of many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    off_cpu_ns: Vec<i64>,
    /// CPU time of the thread in each block, in records of line format 1 instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cpu_ns: Vec<u64>,
    /// CPU time of the softirq threads in each block in nanoseconds.
    #[serde(default, with = "crate::runs", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(with = "Vec<crate::runs::Element>"))]
    softirq_ns: Vec<u64>,
    /// 1 marks the second, identical entry of an A/A pair.
    #[serde(default)]
    aa: u32,
}

impl From<Samples> for Stored {
    fn from(samples: Samples) -> Stored {
        let Samples { group, order_seed, round, ops, wall_ns, cpu_ns, softirq_ns, aa } = samples;
        let off_cpu_ns = wall_ns.iter().zip(&cpu_ns).map(|(wall, cpu)| less(*wall, *cpu));
        let off_cpu_ns = off_cpu_ns.collect();
        let cpu_ns = Vec::new();
        let wall_least_ns = wall_ns.iter().copied().min().unwrap_or(0);
        let wall_ns = wall_ns.into_iter().map(|wall| wall - wall_least_ns).collect();
        Stored {
            group,
            order_seed,
            round,
            ops,
            wall_least_ns,
            wall_ns,
            off_cpu_ns,
            cpu_ns,
            softirq_ns,
            aa,
        }
    }
}

fn is_zero(value: &u64) -> bool {
    *value == 0
}

/// The difference, with its sign: a thread's clock may be ahead of the wall's by a little.
fn less(wall: u64, cpu: u64) -> i64 {
    wall.wrapping_sub(cpu).cast_signed()
}

impl TryFrom<Stored> for Samples {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Samples, String> {
        let least = stored.wall_least_ns;
        let wall_ns = stored.wall_ns.iter().map(|over| least.checked_add(*over));
        let wall_ns: Option<Vec<u64>> = wall_ns.collect();
        let wall_ns = wall_ns.ok_or("a wall time above the largest number")?;
        let Stored { group, order_seed, round, ops, off_cpu_ns, cpu_ns, softirq_ns, aa, .. } =
            stored;
        let cpu_ns = match (off_cpu_ns.is_empty(), cpu_ns.is_empty()) {
            (_, true) => {
                let pairs = wall_ns.iter().zip(&off_cpu_ns);
                pairs.map(|(wall, off)| wall.wrapping_sub(off.cast_unsigned())).collect()
            }
            (true, false) => cpu_ns,
            (false, false) => return Err("both `off_cpu_ns` and `cpu_ns`".to_owned()),
        };
        if cpu_ns.len() != wall_ns.len() {
            let (cpu, wall) = (cpu_ns.len(), wall_ns.len());
            return Err(format!("{wall} blocks with wall time and {cpu} with CPU time"));
        }
        Ok(Samples { group, order_seed, round, ops, wall_ns, cpu_ns, softirq_ns, aa })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_written_as_what_is_missing_to_wall_time_and_read_to_the_digit() {
        let samples = Samples {
            group: "g".to_owned(),
            round: vec![0, 1, 2],
            ops: vec![1, 1, 1],
            wall_ns: vec![500_000, 501_000, u64::MAX],
            cpu_ns: vec![499_880, 501_020, 0],
            ..Samples::default()
        };
        let text = serde_json::to_string(&samples).expect("plain data");
        assert!(text.contains(r#""off_cpu_ns":[120,-20,-1]"#), "{text}");
        assert!(!text.contains("\"cpu_ns\""), "{text}");
        assert!(text.contains(r#""wall_least_ns":500000,"wall_ns":[0,1000,"#), "{text}");
        let read: Samples = serde_json::from_str(&text).expect("samples");
        assert_eq!(read, samples);
    }

    #[test]
    fn samples_of_line_format_one_are_read_as_ever() {
        let old = r#"{"group":"g","order_seed":1,"round":["0..2"],"ops":[1,1],
            "wall_ns":[7,8],"cpu_ns":[6,8]}"#;
        let read: Samples = serde_json::from_str(old).expect("samples");
        assert_eq!(read.cpu_ns, [6, 8]);
        for bad in [
            r#"{"group":"g","order_seed":1,"round":[],"ops":[],"wall_ns":[7,8],"cpu_ns":[6]}"#,
            r#"{"group":"g","order_seed":1,"round":[],"ops":[],
                "wall_ns":[7],"cpu_ns":[6],"off_cpu_ns":[1]}"#,
        ] {
            assert!(serde_json::from_str::<Samples>(bad).is_err(), "{bad}");
        }
    }
}
