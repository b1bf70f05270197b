//! How long the environment takes: the script, and the schedules derived from it.

use core::cell::Cell;

/// Turns nominal intervals into the intervals of one schedule.
///
/// A script is a *function*, not a sequence: the length of an interval depends on the
/// seed, on the instant at which it starts and on its nominal length, never on how many
/// questions were asked before. Two designs that start the same interval at the same
/// instant therefore get the same answer, and a schedule means the same for all of them.
///
/// Schedule 0 is the script as written: no jitter, ties in order of registration.
#[derive(Debug)]
pub struct Script {
    seed: Cell<u64>,
    jitter_percent: Cell<u32>,
}

impl Script {
    pub(crate) const fn new() -> Script {
        Script { seed: Cell::new(0), jitter_percent: Cell::new(0) }
    }

    /// Chooses a schedule. Seed 0 is the script as written, whatever the jitter.
    pub fn choose(&self, seed: u64, jitter_percent: u32) {
        self.seed.set(seed);
        self.jitter_percent.set(jitter_percent.min(100));
    }

    /// Length in microseconds of an interval of nominally `ms` that starts at `start_us`.
    #[must_use]
    pub fn interval_us(&self, start_us: u64, ms: u32) -> u64 {
        let nominal = u64::from(ms) * 1000;
        let percent = u64::from(self.jitter_percent.get());
        if self.seed.get() == 0 || percent == 0 || nominal == 0 {
            return nominal;
        }
        // Uniform over nominal ± percent, both ends included.
        let span = nominal * percent / 100;
        let offset = mix(self.seed.get() ^ mix(start_us) ^ mix(nominal << 1)) % (2 * span + 1);
        nominal - span + offset
    }

    /// Order among events due at the same instant: lower comes first.
    #[must_use]
    pub fn tie(&self, at_us: u64, sequence: u32) -> u32 {
        match self.seed.get() {
            0 => sequence,
            #[expect(clippy::cast_possible_truncation, reason = "any 32 bits of the hash will do")]
            seed => mix(seed ^ mix(at_us) ^ u64::from(sequence)) as u32,
        }
    }
}

/// SplitMix64's finaliser (Steele, Lea and Flood 2014).
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
