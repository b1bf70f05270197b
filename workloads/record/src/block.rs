//! Blocks of raw samples: what each took, and whether it counts. The code that times or judges a
//! block asks here, so that the rule is written once.

use std::iter;

use crate::Samples;

/// What one block took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Wall time in nanoseconds.
    pub wall_ns: u64,
    /// CPU time of the thread in nanoseconds.
    pub cpu_ns: u64,
    /// CPU time of the kernel's threads `ksoftirqd/N` in nanoseconds; see
    /// [`Samples::softirq_ns`].
    pub softirq_ns: u64,
}

impl Taken {
    /// CPU time in nanoseconds of the thread and of the softirq threads together: how much of
    /// the block the processor worked for it, however the kernel divided that among them.
    #[must_use]
    pub fn processor_ns(&self) -> u64 {
        self.cpu_ns.saturating_add(self.softirq_ns)
    }

    /// Whether nothing else ran on this core during the block: [`Taken::processor_ns`] above
    /// 0.97 of the wall time. In integers, so that every machine agrees.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        u128::from(self.processor_ns()) * 100 > u128::from(self.wall_ns) * 97
    }
}

/// One block of [`Samples`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its round.
    pub round: u32,
    /// Calls timed in it.
    pub ops: u32,
    /// What they took.
    pub taken: Taken,
}

impl Samples {
    /// The blocks in the order in which they ran. Where a record has no softirq time it reads
    /// as zero.
    pub fn blocks(&self) -> impl Iterator<Item = Block> {
        let softirq = self.softirq_ns.iter().copied().chain(iter::repeat(0));
        let clocks = self.wall_ns.iter().zip(&self.cpu_ns).zip(softirq);
        let calls = self.round.iter().zip(&self.ops);
        calls.zip(clocks).map(|((&round, &ops), ((&wall_ns, &cpu_ns), softirq_ns))| Block {
            round,
            ops,
            taken: Taken { wall_ns, cpu_ns, softirq_ns },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Line, Status, parse_line};

    #[test]
    fn clean_means_above_the_share() {
        let taken = |cpu_ns, softirq_ns| Taken { wall_ns: 1_000, cpu_ns, softirq_ns };
        assert!(taken(971, 0).is_clean());
        assert!(!taken(970, 0).is_clean());
        assert!(!taken(950, 0).is_clean(), "a twentieth is missing");
        assert!(taken(950, 50).is_clean(), "and was charged to a softirq thread");
        assert!(!taken(950, 20).is_clean(), "of which only some was");
        assert!(!Taken::default().is_clean(), "no time is no block");
        assert!(Taken { wall_ns: u64::MAX, cpu_ns: u64::MAX, softirq_ns: 1 }.is_clean());
    }

    fn timed(softirq_ns: Vec<u64>) -> Line {
        let cell = "w/a,n=1@poll:own".parse().expect("a key");
        let mut line = Line::new(Kind::Time, cell, 0, Status::Ok);
        line.samples = Some(Samples {
            group: "w/a,n=1:own".to_owned(),
            round: vec![0, 1],
            ops: vec![10, 10],
            wall_ns: vec![1_000, 2_000],
            cpu_ns: vec![950, 2_000],
            softirq_ns,
            ..Samples::default()
        });
        line
    }

    fn softirq(line: &Line) -> Vec<u64> {
        let samples = line.samples.as_ref().expect("timed");
        samples.blocks().map(|block| block.taken.softirq_ns).collect()
    }

    #[test]
    fn softirq_time_survives_a_line() {
        let line = timed(vec![50, 0]);
        let text = line.to_json();
        assert!(text.contains("\"softirq_ns\":[50,0]"), "{text}");
        let read = parse_line(&text).expect("a line");
        assert_eq!(read, line);
        assert_eq!(softirq(&read), [50, 0]);
        let taken = Taken { wall_ns: 1_000, cpu_ns: 950, softirq_ns: 50 };
        let first = read.samples.expect("timed").blocks().next();
        assert_eq!(first, Some(Block { round: 0, ops: 10, taken }));
    }

    #[test]
    fn a_line_from_before_there_was_softirq_time_reads_as_zero() {
        let old = r#"{"schema":"async-eval.raw/1","kind":"time","cell":"w/a,n=1@poll:own",
            "launch":0,"status":"ok","samples":{"group":"w/a,n=1:own","order_seed":0,
            "round":[0,1],"ops":[10,10],"wall_ns":[1000,2000],"cpu_ns":[950,2000],"aa":0}}"#;
        let read = parse_line(old).expect("an old line is a line");
        assert_eq!(read, timed(vec![]));
        assert_eq!(softirq(&read), [0, 0]);
        let text = read.to_json();
        assert!(!text.contains("softirq_ns"), "it is written as it was: {text}");
    }
}
