//! The A/A control: a rival that was timed under two names, so that nothing differs.

use std::collections::{BTreeMap, BTreeSet};

use record::{CellKey, Line, Samples};

use super::{Estimate, Time, TooFew, estimate, log_ratios, ratio};

/// The A/A control of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct Twin {
    /// Who was timed twice; another one where launches differ in that.
    pub cell: CellKey,
    /// Log-ratios of the two by launch; an empty list where a launch has none.
    pub launches: Vec<Vec<f64>>,
}

impl Twin {
    /// The twin of the lines of one group, whichever cell it is of. `None` where no cell was
    /// timed twice.
    #[must_use]
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Option<Twin> {
        let counts = |line: &&Line| line.status.is_ok() && line.samples.is_some();
        let lines: Vec<&Line> = lines.into_iter().filter(counts).collect();
        let launches: BTreeSet<u32> = lines.iter().map(|line| line.launch).collect();
        let mut cell = None;
        let mut logs = Vec::new();
        for launch in launches {
            let found = pair(lines.iter().copied().filter(|line| line.launch == launch));
            cell = cell.or(found.map(|(line, ..)| line.cell.clone()));
            logs.push(
                found.map_or(Vec::new(), |(_, twin, first)| log_ratios(twin, first, Time::Wall)),
            );
        }
        Some(Twin { cell: cell?, launches: logs })
    }

    /// What its ratio is.
    ///
    /// # Errors
    /// When too few of its rounds are clean.
    pub fn estimate(&self) -> Result<Estimate, TooFew> {
        estimate(&self.launches, CONFIDENCE)
    }

    /// How far from one the ratio of identical code may lie: the farther of the two ends. An
    /// interval that is narrow beside one is as bad as a wide one around it.
    ///
    /// # Errors
    /// When too few of its rounds are clean.
    pub fn spread(&self) -> Result<f64, TooFew> {
        let it = self.estimate()?.it;
        Ok((it.high - 1.0).max(1.0 - it.low))
    }
}

/// Confidence of what is said of the machine.
const CONFIDENCE: f64 = 0.95;

/// The line of the twin, its samples, and those of the same cell under its first name.
fn pair<'a>(
    lines: impl Iterator<Item = &'a Line> + Clone,
) -> Option<(&'a Line, &'a Samples, &'a Samples)> {
    let entry = |line: &'a Line| Some((line, line.samples.as_ref()?));
    let (line, twin) = lines.clone().filter_map(entry).find(|(_, samples)| samples.aa == 1)?;
    let is_first = |(other, samples): &(&Line, &Samples)| {
        samples.aa == 0 && other.cell == line.cell && samples.group == twin.group
    };
    let (_, first) = lines.filter_map(entry).find(is_first)?;
    Some((line, twin, first))
}

/// 95 % half-width of the ratio of identical code to itself, over all A/A pairs of a run. The
/// log-ratios of every group's pair are taken together, launch by launch, so that groups with
/// many rounds decide it: it says how the run was as a whole and nothing of any one group,
/// which has a [`Twin`] of its own. `None` without a pair.
#[must_use]
pub fn aa_spread(lines: &[Line]) -> Option<f64> {
    let mut groups: BTreeMap<(&str, u32), Vec<&Line>> = BTreeMap::new();
    for line in lines {
        if let Some(samples) = &line.samples {
            groups.entry((&samples.group, line.launch)).or_default().push(line);
        }
    }
    let mut launches: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for ((_, launch), lines) in groups {
        if let Some((_, twin, first)) = pair(lines.into_iter()) {
            launches.entry(launch).or_default().extend(log_ratios(twin, first, Time::Wall));
        }
    }
    let launches: Vec<Vec<f64>> = launches.into_values().collect();
    let interval = ratio(&launches, CONFIDENCE)?;
    Some((interval.high - interval.low) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{Kind, Status};

    /// A launch of a group of two rivals; `b` is timed twice, `by` slower the second time.
    fn launch(group: &str, launch: u32, rounds: u32, by: f64) -> Vec<Line> {
        let line = |design: &str, aa: u32, factor: f64| {
            let cell = format!("{group}@{design}:own").parse().expect("a key");
            let mut line = Line::new(Kind::Time, cell, launch, Status::Ok);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
            let ns = (1e6 * factor) as u64;
            line.samples = Some(Samples {
                group: group.to_owned(),
                round: (0..rounds).collect(),
                ops: vec![1; rounds as usize],
                wall_ns: vec![ns; rounds as usize],
                cpu_ns: vec![ns; rounds as usize],
                aa,
                ..Samples::default()
            });
            line
        };
        vec![line("a", 0, 2.0), line("b", 0, 1.0), line("b", 1, by)]
    }

    #[test]
    fn the_twin_is_whoever_was_timed_twice() {
        let lines: Vec<Line> = (0..3)
            .flat_map(|at| launch("w/c,n=1", at, 20, [1.01, 0.97, 1.02][at as usize]))
            .collect();
        let twin = Twin::of(&lines).expect("a twin");
        assert_eq!(twin.cell.to_string(), "w/c,n=1@b:own");
        let it = twin.estimate().expect("sixty rounds").it;
        assert!((it.mid - 1.01).abs() < 1e-9, "the middle launch: {}", it.mid);
        let spread = twin.spread().expect("sixty rounds");
        assert!((spread - 0.03).abs() < 1e-9, "the launch that is farthest: {spread}");
        assert_eq!(Twin::of(&lines[..2]), None, "no cell twice");
    }

    #[test]
    fn one_launch_beside_one_is_as_bad_as_a_wide_interval() {
        let twin = Twin::of(&launch("w/c,n=1", 0, 20, 1.04)).expect("a twin");
        assert!((twin.spread().expect("twenty rounds") - 0.04).abs() < 1e-9);
    }

    #[test]
    fn many_quiet_rounds_elsewhere_hide_a_noisy_group_and_its_twin_does_not() {
        let mut lines = Vec::new();
        for at in 0..3 {
            lines.extend(launch("quiet/c,n=1", at, 200, 1.0));
            lines.extend(launch("noisy/c,n=9", at, 10, [0.952, 1.353, 1.013][at as usize]));
        }
        let pooled = aa_spread(&lines).expect("a pair");
        assert!(pooled < 1e-9, "{pooled}");
        let noisy = lines.iter().filter(|line| line.cell.workload == "noisy");
        let spread = Twin::of(noisy).expect("a twin").spread().expect("thirty rounds");
        assert!((spread - 0.353).abs() < 1e-5, "{spread}");
    }

    #[test]
    fn a_launch_without_the_twin_counts_as_one_without_a_round() {
        let mut lines = launch("w/c,n=1", 0, 20, 1.0);
        lines.extend(launch("w/c,n=1", 1, 20, 1.0).into_iter().take(2));
        let twin = Twin::of(&lines).expect("a twin");
        assert_eq!(twin.spread(), Err(TooFew { rounds: 20, without: 1 }));
    }
}
