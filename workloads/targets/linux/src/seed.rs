//! Everything random here, from recorded seeds: the order inside rounds and the schedules.
//!
//! SplitMix64 (Steele, Lea and Flood 2014) is written out instead of taken from a crate,
//! because records made years apart must mean the same seeds.

/// A generator whose output depends on its seed and nothing else.
#[derive(Clone, Debug)]
pub struct SplitMix(u64);

impl SplitMix {
    /// A generator at the start of the sequence of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> SplitMix {
        SplitMix(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in `0..bound`, without the bias of a plain remainder.
    fn below(&mut self, bound: u64) -> u64 {
        // The largest multiple of `bound` that fits; what lies above it is drawn again.
        let limit = u64::MAX - u64::MAX % bound;
        loop {
            let value = self.next_u64();
            if value < limit {
                return value % bound;
            }
        }
    }

    /// Uniform above 0 and up to 1, so that it has a logarithm.
    pub fn unit(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let bits = (self.next_u64() >> 11) as f64;
        (bits + 1.0) / 9_007_199_254_740_992.0
    }

    /// A uniform permutation in place (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last as u64 + 1);
            items.swap(last, usize::try_from(other).expect("below a usize"));
        }
    }
}

/// Seed of schedule `number` of a request, never 0 except for schedule 0: seed 0 is the
/// script as written.
#[must_use]
pub fn of_schedule(seed: u64, number: u32) -> u64 {
    if number == 0 {
        return 0;
    }
    let mixed = SplitMix::new(seed).next_u64() ^ u64::from(number);
    SplitMix::new(mixed).next_u64().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_generator_is_splitmix64() {
        // First outputs of the reference implementation for seed 1234567.
        let mut numbers = SplitMix::new(1_234_567);
        assert_eq!(numbers.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(numbers.next_u64(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn schedules_have_seeds_of_their_own_and_only_the_script_has_zero() {
        assert_eq!(of_schedule(7, 0), 0);
        let seeds: BTreeSet<u64> = (1..=1000).map(|i| of_schedule(7, i)).collect();
        assert_eq!(seeds.len(), 1000);
        assert!(!seeds.contains(&0));
        assert_ne!(of_schedule(7, 1), of_schedule(8, 1));
    }

    #[test]
    fn every_order_of_three_comes_up_about_equally_often() {
        let mut numbers = SplitMix::new(1);
        let mut seen = std::collections::BTreeMap::<[u8; 3], u32>::new();
        for _ in 0..6000 {
            let mut items = [0, 1, 2];
            numbers.shuffle(&mut items);
            *seen.entry(items).or_default() += 1;
        }
        assert_eq!(seen.len(), 6);
        assert!(seen.values().all(|n| (850..1150).contains(n)), "{seen:?}");
    }
}
