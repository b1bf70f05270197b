//! Timed groups that a busy machine does not let be timed.
//!
//! That is no failure of a cell: its exact values stand. The lines of the group say why there
//! is no time, with the figures that show it.

use std::collections::BTreeMap;

use record::{Line, Status};

/// Clean rounds of a launch below which nothing can be said of it.
const FEWEST: usize = 2;

/// The lines of one launch of a timed group, refused where too few of its rounds were clean.
pub(super) fn unless_timed(mut lines: Vec<Line>) -> Vec<Line> {
    let mut rounds: BTreeMap<u32, bool> = BTreeMap::new();
    let mut longest_ns = 0;
    for line in lines.iter().filter(|line| line.status.is_ok()) {
        for block in line.samples.iter().flat_map(record::Samples::blocks) {
            *rounds.entry(block.round).or_insert(true) &= block.taken.is_clean();
            longest_ns = longest_ns.max(block.taken.wall_ns);
        }
    }
    let clean = rounds.values().filter(|clean| **clean).count();
    if rounds.is_empty() || clean >= FEWEST {
        return lines;
    }
    let reason = format!(
        "{clean} of {} rounds were clean where {FEWEST} are needed, the longest block took {} ms; \
         the machine was busy, measure it again on a quiet one",
        rounds.len(),
        longest_ns / 1_000_000
    );
    // The twin of the first cell has nothing to say without samples.
    lines.retain(|line| line.samples.as_ref().is_none_or(|samples| samples.aa == 0));
    for line in &mut lines {
        if line.samples.take().is_some() && line.status.is_ok() {
            line.status = Status::not("refused", &reason);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{Kind, Samples};

    fn line(aa: u32, cpu_ns: Vec<u64>) -> Line {
        let cell = "w/a,n=1@poll:own".parse().expect("a key");
        let mut line = Line::new(Kind::Time, cell, 0, Status::Ok);
        line.samples = Some(Samples {
            group: "w/a,n=1:own".to_owned(),
            round: vec![0, 1, 2],
            ops: vec![1, 1, 1],
            wall_ns: vec![5_000_000, 5_000_000, 9_000_000],
            cpu_ns,
            aa,
            ..Samples::default()
        });
        line
    }

    #[test]
    fn a_group_without_clean_rounds_is_refused_with_the_figures() {
        let busy = vec![5_000_000, 1_000_000, 1_000_000];
        let lines = unless_timed(vec![line(0, busy.clone()), line(1, busy)]);
        let [line] = &lines[..] else { panic!("{lines:?}") };
        let status = line.status.to_string();
        assert!(status.starts_with("refused: 1 of 3 rounds were clean"), "{status}");
        assert!(status.contains("longest block took 9 ms"), "{status}");
        assert!(line.samples.is_none());
    }

    #[test]
    fn a_group_with_clean_rounds_is_as_it_was() {
        let quiet = vec![5_000_000, 5_000_000, 1_000_000];
        let lines = vec![line(0, quiet.clone()), line(1, quiet)];
        assert_eq!(unless_timed(lines.clone()), lines);
        let failed = Line { status: Status::not("failed", "x"), samples: None, ..lines[0].clone() };
        assert_eq!(unless_timed(vec![failed.clone()]), [failed]);
    }
}
