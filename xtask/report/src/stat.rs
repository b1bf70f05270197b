//! The judge's statistics in the shapes that pages need. Nothing is estimated here.

/// An estimate with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Interval {
    pub(crate) mid: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

pub(crate) fn loglog_slope(points: &[(f64, f64)]) -> Option<f64> {
    let logs: Vec<(f64, f64)> =
        points.iter().map(|(x, y)| (libm::log(*x), libm::log(*y))).collect();
    line(&logs)
}

pub(crate) fn line(points: &[(f64, f64)]) -> Option<f64> {
    if points.len() < 2 {
        return None;
    }
    let n = points.len() as f64;
    let mx = points.iter().map(|p| p.0).sum::<f64>() / n;
    let my = points.iter().map(|p| p.1).sum::<f64>() / n;
    let sxx: f64 = points.iter().map(|p| (p.0 - mx) * (p.0 - mx)).sum();
    let sxy: f64 = points.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
    (sxx > 0.0).then(|| sxy / sxx)
}

pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

pub(crate) fn ratio(launches: Vec<Vec<f64>>) -> Option<Interval> {
    let mids: Vec<f64> = launches.into_iter().filter_map(median).collect();
    let mid = median(mids.clone())?;
    let low = mids.iter().copied().fold(f64::INFINITY, f64::min);
    let high = mids.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(Interval { mid: libm::exp(mid), low: libm::exp(low), high: libm::exp(high) })
}

/// A part of a whole; zero of nothing.
pub(crate) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { float(part as u64) / float(whole as u64) }
}

#[expect(clippy::cast_precision_loss, reason = "nanoseconds and counts far below 2^53")]
pub(crate) fn float(value: u64) -> f64 {
    value as f64
}
