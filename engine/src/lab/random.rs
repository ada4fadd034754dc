//! Numbers from a seed: SplitMix64 (Steele, Lea, Flood 2014), small and the same everywhere.

/// Numbers of one seed.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// All of a seed's numbers, from the first.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// An integer from `least` to `most`, both included.
    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = most.abs_diff(least).saturating_add(1);
        // The high half of a product spreads evenly enough for data that is made up.
        let offset = (u128::from(self.next()) * u128::from(span)) >> 64;
        least.saturating_add(i64::try_from(offset).unwrap_or(0))
    }

    /// One of them.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let last = i64::try_from(of.len()).unwrap_or(1) - 1;
        &of[usize::try_from(self.between(0, last)).unwrap_or(0)]
    }

    /// `count` different numbers from 0 to `below` - 1, in random order.
    pub(crate) fn different(&mut self, count: usize, below: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..below).collect();
        for place in 0..count.min(below) {
            let last = i64::try_from(below - 1 - place).unwrap_or(0);
            all.swap(place, place + usize::try_from(self.between(0, last)).unwrap_or(0));
        }
        all.truncate(count);
        all
    }
}
