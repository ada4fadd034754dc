//! One number decides everything.

use crate::lab::Random;

/// Throws of a seed.
#[derive(Debug, Clone)]
pub(super) struct Dice(Random);

impl Dice {
    /// The dice of a seed, for one purpose: what is thrown for one does not move the others.
    pub(super) fn new(seed: u64, purpose: u64) -> Self {
        let mixed = seed
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add(purpose.wrapping_mul(0xbf58_476d_1ce4_e5b9));
        Self(Random::new(mixed))
    }

    /// From `least` to `most`, both included.
    pub(super) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below((most - least).saturating_add(1))
    }

    /// Less than `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        let most = i64::try_from(end.saturating_sub(1)).unwrap_or(i64::MAX);
        u64::try_from(self.0.between(0, most)).unwrap_or(0)
    }

    /// True so many times in a thousand.
    pub(super) fn chance(&mut self, thousandths: u32) -> bool {
        self.below(1000) < u64::from(thousandths)
    }

    /// One of them.
    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        self.0.pick(of)
    }
}
