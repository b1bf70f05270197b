//! Orders, and many tests at once.

/// Concordant, discordant and tied pairs of two rankings of the same things.
#[must_use]
pub fn pair_counts(pairs: &[(f64, f64)]) -> [u64; 3] {
    let mut counts = [0; 3];
    for (i, a) in pairs.iter().enumerate() {
        for b in &pairs[i + 1..] {
            let sign = (a.0 - b.0) * (a.1 - b.1);
            let index = if sign > 0.0 { 0 } else { usize::from(sign >= 0.0) + 1 };
            counts[index] += 1;
        }
    }
    counts
}

/// Kendall's tau of counted pairs; a tie counts for neither side but in the denominator.
#[must_use]
pub fn tau_of([concordant, discordant, tied]: [u64; 3]) -> Option<f64> {
    let all = concordant + discordant + tied;
    (all > 0).then(|| (super::float(concordant) - super::float(discordant)) / super::float(all))
}

/// Kendall's tau (variant a) of two rankings of the same things.
#[must_use]
pub fn kendall_tau(pairs: &[(f64, f64)]) -> Option<f64> {
    tau_of(pair_counts(pairs))
}

/// Which hypotheses are rejected at `alpha` for the family as a whole (Holm 1979).
#[must_use]
pub fn holm(p: &[f64], alpha: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut rejected = vec![false; p.len()];
    for (step, index) in order.into_iter().enumerate() {
        if p[index] > alpha / super::float((p.len() - step) as u64) {
            break;
        }
        rejected[index] = true;
    }
    rejected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tau_is_one_for_equal_orders_and_known_between() {
        let same = [(1.0, 10.0), (2.0, 20.0), (3.0, 30.0)];
        assert_eq!(kendall_tau(&same), Some(1.0));
        let reversed = [(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)];
        assert_eq!(kendall_tau(&reversed), Some(-1.0));
        // 5 concordant, 1 discordant of 6.
        let mixed = [(1.0, 1.0), (2.0, 2.0), (3.0, 4.0), (4.0, 3.0)];
        assert!((kendall_tau(&mixed).expect("pairs") - 4.0 / 6.0).abs() < 1e-12);
        assert_eq!(pair_counts(&[(1.0, 1.0), (2.0, 1.0)]), [0, 0, 1]);
        assert_eq!(kendall_tau(&[(1.0, 1.0)]), None);
    }

    #[test]
    fn holm_stops_at_the_first_that_fails() {
        assert_eq!(holm(&[0.01, 0.04, 0.03, 0.005], 0.05), [true, false, false, true]);
        assert_eq!(holm(&[], 0.05), Vec::<bool>::new());
    }
}
