//! A source of a running pipeline, whatever it reads from.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;

use crate::batch::{BatchRanges, OffsetRange, Offsets, Records, TopicPartition};
use crate::checkpoint::SourceState;
use crate::clock::Clock;
use crate::error::Result;
use crate::source::{Identity, KafkaSource, Notify, Pace};

use super::plan::{Mode, PlannedSource, PlannedSourceKind};
#[cfg(test)]
use super::simulation::SimSource;

/// An open source and how far it was read.
pub(super) struct Input {
    kind: Kind,
    /// The next record of each partition.
    pub(super) position: Offsets,
    /// Whether a batch was read already.
    pub(super) begun: bool,
}

enum Kind {
    Kafka(Box<KafkaSource>),
    /// A file's records, numbered from 0 as if they were one partition's.
    Replay {
        name: String,
        records: Vec<Records>,
    },
    /// A topic that is made up.
    #[cfg(test)]
    Simulated(SimSource),
}

impl Input {
    /// Opens a source, to go on from where it was read before, if it was.
    pub(super) async fn open(
        source: PlannedSource,
        mode: Mode,
        clock: Arc<dyn Clock>,
        notify: Notify,
        before: Option<(Offsets, Identity)>,
    ) -> Result<Self> {
        let begun = before.is_some();
        let (kind, position) = match source.kind {
            PlannedSourceKind::Kafka(options) => {
                let mut kafka = KafkaSource::connect(source.name, *options, mode.into(), clock, notify).await?;
                let position = match before {
                    Some((position, identity)) => {
                        kafka.recall(&position, &identity);
                        position
                    }
                    None => kafka.start().await?,
                };
                (Kind::Kafka(Box::new(kafka)), position)
            }
            PlannedSourceKind::Replay(records) => {
                let name = source.name;
                let start = || Offsets::from([(partition_of(&name), 0)]);
                let position = before.map_or_else(start, |(position, _)| position);
                (Kind::Replay { name, records }, position)
            }
            #[cfg(test)]
            PlannedSourceKind::Simulated(source) => {
                let position = before.map_or_else(|| source.start(), |(position, _)| position);
                (Kind::Simulated(source), position)
            }
        };
        Ok(Self { kind, position, begun })
    }

    /// As Spark's progress names it.
    pub(super) fn description(&self) -> String {
        match &self.kind {
            Kind::Kafka(kafka) => kafka.description(),
            Kind::Replay { name, .. } => format!("Replay[{name}]"),
            #[cfg(test)]
            Kind::Simulated(source) => source.description(),
        }
    }

    /// Adds by what its topics are told from others of the same names.
    pub(super) fn identify(&self, source: &mut SourceState) {
        let Kind::Kafka(kafka) = &self.kind else { return };
        let Identity { cluster, topics } = kafka.identity();
        source.cluster.clone_from(cluster);
        for (name, topic) in &mut source.topics {
            topic.id = topics.get(name.as_str()).cloned();
        }
    }

    /// The next record of each partition, if it is read from brokers.
    pub(super) fn brokers_position(&self) -> Offsets {
        match &self.kind {
            Kind::Kafka(_) => self.position.clone(),
            Kind::Replay { .. } => Offsets::new(),
            #[cfg(test)]
            Kind::Simulated(_) => Offsets::new(),
        }
    }

    /// Where a batch over all there is ends.
    pub(super) async fn end(&mut self) -> Result<Offsets> {
        match &mut self.kind {
            Kind::Kafka(kafka) => kafka.end().await,
            Kind::Replay { name, records } => Ok(end_of(name, records)),
            #[cfg(test)]
            Kind::Simulated(source) => source.latest().await,
        }
    }

    /// Where the source ends now.
    pub(super) async fn latest(&mut self) -> Result<Offsets> {
        match &mut self.kind {
            Kind::Kafka(kafka) => kafka.latest().await,
            Kind::Replay { name, records } => Ok(end_of(name, records)),
            #[cfg(test)]
            Kind::Simulated(source) => source.latest().await,
        }
    }

    /// The ranges of the next batch.
    pub(super) fn plan(&mut self, latest: &Offsets, pace: Pace) -> Result<BatchRanges> {
        match &mut self.kind {
            Kind::Kafka(kafka) => kafka.plan(&self.position, latest, pace),
            Kind::Replay { .. } => Ok(latest
                .iter()
                .map(|(partition, until)| {
                    let from = self.position.get(partition).copied().unwrap_or(0);
                    (partition.clone(), OffsetRange { from, until: *until })
                })
                .collect()),
            #[cfg(test)]
            Kind::Simulated(source) => Ok(source.plan(&self.position, latest)),
        }
    }

    /// The records of these ranges.
    pub(super) fn read(&mut self, ranges: &BatchRanges) -> BoxStream<'static, Result<Records>> {
        match &mut self.kind {
            Kind::Kafka(kafka) => kafka.read(ranges).boxed(),
            Kind::Replay { records, .. } => {
                let range = ranges.values().next();
                let range = range.copied().unwrap_or(OffsetRange { from: 0, until: 0 });
                futures::stream::iter(within(records, range)).map(Ok).boxed()
            }
            #[cfg(test)]
            Kind::Simulated(source) => source.read(ranges),
        }
    }

    /// These ranges are where the source stands now. They name every partition: one that is gone is forgotten, and one whose
    /// records were lost goes on behind the loss, which is told once.
    pub(super) fn move_to(&mut self, ranges: &BatchRanges) {
        self.position = KafkaSource::until(ranges);
    }

    /// These ranges are done.
    pub(super) fn advance(&mut self, ranges: &BatchRanges) {
        self.move_to(ranges);
        self.begun = true;
    }

    /// Waits for more records, or a while.
    pub(super) async fn wait(&mut self) -> Result<()> {
        match &mut self.kind {
            Kind::Kafka(kafka) => kafka.wait(&self.position).await,
            Kind::Replay { .. } => {
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok(())
            }
            #[cfg(test)]
            Kind::Simulated(source) => {
                source.wait(&self.position).await;
                Ok(())
            }
        }
    }

    /// Why there was nothing to read.
    pub(super) async fn why_empty(&mut self) -> Result<String> {
        match &mut self.kind {
            Kind::Kafka(kafka) => kafka.why_empty(&self.position).await,
            Kind::Replay { name, .. } => Ok(format!("0 records; the file of source `{name}` is empty")),
            #[cfg(test)]
            Kind::Simulated(source) => Ok(format!("0 records; topic `{}` is empty", source.name())),
        }
    }

    /// Whether it can still get more records.
    pub(super) fn is_endless(&self) -> bool {
        !matches!(self.kind, Kind::Replay { .. })
    }
}

fn partition_of(name: &str) -> TopicPartition {
    TopicPartition {
        topic: name.into(),
        partition: 0,
    }
}

/// The records of this range, chunk by chunk.
fn within(records: &[Records], range: OffsetRange) -> Vec<Records> {
    let bound = |offset: i64| usize::try_from(offset).unwrap_or(0);
    let (from, until) = (bound(range.from), bound(range.until));
    let mut begins = 0;
    let mut within = Vec::new();
    for records in records {
        let (first, ends) = (begins, begins + records.len());
        begins = ends;
        let (from, until) = (from.max(first), until.min(ends));
        if from < until {
            within.push(records.slice(from - first, until - from));
        }
    }
    within
}

fn end_of(name: &str, records: &[Records]) -> Offsets {
    let count: usize = records.iter().map(Records::len).sum();
    Offsets::from([(partition_of(name), i64::try_from(count).unwrap_or(i64::MAX))])
}

#[cfg(test)]
#[path = "input_test.rs"]
mod tests;
