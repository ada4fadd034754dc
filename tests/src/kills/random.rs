//! Numbers from a seed: SplitMix64 (Steele, Lea, Flood 2014).

use std::time::Duration;

/// A sequence of numbers, the same for the same seed.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        // The high half of a product spreads evenly enough.
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    /// True in so many of a hundred cases.
    pub(super) fn percent(&mut self, of_hundred: u64) -> bool {
        self.below(100) < of_hundred
    }

    /// A time from `least` to `most` milliseconds.
    pub(super) fn millis(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most - least + 1))
    }

    /// Puts them in random order.
    pub(super) fn shuffle<T>(&mut self, of: &mut [T]) {
        for end in (2..=of.len()).rev() {
            let place = self.below(end as u64) as usize;
            of.swap(end - 1, place);
        }
    }
}
