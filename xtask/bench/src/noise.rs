//! How quiet the machine was while blocks were timed.

use std::collections::BTreeMap;

use record::{Kind, Line, Noise};

/// Noise figures of a record; nothing when nothing was timed.
pub(crate) fn noise(lines: &[Line], aa_spread: impl Fn(&[Line]) -> Option<f64>) -> Option<Noise> {
    // By group and launch: whether every block of a round was clean.
    let mut clean: BTreeMap<(&str, u32), BTreeMap<u32, bool>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.kind == Kind::Time && line.status.is_ok()) {
        let Some(samples) = &line.samples else {
            continue;
        };
        let rounds = clean.entry((&samples.group, line.launch)).or_default();
        for block in samples.blocks() {
            *rounds.entry(block.round).or_insert(true) &= block.taken.is_clean();
        }
    }
    if clean.is_empty() {
        return None;
    }
    let mut rounds: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    for ((group, _), taken) in &clean {
        let entry = rounds.entry((*group).to_owned()).or_insert([0, 0]);
        entry[0] += taken.values().filter(|clean| **clean).count() as u64;
        entry[1] += taken.len() as u64;
    }
    let sum = |index: usize| rounds.values().map(|pair| pair[index]).sum::<u64>();
    let clean_share = ratio(sum(0), sum(1));
    Some(Noise { aa_spread: aa_spread(lines)?, clean_share, rounds })
}

/// Nothing over nothing is nothing.
fn ratio(over: u64, under: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "numbers of rounds are far below 2^52")]
    let (over, under) = (over as f64, under.max(1) as f64);
    over / under
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{Samples, Status};

    #[test]
    fn one_disturbed_block_spoils_its_round_for_all_rivals() {
        let line = |design: &str, cpu_ns: Vec<u64>| {
            let cell = format!("w/a,n=1@{design}:own").parse().expect("a key");
            let mut line = Line::new(Kind::Time, cell, 0, Status::Ok);
            line.samples = Some(Samples {
                group: "w/a,n=1:own".to_owned(),
                round: vec![0, 1],
                ops: vec![1, 1],
                wall_ns: vec![100, 100],
                cpu_ns,
                ..Samples::default()
            });
            line
        };
        let mut lines = [line("poll", vec![100, 99]), line("scoped", vec![50, 100])];
        let noise = noise(&lines, |_| Some(0.001)).expect("timed");
        assert_eq!(noise.rounds["w/a,n=1:own"], [1, 2]);
        assert!((noise.clean_share - 0.5).abs() < 1e-9);
        // What one block lacks was charged to softirq threads.
        lines[1].samples.as_mut().expect("timed").softirq_ns = vec![50, 0];
        let noise = super::noise(&lines, |_| Some(0.001)).expect("timed");
        assert_eq!(noise.rounds["w/a,n=1:own"], [2, 2]);
        assert!(super::noise(&[], |_| Some(0.0)).is_none());
    }
}
