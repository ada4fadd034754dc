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

    /// Whether it is a batch without records.
    pub(super) fn is_empty(&self) -> bool {
        self.ranges
            .iter()
            .all(|ranges| ranges.values().all(|range| range.is_empty()))
    }
}
