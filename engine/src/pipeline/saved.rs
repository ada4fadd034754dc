//! What a run leaves for the next one: how far it read, and what it keeps.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;

use crate::batch::{Offsets, TopicPartition};
use crate::source::Identity;
use crate::window::{Input, Watermark};

/// A run between two batches.
#[derive(Debug, Clone, Default)]
pub struct Saved {
    /// The number of the next batch.
    pub next_batch: u64,
    /// The next record of each partition, by the name of its source.
    pub positions: BTreeMap<String, Offsets>,
    /// What told its topics from others of their names then, by the name of the source.
    pub identities: BTreeMap<String, Identity>,
    /// What tables keep, by their names.
    pub tables: BTreeMap<String, SavedTable>,
    /// What the states of modules' aggregates mean in them: the versions, by the names that SQL calls them by.
    pub aggregates: BTreeMap<String, u32>,
    /// How many rows a table with a LIMIT has still to give, by its name.
    pub missing: BTreeMap<String, usize>,
}

/// What one table keeps.
#[derive(Debug, Clone)]
pub struct SavedTable {
    /// Its groups (bounds, keys, states): all of some moment, then those that changed since, piece by piece. None if it keeps none.
    pub pieces: Vec<RecordBatch>,
    /// The end of the last windows that came out for good, in microseconds.
    pub emitted: i64,
    /// The watermark that groups were forgotten by, in microseconds.
    pub forgotten: i64,
    /// Its watermark, if it has one.
    pub watermark: Option<SavedWatermark>,
}

/// A watermark between two batches, in microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedWatermark {
    /// What is final in the next batch.
    pub current: i64,
    /// What is late in the next batch.
    pub late: i64,
    /// The greatest time of each partition (none where that is unknown), by the query's input.
    pub greatest: Vec<(Input, Option<TopicPartition>, i64)>,
}

impl SavedWatermark {
    pub(super) fn of(watermark: &Watermark) -> Self {
        let greatest = watermark.greatest();
        Self {
            current: watermark.current(),
            late: watermark.late(),
            greatest: greatest
                .map(|(input, partition, time)| (input, partition.cloned(), time))
                .collect(),
        }
    }

    pub(super) fn resume(&self, watermark: &mut Watermark) {
        watermark.resume(self.current, self.late, &self.greatest);
    }
}
