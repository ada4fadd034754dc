//! A topic whose records appear as the simulation's time goes by, and a consumer of it.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::watch;
use tokio::time::Instant;

use super::seed::Dice;
use crate::batch::{BatchRanges, OffsetRange, Offsets, RecordRef, Records, RecordsBuilder, TopicPartition};
use crate::error::{Fault, Result};

/// A record, and when it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pipeline) struct SimRecord {
    /// Milliseconds of the simulation; never less than the record's before it in the partition.
    pub(super) appears_ms: u64,
    pub(super) timestamp_ms: i64,
    pub(super) key: &'static str,
    pub(super) value: String,
}

/// A topic of one or more partitions, whose offsets begin at 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pipeline) struct SimTopic {
    pub(super) name: String,
    pub(super) partitions: Vec<Vec<SimRecord>>,
}

impl SimTopic {
    fn partition(&self, number: usize) -> TopicPartition {
        TopicPartition {
            topic: self.name.as_str().into(),
            partition: i32::try_from(number).unwrap_or(i32::MAX),
        }
    }

    /// Where it ends when all records are there.
    pub(super) fn end(&self) -> Offsets {
        self.end_at(u64::MAX)
    }

    fn end_at(&self, now_ms: u64) -> Offsets {
        let partitions = self.partitions.iter().enumerate();
        partitions
            .map(|(number, records)| {
                let there = records.iter().take_while(|record| record.appears_ms <= now_ms).count();
                (self.partition(number), i64::try_from(there).unwrap_or(i64::MAX))
            })
            .collect()
    }

    /// When the next record appears that is not there yet.
    fn next_ms(&self, now_ms: u64) -> Option<u64> {
        let records = self.partitions.iter().flatten();
        records.map(|record| record.appears_ms).filter(|at| *at > now_ms).min()
    }

    /// The records of these offsets of a partition.
    fn records(&self, number: usize, range: OffsetRange) -> Records {
        let mut builder = RecordsBuilder::new(false);
        for offset in range.from..range.until {
            let record = &self.partitions[number][usize::try_from(offset).unwrap()];
            let record = RecordRef {
                key: Some(record.key.as_bytes()),
                value: Some(record.value.as_bytes()),
                topic: &self.name,
                partition: i32::try_from(number).unwrap(),
                offset,
                timestamp_ms: Some(record.timestamp_ms),
                timestamp_type: 0,
            };
            builder.push(record, None::<std::iter::Empty<_>>);
        }
        builder.finish().unwrap()
    }

    /// All records that a query over all there is should see.
    pub(super) fn all(&self) -> Vec<Records> {
        self.partitions
            .iter()
            .enumerate()
            .map(|(number, records)| {
                let until = i64::try_from(records.len()).unwrap();
                self.records(number, OffsetRange { from: 0, until })
            })
            .collect()
    }
}

/// One process's consumer of a topic.
#[derive(Debug, Clone)]
pub struct SimSource {
    topic: Arc<SimTopic>,
    began: Instant,
    dice: Dice,
    /// How often, in thousandths, the broker does not answer.
    away: u32,
    through: Through,
}

/// Since when a process has read all there will ever be.
pub(super) type Through = Arc<watch::Sender<Option<Instant>>>;

impl SimSource {
    /// Reads a topic in a world that began then; the dice say how batches are cut.
    pub(super) fn new(topic: &Arc<SimTopic>, began: Instant, dice: Dice, away: u32, through: &Through) -> Self {
        Self {
            topic: Arc::clone(topic),
            began,
            dice,
            away,
            through: Arc::clone(through),
        }
    }

    pub(in crate::pipeline) fn name(&self) -> &str {
        &self.topic.name
    }

    pub(in crate::pipeline) fn description(&self) -> String {
        format!("Simulated[{}]", self.topic.name)
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// At the first record there is.
    pub(in crate::pipeline) fn start(&self) -> Offsets {
        let partitions = 0..self.topic.partitions.len();
        partitions.map(|number| (self.topic.partition(number), 0)).collect()
    }

    /// Where the topic ends now, asked over a network.
    pub(in crate::pipeline) async fn latest(&mut self) -> Result<Offsets> {
        tokio::time::sleep(Duration::from_millis(self.dice.below(5))).await;
        if self.dice.chance(self.away) {
            return Err(Fault::unavailable("the broker does not answer").at(format!("topic `{}`", self.topic.name)));
        }
        Ok(self.topic.end_at(self.now_ms()))
    }

    /// Some of what waits, but not nothing.
    pub(in crate::pipeline) fn plan(&mut self, position: &Offsets, latest: &Offsets) -> BatchRanges {
        if *position == self.topic.end() {
            self.through
                .send_if_modified(|since| since.replace(since.unwrap_or_else(Instant::now)).is_none());
        }
        let most = *self.dice.pick(&[1, 2, 3, 5, 1000, 1000]);
        latest
            .iter()
            .map(|(partition, latest)| {
                let from = position.get(partition).copied().unwrap_or(0);
                let until = (*latest).min(from + most).max(from);
                (partition.clone(), OffsetRange { from, until })
            })
            .collect()
    }

    /// The records of these ranges, a few at a time.
    pub(in crate::pipeline) fn read(&mut self, ranges: &BatchRanges) -> BoxStream<'static, Result<Records>> {
        let mut chunks = Vec::new();
        for (partition, range) in ranges {
            let number = usize::try_from(partition.partition).unwrap_or(0);
            let mut from = range.from;
            while from < range.until {
                let until = range
                    .until
                    .min(from + i64::try_from(self.dice.between(1, 6)).unwrap_or(1));
                let wait = Duration::from_millis(self.dice.below(3));
                let breaks = self.dice.chance(self.away);
                chunks.push((number, OffsetRange { from, until }, wait, breaks));
                from = until;
            }
        }
        let topic = Arc::clone(&self.topic);
        let read = move |(number, range, wait, breaks): (usize, OffsetRange, Duration, bool)| {
            let topic = Arc::clone(&topic);
            async move {
                tokio::time::sleep(wait).await;
                if breaks {
                    return Err(Fault::unavailable("the broker went away").at(format!("topic `{}`", topic.name)));
                }
                Ok(topic.records(number, range))
            }
        };
        futures::stream::iter(chunks).then(read).boxed()
    }

    /// Waits for more records, or a second.
    pub(in crate::pipeline) async fn wait(&self, position: &Offsets) {
        let now_ms = self.now_ms();
        let latest = self.topic.end_at(now_ms);
        if latest
            .iter()
            .any(|(partition, latest)| position.get(partition).is_none_or(|at| at < latest))
        {
            return;
        }
        let next = self
            .topic
            .next_ms(now_ms)
            .map_or(1000, |next| (next - now_ms).min(1000));
        tokio::time::sleep(Duration::from_millis(next)).await;
    }
}
