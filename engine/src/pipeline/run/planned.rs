//! What a batch is going to read.

use std::time::Duration;

use crate::batch::{BatchRanges, Offsets};

/// The ranges of a batch and what the sources had when it was planned.
pub(super) struct Planned {
    pub(super) ranges: Vec<BatchRanges>,
    pub(super) latest: Vec<Offsets>,
    pub(super) took: Duration,
}

impl Planned {
    /// Whether the sources have nothing that was not read.
    pub(super) fn nothing_waits(&self) -> bool {
        self.ranges.iter().zip(&self.latest).all(|(ranges, latest)| {
            let mut ranges = ranges.iter();
            ranges.all(|(partition, range)| latest.get(partition).is_none_or(|latest| *latest <= range.from))
        })
    }

    /// How many records of a source lie behind this batch.
    pub(super) fn waiting_behind(&self, source: usize) -> u64 {
        let (Some(ranges), Some(latest)) = (self.ranges.get(source), self.latest.get(source)) else {
            return 0;
        };
        let waiting = ranges.iter().map(|(partition, range)| {
            let latest = latest.get(partition).copied().unwrap_or(range.until);
            u64::try_from(latest - range.until).unwrap_or(0)
        });
        waiting.sum()
    }

    /// Whether it is a batch without records.
    pub(super) fn is_empty(&self) -> bool {
        self.ranges
            .iter()
            .all(|ranges| ranges.values().all(|range| range.is_empty()))
    }
}
