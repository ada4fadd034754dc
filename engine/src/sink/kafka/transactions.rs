//! The one producer of all Kafka sinks of a pipeline, and what makes its records visible: a transaction that is committed together with the
//! number of the checkpoint it belongs to.
//!
//! Between the checkpoint's manifest and the commit of the transaction a run may die. So the transaction carries the checkpoint's number,
//! as the metadata of offsets that the group `wasmill.<id>` commits in it: whoever goes on opens the same transactional id, which ends what
//! was under way, and then asks for the number ([`Transactions::marker`]). If it is the manifest's, the records are there; if it is less, they
//! never will be, and the manifest does not count.
//!
//! | it dies | records | marker | the newest manifest |
//! |---|---|---|---|
//! | before the manifest N is there | aborted | N-1 | N-1 |
//! | after it, before the commit | aborted | N-1 | N, which is void |
//! | after the commit was asked for | visible | N | N |

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode as Code};
use rdkafka::producer::Producer as _;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::util::Timeout;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

use super::fence;
use crate::batch::{Offsets, TopicPartition};
use crate::error::{Fault, Result};
use crate::kafka::group::Group;
use crate::kafka::{ClientSettings, Manner, Notice, ProduceRecord, Producer, Sender, faults};
use crate::sink::Run;
use crate::storage::Notify;

/// How long a broker is waited for at the start.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a transaction may last: what brokers allow unless they are told otherwise. It lasts from the first row after a checkpoint to the
/// next one, and in between may stand a batch that reads all there is, or a broker that is away. When it is long, readers of what is
/// committed wait as long for a run that died and was not started again; one that is started again ends it at once.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// How long one call of the library waits for its answer, which can then be waited for again.
const ATTEMPT: Duration = Duration::from_secs(2);
/// The pause after an answer that says to try again.
const AGAIN: Duration = Duration::from_millis(100);
/// How long the way out waits for a broker.
const WAY_OUT: Duration = Duration::from_secs(5);
const CANT_COMMIT: &str = "the kafka transaction can't be committed";
/// What the names of transactional ids and groups begin with.
const PREFIX: &str = "wasmill.";

/// Writes for all Kafka sinks of a pipeline, in one transaction at a time where a run makes checkpoints.
pub struct Transactions {
    inner: Arc<Mutex<Inner>>,
    /// The group whose offsets carry the marker, if there are transactions.
    marked: Option<Marked>,
}

struct Marked {
    metadata: Arc<ConsumerGroupMetadata>,
    marker: Option<u64>,
}

struct Inner {
    producer: Producer,
    transactional: bool,
    /// How long the broker lets a transaction last.
    longest: Duration,
    /// Since when there is one.
    begun: Option<Instant>,
    /// The number that was committed last, by this producer.
    committed: Option<u64>,
    /// Topics that sinks write to and that are known to be there.
    topics: BTreeSet<Arc<str>>,
}

/// Records on their way: nobody else writes as long.
pub(super) struct Writing<'t> {
    inner: MutexGuard<'t, Inner>,
}

impl Writing<'_> {
    /// Puts a record into the client's buffer, and waits for room there.
    pub(super) async fn send(&mut self, topic: &str, record: ProduceRecord<'_>) -> Result<()> {
        let inner = &mut *self.inner;
        let sent = inner.producer.send(topic, record).await;
        sent.map_err(|fault| inner.judged(fault))?;
        if !inner.topics.contains(topic) {
            inner.topics.insert(Arc::from(topic));
        }
        Ok(())
    }
}

impl Transactions {
    /// A producer without transactions: records are visible as soon as they are delivered, in the order of each partition, once for each
    /// time that they are sent. A stream waits for a broker that is away for as long as it takes, a batch for a minute.
    ///
    /// # Errors
    /// `Usage`: wrong settings. `Unavailable`, `Refused`: what the brokers say.
    pub async fn without(settings: &ClientSettings, run: Run, notify: &Notify) -> Result<Self> {
        let manner = Manner {
            patience: PATIENCE,
            delivery: (run == Run::Batch).then_some(PATIENCE),
            transactions: None,
        };
        let producer = Producer::connect_as(settings, manner, of_notices(notify)).await?;
        Ok(Self::of(producer, LONGEST))
    }

    /// A producer whose records become visible by [`Transactions::commit`]. Whoever had this id before is fenced from here on; what it
    /// had asked to commit is committed, what it had only begun is aborted. `id` is the checkpoint's, letters, digits, `.`, `_` and `-`.
    ///
    /// The embedded broker has no transactions: there, records are visible as soon as they are delivered, which `notify` is told once.
    ///
    /// # Errors
    /// `Usage`: wrong settings. `Unavailable`, `Refused`: what the brokers say.
    pub async fn open(settings: &ClientSettings, id: &str, notify: &Notify) -> Result<Self> {
        let name = format!("{PREFIX}{id}");
        let longest = settings.get("transaction.timeout.ms").and_then(|ms| ms.parse().ok());
        let longest = longest.map_or(LONGEST, Duration::from_millis);
        let manner = Manner {
            patience: PATIENCE,
            delivery: None,
            transactions: Some((name.clone(), longest)),
        };
        let producer = Producer::connect_as(settings, manner, of_notices(notify)).await?;
        if producer.is_embedded() {
            notify(
                "the embedded broker has no transactions: after a crash, rows since the last checkpoint may be in the topic twice",
            );
            return Ok(Self::of(producer, longest));
        }
        let group = Group::new(&name, settings, producer.health())?;
        let metadata = Arc::new(group.metadata()?);
        let mut opened = Self::of(producer, longest);
        let mut inner = opened.inner.lock().await;
        inner.transactional = true;
        let what = "the kafka transactions of this pipeline can't be opened";
        inner
            .call(what, Some(PATIENCE), |sender| sender.init_transactions(ATTEMPT))
            .await?;
        // Only here: whatever was under way has come to its end. Later, a commit that was answered may still be on its way into the group.
        let committed = group.committed(Some(PATIENCE)).await?;
        // Of partitions that are not committed any more the number is an older one.
        let marker = committed.iter().filter_map(|one| one.metadata.parse().ok()).max();
        drop(inner);
        opened.marked = Some(Marked { metadata, marker });
        Ok(opened)
    }

    fn of(producer: Producer, longest: Duration) -> Self {
        Self {
            inner: Arc::new(Mutex::new(Inner {
                producer,
                transactional: false,
                longest,
                begun: None,
                committed: None,
                topics: BTreeSet::new(),
            })),
            marked: None,
        }
    }

    /// Whether records become visible by [`Transactions::commit`] only.
    pub fn is_transactional(&self) -> bool {
        self.marked.is_some()
    }

    /// The number of the last checkpoint whose records were visible when this was opened: none if nothing was committed by this id, or
    /// there are no transactions.
    ///
    /// A broker forgets it some time after the last commit (`offsets.retention.minutes`, 7 days unless it is told otherwise).
    pub fn marker(&self) -> Option<u64> {
        self.marked.as_ref()?.marker
    }

    /// That a topic is there.
    pub(super) async fn expect(&self, topic: &str) -> Result<()> {
        let mut inner = self.inner.lock().await;
        inner.producer.partitions(topic).await?;
        inner.topics.insert(Arc::from(topic));
        Ok(())
    }

    /// For records: a transaction begins with the first.
    pub(super) async fn begin(&self) -> Result<Writing<'_>> {
        let mut inner = self.inner.lock().await;
        inner.begin().await?;
        Ok(Writing { inner })
    }

    /// Waits until all records so far are delivered: with transactions safe, but not visible.
    ///
    /// # Errors
    /// The first record that was not, with the reason; see also [`is_fenced`] and [`is_expired`].
    pub async fn flush(&self) -> Result<()> {
        self.inner.lock().await.flush().await
    }

    /// Makes all records so far visible, together with the number of their checkpoint and the positions of its sources. Also without any
    /// record, so that the number moves on; it must never become less. It may be asked for again, also after a call that was dropped.
    ///
    /// Offsets of topics that these brokers don't have are left out: a source may be elsewhere. They are for whoever watches the group;
    /// what counts is the number.
    ///
    /// # Errors
    /// As [`Transactions::flush`]. After an error it is not known whether the records are visible: [`Transactions::open`] finds out.
    pub async fn commit(&self, number: u64, offsets: &Offsets) -> Result<()> {
        let Some(marked) = &self.marked else {
            return self.flush().await;
        };
        let (inner, metadata, offsets) = (Arc::clone(&self.inner), Arc::clone(&marked.metadata), offsets.clone());
        // Before the task: one that nobody waits for any more must not come behind an `abort`.
        let mut inner = inner.lock_owned().await;
        // A task of its own goes through with it, also when nobody waits for it any more: half a commit could not be taken up again.
        let committing = tokio::spawn(async move { inner.commit(number, &offsets, metadata).await });
        committing
            .await
            .unwrap_or_else(|error| Err(Fault::internal(CANT_COMMIT).because(error)))
    }

    /// Whether records wait for a commit.
    pub async fn has_begun(&self) -> bool {
        self.inner.lock().await.begun.is_some()
    }

    /// Gives up what is not committed; for the way out. A broker that does not answer does it when somebody opens the id again.
    pub async fn abort(&self) {
        let aborted = async {
            let mut inner = self.inner.lock().await;
            if inner.transactional && inner.begun.take().is_some() {
                let what = "the kafka transaction can't be aborted";
                // The fault that led here is the one to be told.
                let aborted = inner.call(what, Some(WAY_OUT), |sender| sender.abort_transaction(ATTEMPT));
                drop(aborted.await);
            }
        };
        drop(tokio::time::timeout(WAY_OUT, aborted).await);
    }
}

impl Inner {
    async fn begin(&mut self) -> Result<()> {
        if !self.transactional || self.begun.is_some() {
            return Ok(());
        }
        let what = "a kafka transaction can't begin";
        // Also if nobody waits for the answer any more.
        self.begun = Some(Instant::now());
        let begun = self.call(what, None, |sender| sender.begin_transaction()).await;
        if begun.is_err() {
            self.begun = None;
        }
        begun
    }

    async fn commit(&mut self, number: u64, offsets: &Offsets, metadata: Arc<ConsumerGroupMetadata>) -> Result<()> {
        self.flush().await?;
        if self.begun.is_none() && self.committed == Some(number) {
            return Ok(());
        }
        self.begin().await?;
        let marks = Arc::new(self.marks(number, offsets).await?);
        // One attempt that lasts: the library gives the transaction up when this call runs out of time.
        self.call(CANT_COMMIT, None, move |sender| {
            sender.send_offsets_to_transaction(&marks, &metadata, Timeout::Never)
        })
        .await?;
        self.call(CANT_COMMIT, None, |sender| sender.commit_transaction(ATTEMPT))
            .await?;
        self.begun = None;
        self.committed = Some(number);
        Ok(())
    }

    async fn flush(&mut self) -> Result<()> {
        let flushed = self.producer.flush().await;
        flushed.map_err(|fault| self.judged(fault)).map(drop)
    }

    /// What the group commits: the sources' positions, or where there are none, the number in place of one. A group commits offsets of
    /// partitions, so it takes a partition that is surely there: the first one of a topic that a sink writes to; the group's name
    /// tells that nobody reads from it.
    async fn marks(&mut self, number: u64, offsets: &Offsets) -> Result<TopicPartitionList> {
        let mut marks = self.known(offsets).await?;
        if marks.is_empty() {
            let topic = match self.topics.first() {
                Some(topic) => Arc::clone(topic),
                // Sinks take their topics from a column, and no row has come yet. Where there are transactions, this one is there.
                None => Arc::from("__transaction_state"),
            };
            let first = TopicPartition { topic, partition: 0 };
            marks.push((first, i64::try_from(number).unwrap_or(i64::MAX)));
        }
        let number = number.to_string();
        let mut list = TopicPartitionList::with_capacity(marks.len());
        for (partition, offset) in marks {
            let mut mark = list.add_partition(&partition.topic, partition.partition);
            mark.set_offset(Offset::Offset(offset))
                .map_err(|error| faults::fault("an offset can't be committed", error).at(partition.to_string()))?;
            mark.set_metadata(&number);
        }
        Ok(list)
    }

    /// Those of the partitions that these brokers have, now: a commit waits for one that they have not.
    async fn known(&self, offsets: &Offsets) -> Result<Vec<(TopicPartition, i64)>> {
        let topics: BTreeSet<&Arc<str>> = offsets.keys().map(|partition| &partition.topic).collect();
        let topics: Vec<Arc<str>> = topics.into_iter().map(Arc::clone).collect();
        let found = self.producer.questions().topics(&topics, None).await?;
        let is_known = |at: &TopicPartition| {
            found.iter().any(|topic| {
                let partitions = topic.partitions.as_deref().unwrap_or_default();
                topic.topic == at.topic && partitions.contains(&at.partition)
            })
        };
        let known = offsets.iter().filter(|(at, _)| is_known(at));
        Ok(known.map(|(at, offset)| (at.clone(), *offset)).collect())
    }

    /// Calls the library until it has an answer, for no longer than `patience` (none: for ever).
    async fn call<F>(&self, what: &str, patience: Option<Duration>, call: F) -> Result<()>
    where
        F: Fn(&Sender) -> KafkaResult<()> + Send + Sync + 'static,
    {
        let call = Arc::new(call);
        let (began, health) = (Instant::now(), self.producer.health());
        loop {
            let (sender, called) = (self.producer.sender().clone(), Arc::clone(&call));
            let mut calling = tokio::task::spawn_blocking(move || called(&sender));
            let answer = loop {
                match tokio::time::timeout(ATTEMPT, &mut calling).await {
                    Ok(answer) => break answer.map_err(|error| Fault::internal(what).because(error))?,
                    Err(_) => {
                        health.turned_away()?;
                        if let Some(reason) = health.reason() {
                            health.no_answer(&reason);
                        }
                    }
                }
            };
            let error = match answer {
                Ok(()) => {
                    health.answered();
                    return Ok(());
                }
                Err(error) => error,
            };
            health.turned_away()?;
            let is_over = patience.is_some_and(|patience| began.elapsed() >= patience);
            if !may_retry(&error) || is_over {
                return Err(self.judged(faults::fault(what, error)));
            }
            health.no_answer("a transaction waits for it");
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// The same fault, or what it comes from: that the broker let another run take over, or lost its patience.
    fn judged(&self, fault: Fault) -> Fault {
        match self.producer.sender().client().fatal_error() {
            Some((code, reason)) if fence::is_fence(code) => match self.begun {
                Some(begun) if begun.elapsed() >= self.longest => fence::expired(begun.elapsed(), self.longest, reason),
                _ => fence::fenced(reason),
            },
            _ => fault,
        }
    }
}

fn may_retry(error: &KafkaError) -> bool {
    match error {
        KafkaError::Transaction(error) => error.is_retriable(),
        KafkaError::Flush(code) => *code == Code::OperationTimedOut,
        _ => false,
    }
}

fn of_notices(notify: &Notify) -> crate::kafka::Notify {
    let notify = Arc::clone(notify);
    Arc::new(move |notice: Notice| notify(&notice.to_string()))
}

#[cfg(test)]
#[path = "transactions_test.rs"]
mod tests;

#[cfg(test)]
#[path = "transactions_real_test.rs"]
mod real_tests;
