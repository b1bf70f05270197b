//! From values to shares of a length, with ticks at round numbers.

/// Linear or logarithmic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// From zero, unless a value is negative.
    Linear,
    /// Powers of ten.
    Log,
}

/// One axis with its range and label.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Axis {
    pub(crate) label: String,
    scale: Scale,
    low: f64,
    high: f64,
}

/// Positions are rounded to this many parts of a decade or a unit, so that the last digit
/// of a logarithm never decides on a pixel.
const PARTS: f64 = 4096.0;

impl Axis {
    /// An axis that holds every value; those a logarithm cannot take are ignored.
    pub(crate) fn over(label: &str, scale: Scale, values: impl IntoIterator<Item = f64>) -> Axis {
        let values =
            values.into_iter().filter(|v| v.is_finite() && (scale == Scale::Linear || *v > 0.0));
        let (low, high) = values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let (low, high) = match scale {
            _ if low > high => (1.0, 10.0),
            Scale::Linear => linear_range(low, high),
            Scale::Log => log_range(low, high),
        };
        Axis { label: label.to_owned(), scale, low, high }
    }

    /// Where a value stands, 0 at the low end and 1 at the high end.
    pub(crate) fn share(&self, value: f64) -> f64 {
        let (value, low, high) = match self.scale {
            Scale::Linear => (value, self.low, self.high),
            Scale::Log if value <= 0.0 => return 0.0,
            Scale::Log => (log10(value), log10(self.low), log10(self.high)),
        };
        let share = (value - low) / (high - low);
        (share * PARTS + 0.5).floor() / PARTS
    }

    /// Round values to mark, low to high.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        match self.scale {
            Scale::Linear => linear_ticks(self.low, self.high),
            Scale::Log => log_ticks(self.low, self.high),
        }
    }
}

/// The same last digit on every machine.
fn log10(value: f64) -> f64 {
    (libm::log10(value) * PARTS * 1024.0 + 0.5).floor() / (PARTS * 1024.0)
}

fn linear_range(low: f64, high: f64) -> (f64, f64) {
    let low = low.min(0.0);
    let high = if high <= low { low + 1.0 } else { high };
    let step = linear_step(low, high);
    ((low / step).floor() * step, (high / step).ceil() * step)
}

fn linear_step(low: f64, high: f64) -> f64 {
    let rough = (high - low) / 4.0;
    let power = libm::pow(10.0, libm::log10(rough).floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|m| m * power)
        .into_iter()
        .find(|step| *step >= rough)
        .unwrap_or(power)
}

fn linear_ticks(low: f64, high: f64) -> Vec<f64> {
    let step = linear_step(low, high);
    let first = (low / step).ceil();
    (0..=20)
        .map(|at| (first + f64::from(at)) * step)
        .take_while(|tick| *tick <= high + step / 1000.0)
        .collect()
}

fn log_range(low: f64, high: f64) -> (f64, f64) {
    let low_power = log10(low).floor();
    let high_power = log10(high).ceil().max(low_power + 1.0);
    (libm::pow(10.0, low_power), libm::pow(10.0, high_power))
}

fn log_ticks(low: f64, high: f64) -> Vec<f64> {
    let decades = log10(high) - log10(low);
    let marks: &[f64] = match decades {
        d if d >= 2.0 => &[1.0],
        d if d >= 0.9 => &[1.0, 2.0, 5.0],
        d if d >= 0.3 => &[1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 7.0, 8.0, 9.0],
        _ => &[1.0, 1.02, 1.05, 1.1, 1.2, 1.3, 1.5, 7.0, 8.0, 9.0, 9.5, 9.8],
    };
    let first = log10(low).floor();
    let last = log10(high).ceil();
    let mut ticks = Vec::new();
    let mut power = first;
    while power <= last {
        let unit = libm::pow(10.0, power);
        let inside = |tick: &f64| *tick >= low * 0.999 && *tick <= high * 1.001;
        ticks.extend(marks.iter().map(|mark| mark * unit).filter(inside));
        power += 1.0;
    }
    let wanted = if ticks.len() > 8 && decades >= 2.0 { 2 } else { 1 };
    ticks.into_iter().step_by(wanted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_axis_spans_whole_decades() {
        let axis = Axis::over("n", Scale::Log, [8.0, 1000.0]);
        assert_eq!(axis.ticks().len(), 4);
        assert!((axis.share(1.0)).abs() < 1e-9 && (axis.share(1000.0) - 1.0).abs() < 1e-9);
        assert!((axis.share(10.0) - 1.0 / 3.0).abs() < 1e-3);
    }

    #[test]
    fn a_linear_axis_begins_at_zero() {
        let axis = Axis::over("B", Scale::Linear, [130.0, 470.0]);
        let ticks = axis.ticks();
        assert_eq!(ticks.first(), Some(&0.0));
        assert!((ticks.last().expect("has ticks") - 600.0).abs() < 1e-9, "{ticks:?}");
    }

    #[test]
    fn nothing_to_show_is_no_panic() {
        assert!(!Axis::over("x", Scale::Log, []).ticks().is_empty());
        assert!(Axis::over("x", Scale::Log, [0.0]).share(0.0).abs() < 1e-9);
    }
}
