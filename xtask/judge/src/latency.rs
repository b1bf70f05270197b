//! Quantiles of what an open loop saw.

use anyhow::{Context, Result};
use base64::Engine as _;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;

/// Answers below which the slowest in a thousand says nothing.
pub const FEW: u64 = 10_000;

/// Quantiles in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantiles {
    /// Answers.
    pub count: u64,
    /// Half of them are not slower.
    pub p50: u64,
    /// Nine in ten are not.
    pub p90: u64,
    /// All but one in a hundred are not.
    pub p99: u64,
    /// All but one in a thousand are not; nothing below [`FEW`] answers.
    pub p999: Option<u64>,
    /// The slowest.
    pub max: u64,
}

/// Reads a histogram as a record holds it: compressed form V2, base64.
///
/// # Errors
/// When the text is no such histogram.
pub fn quantiles(text: &str) -> Result<Quantiles> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).context("not base64")?;
    let histogram: Histogram<u64> = Deserializer::new()
        .deserialize(&mut bytes.as_slice())
        .map_err(|error| anyhow::anyhow!("not a histogram: {error}"))?;
    let at = |share| histogram.value_at_quantile(share);
    let count = histogram.len();
    Ok(Quantiles {
        count,
        p50: at(0.5),
        p90: at(0.9),
        p99: at(0.99),
        p999: (count >= FEW).then(|| at(0.999)),
        max: histogram.max(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};

    fn text(values: impl Iterator<Item = u64>) -> String {
        let mut histogram = Histogram::<u64>::new_with_max(60_000_000_000, 3).expect("bounds");
        values.for_each(|value| histogram.saturating_record(value));
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(&histogram, &mut bytes).expect("in memory");
        base64::engine::general_purpose::STANDARD.encode(bytes)
    }

    #[test]
    fn quantiles_of_known_values() {
        let seen = quantiles(&text(1..=1000)).expect("a histogram");
        assert_eq!((seen.count, seen.p50, seen.p90, seen.p99), (1000, 500, 900, 990));
        assert_eq!((seen.p999, seen.max), (None, 1000), "too few to name the slowest of thousand");
        let seen = quantiles(&text((0..10_000).map(|i| i % 1000 + 1))).expect("a histogram");
        assert_eq!(seen.p999, Some(999));
        assert!(quantiles("nonsense!").is_err() && quantiles("AAAA").is_err());
    }
}
