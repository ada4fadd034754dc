//! A Kafka source: which partitions, from where to where, and their records.

mod ranges;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use regex::Regex;
use tokio::sync::{Mutex, Notify as Wake, mpsc};
use tokio::time::Instant;

use super::fetch::{Fetcher, Manner};
use super::identity::{Identity, Known};
use super::options::{KafkaOptions, Mode, Positions, Subscription};
use super::partitions::{Found, find_partitions};
use super::positions::{self, End};
use crate::batch::{BatchRanges, Offsets, Records, TopicPartition};
use crate::clock::Clock;
use crate::error::{Fault, Result};
use crate::kafka::client::Health;
use crate::kafka::questions::{At, Questions};
use crate::kafka::{Notice, Notify};

/// How long the first contact, and a batch, wait for a broker that does not answer. A stream that is running waits for ever.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a stream looks for new partitions, and how long [`KafkaSource::wait`] waits at most.
const LOOK_AROUND: Duration = Duration::from_secs(1);
/// Batches of columns read ahead of the one who takes them.
const READ_AHEAD: usize = 2;
/// The pause before asking again, while a batch waits for `min_offsets_per_trigger` records.
const HELD_BACK: Duration = Duration::from_millis(100);

/// How much a batch takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As the source's rate limits say; the batch may be empty although records wait (`min_offsets_per_trigger`).
    Trigger,
    /// As `max_offsets_per_trigger` says, but never waiting for more records: for a run that ends at `latest`.
    Drain,
}

/// The topics and partitions of a Kafka cluster that one source of a pipeline reads.
pub struct KafkaSource {
    name: String,
    options: KafkaOptions,
    mode: Mode,
    clock: Arc<dyn Clock>,
    pattern: Option<Regex>,
    health: Arc<Health>,
    questions: Arc<Questions>,
    fetcher: Arc<Mutex<Fetcher>>,
    wake: Arc<Wake>,
    embedded: bool,
    partitions: BTreeSet<TopicPartition>,
    identity: Known,
    /// The first offset of each partition when it was first seen: where one starts that a position doesn't know yet.
    first: Offsets,
    looked_around: Instant,
    last_batch_ms: i64,
    held_back: bool,
}

impl KafkaSource {
    /// Finds the brokers and the partitions. `notify` is told what happens to them from then on.
    ///
    /// # Errors
    /// `Usage`: options that don't fit the mode. `Unavailable`: no broker answered for a minute. `Refused`: credentials, or a
    /// topic that is not there (the hint names the ones that look like it).
    pub async fn connect(
        name: impl Into<String>,
        options: KafkaOptions,
        mode: Mode,
        clock: Arc<dyn Clock>,
        notify: Notify,
    ) -> Result<Self> {
        let name = name.into();
        Self::connect_inner(name.clone(), options, mode, clock, notify)
            .await
            .map_err(|fault| fault.at(format!("source `{name}`")))
    }

    async fn connect_inner(
        name: String,
        options: KafkaOptions,
        mode: Mode,
        clock: Arc<dyn Clock>,
        notify: Notify,
    ) -> Result<Self> {
        if let Some(problem) = options
            .validate(mode)
            .into_iter()
            .chain(options.client.problems())
            .next()
        {
            let fault = Fault::usage(problem.message);
            return Err(match problem.hint {
                Some(hint) => fault.hint(hint),
                None => fault,
            });
        }
        let pattern = match &options.subscription {
            // As Java's `Pattern.matcher(name).matches()`: the whole name.
            Subscription::Pattern(pattern) => Some(
                Regex::new(&format!("^(?:{pattern})$"))
                    .map_err(|error| Fault::usage("`subscribe_pattern` is no regular expression").because(error))?,
            ),
            _ => None,
        };
        let health = Health::new(&options.client, notify);
        let questions = Arc::new(Questions::new(&options.client, &health)?);
        let found = find_partitions(&questions, &options.subscription, pattern.as_ref(), Some(PATIENCE)).await?;
        if let Some(topic) = found.missing {
            return Err(questions.unknown_topic(&topic, Some(PATIENCE)).await);
        }
        let partitions = found.partitions;
        if let Subscription::Partitions(wanted) = &options.subscription
            && let Some(missing) = wanted.difference(&partitions).next()
        {
            return Err(Fault::refused(format!("there is no {missing}"))
                .hint("`wasmill topics` shows how many partitions each topic has; they are numbered from 0"));
        }
        let embedded = questions.is_embedded(Some(PATIENCE)).await?;
        let first = positions::simply(&questions, &partitions, At::Earliest, Some(PATIENCE)).await?;
        let identity = match mode {
            Mode::Stream => identity(&questions, &partitions, embedded, Some(PATIENCE)).await?,
            Mode::Batch => Identity::default(),
        };
        let fetcher = Fetcher::new(&options.client, partitions.len(), embedded, &health)?;
        Ok(Self {
            name,
            mode,
            clock,
            pattern,
            health,
            questions,
            wake: Arc::clone(fetcher.wake()),
            fetcher: Arc::new(Mutex::new(fetcher)),
            embedded,
            partitions,
            identity: Known::of(identity),
            first,
            looked_around: Instant::now(),
            last_batch_ms: 0,
            held_back: false,
            options,
        })
    }

    /// The source's name in the pipeline.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it reads, as Spark's progress names it: `KafkaV2[Subscribe[commandes-json]]`.
    pub fn description(&self) -> String {
        self.options.description()
    }

    /// What tells the topics that were read from others of the same names; nothing is known of it in a batch.
    pub fn identity(&self) -> &Identity {
        self.identity.read()
    }

    /// Goes on from this position, which was reached when the topics had this identity.
    pub fn recall(&mut self, position: &Offsets, identity: &Identity) {
        self.identity
            .recall(identity, position.keys().map(|partition| &partition.topic));
    }

    fn patience(&self) -> Option<Duration> {
        (self.mode == Mode::Batch).then_some(PATIENCE)
    }

    fn here(&self, fault: Fault) -> Fault {
        fault.at(format!("source `{}`", self.name))
    }

    /// Where a new query starts: as the options say; else a batch at the earliest, a stream at the latest offsets.
    ///
    /// # Errors
    /// `Usage`: offsets that leave partitions out, times nothing is as young as. `Refused`: times, on the embedded broker.
    pub async fn start(&mut self) -> Result<Offsets> {
        let default = match self.mode {
            Mode::Batch => Positions::Earliest,
            Mode::Stream => Positions::Latest,
        };
        let positions = self.options.starting.clone().unwrap_or(default);
        self.resolve(&positions, End::Start(self.options.starting_strategy))
            .await
    }

    /// Where a batch ends: as the options say; else at the latest offsets.
    ///
    /// # Errors
    /// As [`KafkaSource::start`].
    pub async fn end(&mut self) -> Result<Offsets> {
        let positions = self.options.ending.clone().unwrap_or(Positions::Latest);
        self.resolve(&positions, End::Stop).await
    }

    async fn resolve(&self, positions: &Positions, end: End) -> Result<Offsets> {
        positions::resolve(
            &self.questions,
            &self.partitions,
            positions,
            end,
            self.embedded,
            self.patience(),
        )
        .await
        .map_err(|fault| self.here(fault))
    }

    /// The latest offsets of all partitions there are now, new ones included (a stream looks for those once a second).
    ///
    /// # Errors
    /// What the brokers refuse; a broker that is away is waited for (by a batch: for a minute).
    pub async fn latest(&mut self) -> Result<Offsets> {
        if self.mode == Mode::Stream && self.looked_around.elapsed() >= LOOK_AROUND {
            self.look_around().await.map_err(|fault| self.here(fault))?;
        }
        match self.simply(At::Latest).await {
            // A partition that was deleted a moment ago: look again, so that the plan can say so.
            Err(_) if self.mode == Mode::Stream => {
                self.look_around().await.map_err(|fault| self.here(fault))?;
                self.simply(At::Latest).await
            }
            result => result,
        }
    }

    /// The first offsets of all partitions.
    ///
    /// # Errors
    /// As [`KafkaSource::latest`].
    pub async fn earliest(&mut self) -> Result<Offsets> {
        self.simply(At::Earliest).await
    }

    async fn simply(&self, at: At) -> Result<Offsets> {
        positions::simply(&self.questions, &self.partitions, at, self.patience())
            .await
            .map_err(|fault| self.here(fault))
    }

    /// Looks for partitions that have come or gone.
    async fn look_around(&mut self) -> Result<()> {
        // A topic that is missing now was there when the query started: lost data, which the plan judges.
        let found = self.find().await?.partitions;
        let new: BTreeSet<TopicPartition> = found.difference(&self.partitions).cloned().collect();
        if !new.is_empty() {
            let first = positions::simply(&self.questions, &new, At::Earliest, self.patience()).await?;
            let which: Vec<String> = new.iter().map(ToString::to_string).collect();
            self.health.say(Notice::NewPartitions {
                which: which.join(", "),
            });
            self.first.extend(first);
        }
        let now = identity(&self.questions, &found, self.embedded, self.patience()).await?;
        let others = self.identity.would_be_others(&now);
        if !others.is_empty() {
            let again = found
                .iter()
                .filter(|one| others.contains(&one.topic))
                .cloned()
                .collect();
            let first = positions::simply(&self.questions, &again, At::Earliest, self.patience()).await?;
            self.first.extend(first);
        }
        // Behind the last wait, which may be given up half way.
        self.identity.look(now);
        self.partitions = found;
        self.looked_around = Instant::now();
        Ok(())
    }

    async fn find(&self) -> Result<Found> {
        find_partitions(
            &self.questions,
            &self.options.subscription,
            self.pattern.as_ref(),
            self.patience(),
        )
        .await
    }

    /// The position after a batch.
    pub fn until(ranges: &BatchRanges) -> Offsets {
        ranges
            .iter()
            .map(|(partition, range)| (partition.clone(), range.until))
            .collect()
    }

    /// The records of the ranges, in batches of up to 8,192 records or about 16 MB, ordered by topic, partition and offset.
    ///
    /// Reading begins at once, on a thread of its own, at most two batches ahead of the one who takes them; it ends when the
    /// stream is dropped. The same ranges may be read again.
    pub fn read(&mut self, ranges: &BatchRanges) -> impl Stream<Item = Result<Records>> + Send + use<> {
        let (sender, receiver) = mpsc::channel(READ_AHEAD);
        let mut reader = None;
        if ranges.values().any(|range| !range.is_empty()) {
            let manner = Manner {
                include_headers: self.options.include_headers,
                fail_on_data_loss: self.options.fail_on_data_loss,
                patience: self.patience(),
            };
            let (fetcher, questions) = (Arc::clone(&self.fetcher), Arc::clone(&self.questions));
            let (ranges, name) = (ranges.clone(), self.name.clone());
            reader = Some(tokio::task::spawn_blocking(move || {
                let result = fetcher
                    .blocking_lock()
                    .read(&ranges, manner, &questions, |records| match records {
                        Some(records) => sender.blocking_send(Ok(records)).is_ok(),
                        None => !sender.is_closed(),
                    });
                if let Err(fault) = result {
                    // Nobody listens any more: then nobody needs to know.
                    drop(sender.blocking_send(Err(fault.at(format!("source `{name}`")))));
                }
            }));
        }
        futures::stream::unfold((receiver, reader), |(mut receiver, mut reader)| async {
            if let Some(item) = receiver.recv().await {
                return Some((item, (receiver, reader)));
            }
            // The end, if the thread came to its own: what it did not read must not pass for read.
            let broke_off = reader.take()?.await.err()?;
            let fault = Fault::internal("the reading thread broke off").because(broke_off);
            Some((Err(fault), (receiver, None)))
        })
    }

    /// Waits until records have arrived behind `from`, or a second has passed: for a stream without a trigger, before it asks
    /// for `latest` again. Costs nothing while it waits.
    ///
    /// # Errors
    /// Credentials that are refused; a partition that can't be started.
    pub async fn wait(&mut self, from: &Offsets) -> Result<()> {
        if self.held_back {
            tokio::time::sleep(HELD_BACK).await;
            return Ok(());
        }
        let known: Offsets = from
            .iter()
            .filter(|(partition, _)| self.partitions.contains(*partition))
            .map(|(partition, offset)| (partition.clone(), *offset))
            .collect();
        let deadline = tokio::time::sleep(LOOK_AROUND);
        tokio::pin!(deadline);
        loop {
            let rung = self.wake.notified();
            self.health.turned_away().map_err(|fault| self.here(fault))?;
            if self
                .fetcher
                .lock()
                .await
                .has_news(&known)
                .map_err(|fault| self.here(fault))?
            {
                return Ok(());
            }
            tokio::select! {
                () = rung => {}
                () = &mut deadline => return Ok(()),
            }
        }
    }

    /// Why a batch from `from` to `until` has no records, with where each partition starts and ends.
    ///
    /// # Errors
    /// As [`KafkaSource::latest`].
    pub async fn why_empty(&mut self, from: &Offsets) -> Result<String> {
        let (earliest, latest) = (self.earliest().await?, self.simply(At::Latest).await?);
        let several = self
            .partitions
            .iter()
            .map(|one| &one.topic)
            .collect::<BTreeSet<_>>()
            .len()
            > 1;
        let parts = self.partitions.iter().map(|one| {
            let at = |offsets: &Offsets| offsets.get(one).copied().unwrap_or(0);
            let (first, end, from) = (at(&earliest), at(&latest), from.get(one).copied());
            let place = if several {
                format!("`{}` partition {}", one.topic, one.partition)
            } else {
                format!("partition {}", one.partition)
            };
            match from {
                _ if first == end && end == 0 => format!("{place} was never written to"),
                _ if first == end => {
                    format!("{place} starts at offset {first}, where it ends: its records were deleted")
                }
                Some(from) if from >= end => {
                    format!("{place} starts at offset {first} and was read to its end at {end}")
                }
                _ => format!("{place} starts at offset {first} and ends at {end}"),
            }
        });
        Ok(format!("0 records; {}", parts.collect::<Vec<_>>().join("; ")))
    }
}

/// What tells the topics of these partitions from others of the same names.
async fn identity(
    questions: &Questions,
    partitions: &BTreeSet<TopicPartition>,
    embedded: bool,
    patience: Option<Duration>,
) -> Result<Identity> {
    // The embedded broker's topics have none; its cluster has, another one each time.
    let topics = partitions.iter().filter(|_| !embedded);
    let topics: BTreeSet<Arc<str>> = topics.map(|one| Arc::clone(&one.topic)).collect();
    let (cluster, topics) = questions.identities(topics.into_iter().collect(), patience).await?;
    Ok(Identity { cluster, topics })
}

#[cfg(test)]
#[path = "kafka_test.rs"]
mod tests;

#[cfg(test)]
#[path = "kafka_real_test.rs"]
mod real_tests;
#[cfg(test)]
#[path = "kafka_trouble_test.rs"]
mod trouble_tests;
