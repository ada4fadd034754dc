//! How far event time has come: up to the watermark, no more rows are waited for.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::batch::TopicPartition;

/// Which partitions a watermark follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// The greatest time in any partition, as Spark: a partition that is read later than the others finds its rows late.
    All,
    /// The least of the partitions' own: none is waited for in vain but those that are silent.
    Partition {
        /// After so long without a record, with none waiting, a partition is no longer waited for.
        idle_after: Duration,
    },
}

/// What a pipeline says of a watermark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatermarkSpec {
    /// The column of event times, a timestamp.
    pub column: String,
    /// How long rows are waited for, in microseconds, 0 or more.
    pub delay: i64,
    /// Which partitions count.
    pub per: Per,
    /// How far ahead of the clock a time may be, in microseconds: rows beyond are taken out and don't move the watermark.
    pub max_ahead: Option<i64>,
}

/// Where a partition stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progressed {
    /// The greatest event time, in microseconds; none if no row had one.
    pub greatest: Option<i64>,
    /// When something was last read from it, in milliseconds of the clock.
    pub read_ms: Option<i64>,
    /// Whether it is no longer waited for.
    pub idle: bool,
    /// Rows of it that were late.
    pub late_rows: u64,
}

/// The rows of one input of a table: several inputs have each their own time, and the least of them counts.
pub type Input = usize;

/// The watermark of one query.
#[derive(Debug, Clone)]
pub struct Watermark {
    spec: WatermarkSpec,
    /// Those that have the column.
    inputs: Vec<Input>,
    partitions: BTreeMap<(Input, Option<TopicPartition>), Progressed>,
    /// For what is final: set between batches. 0 before there was a time, as Spark has it.
    current: i64,
    /// For what is late: the one that the batch before used.
    late: i64,
}

impl Watermark {
    /// The watermark of a query before any row; `inputs` are those that have the column.
    pub fn new(spec: WatermarkSpec, inputs: Vec<Input>) -> Self {
        Self {
            spec,
            inputs,
            partitions: BTreeMap::new(),
            current: 0,
            late: 0,
        }
    }

    /// What the pipeline says of it.
    pub fn spec(&self) -> &WatermarkSpec {
        &self.spec
    }

    /// The greatest time that counts, where times may be only so far ahead of the clock.
    pub fn latest(&self, now_ms: i64) -> Option<i64> {
        let ahead = self.spec.max_ahead?;
        Some(now_ms.saturating_mul(1000).saturating_add(ahead))
    }

    /// In microseconds: windows that end at or before it are final in this batch.
    pub fn current(&self) -> i64 {
        self.current
    }

    /// In microseconds: rows of windows that end at or before it are late in this batch.
    pub fn late(&self) -> i64 {
        self.late
    }

    /// Whether a time was ever seen.
    pub fn has_begun(&self) -> bool {
        self.partitions.values().any(|partition| partition.greatest.is_some())
    }

    /// Where the partitions stand, with the input that reads them.
    pub fn partitions(&self) -> impl Iterator<Item = (Input, Option<&TopicPartition>, &Progressed)> {
        self.partitions
            .iter()
            .map(|((input, partition), progressed)| (*input, partition.as_ref(), progressed))
    }

    /// Rows of a partition (none where that is unknown) came in by an input, with this greatest time, so many of them late.
    pub fn observe(
        &mut self,
        input: Input,
        partition: Option<&TopicPartition>,
        greatest: Option<i64>,
        late_rows: u64,
        now_ms: i64,
    ) {
        let progressed = self.partitions.entry((input, partition.cloned())).or_default();
        progressed.greatest = progressed.greatest.max(greatest);
        progressed.late_rows += late_rows;
        progressed.read_ms = Some(now_ms);
        progressed.idle = false;
    }

    /// What partitions an input has, and whether records of them wait to be read. Those that are gone are forgotten.
    pub fn assigned(&mut self, input: Input, partitions: &BTreeMap<TopicPartition, bool>, now_ms: i64) {
        if partitions.is_empty() {
            return;
        }
        let known: BTreeSet<Option<&TopicPartition>> = partitions.keys().map(Some).collect();
        self.partitions
            .retain(|(of, partition), _| *of != input || partition.is_none() || known.contains(&partition.as_ref()));
        for (partition, waiting) in partitions {
            let progressed = self.partitions.entry((input, Some(partition.clone()))).or_default();
            let since = *progressed.read_ms.get_or_insert(now_ms);
            if let Per::Partition { idle_after } = self.spec.per {
                let silent = u128::try_from(now_ms - since).unwrap_or(0) >= idle_after.as_millis();
                progressed.idle = silent && !waiting;
            }
        }
    }

    /// A batch ended: the watermark that the next one uses. It never falls.
    pub fn advance(&mut self) {
        self.late = self.current;
        self.refresh();
    }

    /// Looks again how far time has come: a partition may have fallen silent.
    pub fn refresh(&mut self) {
        let next = self.inputs.iter().map(|input| self.of_input(*input)).min();
        self.current = self.current.max(next.unwrap_or(0));
    }

    /// Whether the batch at hand judges by another watermark than the one before did: then there is something to do, with or
    /// without records.
    pub fn moved(&self) -> bool {
        self.current > self.late
    }

    /// What the watermark would be now, if this input were the only one.
    fn of_input(&self, input: Input) -> i64 {
        let partitions = self.partitions.iter().filter(|((of, _), _)| *of == input);
        let partitions = partitions.map(|(_, progressed)| progressed);
        let greatest = match self.spec.per {
            Per::All => partitions.filter_map(|partition| partition.greatest).max(),
            Per::Partition { .. } => {
                let (idle, busy): (Vec<_>, Vec<_>) = partitions.partition(|partition| partition.idle);
                if busy.is_empty() {
                    // Nobody is waited for: what is there counts.
                    idle.iter().filter_map(|partition| partition.greatest).max()
                } else {
                    let times = busy.iter().map(|partition| partition.greatest);
                    times.min().flatten()
                }
            }
        };
        greatest.map_or(0, |greatest| {
            // Spark counts event time in milliseconds.
            let millis = greatest.div_euclid(1000) * 1000;
            millis.saturating_sub(self.spec.delay)
        })
    }

    /// The partition that the watermark waits for, or that leads it.
    pub fn held_by(&self) -> Option<&TopicPartition> {
        let busy = self.partitions.iter().filter(|(_, progressed)| !progressed.idle);
        let by_time = |(_, progressed): &(&(Input, Option<TopicPartition>), &Progressed)| progressed.greatest;
        let held = match self.spec.per {
            Per::All => busy.max_by_key(by_time),
            Per::Partition { .. } => busy.min_by_key(by_time),
        };
        held.and_then(|((_, partition), _)| partition.as_ref())
    }

    /// The greatest times, by input and partition.
    pub fn greatest(&self) -> impl Iterator<Item = (Input, Option<&TopicPartition>, i64)> {
        let partitions = self.partitions.iter();
        partitions
            .filter_map(|((input, partition), progressed)| Some((*input, partition.as_ref(), progressed.greatest?)))
    }

    /// Goes on where another one was.
    pub fn resume(&mut self, current: i64, late: i64, greatest: &[(Input, Option<TopicPartition>, i64)]) {
        self.current = current;
        self.late = late;
        for (input, partition, greatest) in greatest {
            let progressed = self.partitions.entry((*input, partition.clone())).or_default();
            progressed.greatest = progressed.greatest.max(Some(*greatest));
        }
    }
}

#[cfg(test)]
#[path = "watermark_test.rs"]
mod tests;
