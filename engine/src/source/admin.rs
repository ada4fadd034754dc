//! The topics of a cluster: which there are, making and deleting them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::error::RDKafkaErrorCode as Code;

use super::positions;
use crate::batch::TopicPartition;
use crate::error::{Fault, Result};
use crate::kafka::ClientSettings;
use crate::kafka::Notify;
use crate::kafka::client::{Context, Health};
use crate::kafka::faults;
use crate::kafka::questions::{At, Partitions, Questions};

/// How long to wait for a broker that does not answer: someone sits in front of a terminal.
const PATIENCE: Option<Duration> = Some(Duration::from_secs(10));
/// How long a cluster may take to make or delete a topic.
const OPERATION: Duration = Duration::from_secs(30);
/// How often one asks whether it has.
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicInfo {
    /// Its name.
    pub name: String,
    /// Its partitions, by number.
    pub partitions: Vec<PartitionInfo>,
}

/// A partition of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionInfo {
    /// Its number.
    pub partition: i32,
    /// The offset of its first record.
    pub earliest: i64,
    /// One past the offset of its last record.
    pub latest: i64,
}

impl TopicInfo {
    /// How many offsets it has: at most so many records (compaction and transactions leave gaps).
    pub fn records(&self) -> i64 {
        self.partitions
            .iter()
            .map(|partition| partition.latest - partition.earliest)
            .sum()
    }
}

/// What became of a topic that was to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// It is there now.
    New,
    /// It was there already, as it is.
    AlreadyThere,
}

/// A cluster, as an administrator sees it.
pub struct Admin {
    questions: Questions,
    client: AdminClient<Context>,
}

impl Admin {
    /// A client for these brokers. Nothing is asked yet.
    ///
    /// # Errors
    /// `Usage`: settings that are missing or wrong.
    pub fn new(settings: &ClientSettings, notify: Notify) -> Result<Self> {
        let health = Health::new(settings, notify);
        let client = settings
            .client_config()?
            .create_with_context(Context(Arc::clone(&health)))
            .map_err(|error| faults::fault("the kafka client can't start", error))?;
        Ok(Self {
            questions: Questions::new(settings, &health)?,
            client,
        })
    }

    /// All topics by name, without Kafka's internal ones.
    ///
    /// # Errors
    /// `Unavailable`, `Refused`: what the brokers say.
    pub async fn topics(&self) -> Result<Vec<TopicInfo>> {
        let mut all = self.questions.all_topics(PATIENCE).await?;
        all.retain(|topic| !topic.topic.starts_with("__"));
        self.describe(all).await
    }

    /// The names of all topics, without Kafka's internal ones: one question, however many there are.
    ///
    /// # Errors
    /// As [`Admin::topics`].
    pub async fn names(&self) -> Result<Vec<String>> {
        let all = self.questions.all_topics(PATIENCE).await?;
        let names = all.iter().map(|topic| topic.topic.to_string());
        Ok(names.filter(|name| !name.starts_with("__")).collect())
    }

    /// One topic.
    ///
    /// # Errors
    /// `Refused`: it is not there; the hint names the topics that look like it.
    pub async fn topic(&self, name: &str) -> Result<TopicInfo> {
        let found = self.questions.topics(&[Arc::from(name)], PATIENCE).await?;
        match self.describe(found).await?.pop() {
            Some(topic) => Ok(topic),
            None => Err(self.questions.unknown_topic(name, PATIENCE).await),
        }
    }

    async fn describe(&self, topics: Vec<Partitions>) -> Result<Vec<TopicInfo>> {
        let mut partitions = BTreeSet::new();
        for topic in &topics {
            partitions.extend(topic.partitions.iter().flatten().map(|partition| TopicPartition {
                topic: Arc::clone(&topic.topic),
                partition: *partition,
            }));
        }
        let earliest = positions::simply(&self.questions, &partitions, At::Earliest, PATIENCE).await?;
        let latest = positions::simply(&self.questions, &partitions, At::Latest, PATIENCE).await?;
        Ok(topics
            .into_iter()
            .filter(|topic| topic.partitions.is_ok())
            .map(|topic| TopicInfo {
                partitions: partitions
                    .iter()
                    .filter(|one| one.topic == topic.topic)
                    .map(|one| PartitionInfo {
                        partition: one.partition,
                        earliest: earliest.get(one).copied().unwrap_or(0),
                        latest: latest.get(one).copied().unwrap_or(0),
                    })
                    .collect(),
                name: topic.topic.to_string(),
            })
            .collect())
    }

    /// Makes a topic, and waits until it can be used. `config` are Kafka's topic settings (`retention.ms` and so on); one copy
    /// of each partition is kept.
    ///
    /// # Errors
    /// `Refused`: the broker does not make it (the embedded broker never does: it has a control port for that).
    pub async fn create(&self, name: &str, partitions: i32, config: &[(String, String)]) -> Result<Created> {
        let mut topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
        for (key, value) in config {
            topic = topic.set(key, value);
        }
        // Asked first: without a broker this waits with patience, and says who does not answer.
        if self.questions.is_embedded(PATIENCE).await? {
            return Err(Fault::refused(format!(
                "topic `{name}` can't be made over the embedded broker's kafka port"
            ))
            .hint("`wasmill topics create` does it through the broker's control port, on the same machine"));
        }
        let results = self.client.create_topics([&topic], &options()).await;
        match outcome(format!("topic `{name}` can't be made"), results)? {
            Err(Code::TopicAlreadyExists) => Ok(Created::AlreadyThere),
            Err(code) => Err(faults::of_code(format!("topic `{name}` can't be made"), code, None)),
            Ok(()) => {
                self.until(name, true).await?;
                Ok(Created::New)
            }
        }
    }

    /// Deletes a topic with all its records, and waits until it is gone.
    ///
    /// # Errors
    /// `Refused`: it is not there, or the broker does not delete it (the embedded broker never does).
    pub async fn delete(&self, name: &str) -> Result<()> {
        if self.questions.is_embedded(PATIENCE).await? {
            return Err(Fault::refused(format!(
                "topic `{name}` can't be deleted: the embedded broker keeps its topics"
            ))
            .hint("they are gone when it stops; a real Kafka can delete topics"));
        }
        let results = self.client.delete_topics(&[name], &options()).await;
        match outcome(format!("topic `{name}` can't be deleted"), results)? {
            Err(code) if faults::is_missing(code) => Err(self.questions.unknown_topic(name, PATIENCE).await),
            Err(code) => Err(faults::of_code(format!("topic `{name}` can't be deleted"), code, None)),
            Ok(()) => self.until(name, false).await,
        }
    }

    /// Waits until a broker that was told to has made or deleted the topic.
    async fn until(&self, name: &str, there: bool) -> Result<()> {
        let deadline = tokio::time::Instant::now() + OPERATION;
        loop {
            let found = self.questions.topics(&[Arc::from(name)], PATIENCE).await?;
            let is_there = found.iter().any(|topic| topic.partitions.is_ok());
            // A partition without a leader is not one that could be written to.
            if is_there == there && (!there || self.topic(name).await.is_ok()) {
                return Ok(());
            }
            if tokio::time::Instant::now() >= deadline {
                let done = if there { "made" } else { "deleted" };
                return Err(Fault::unavailable(format!(
                    "the broker has not {done} topic `{name}` within 30 seconds"
                )));
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
    }
}

fn options() -> AdminOptions {
    AdminOptions::new()
        .request_timeout(Some(OPERATION))
        .operation_timeout(Some(OPERATION))
}

/// The outcome for the one topic that was asked for.
fn outcome(
    what: String,
    results: rdkafka::error::KafkaResult<Vec<std::result::Result<String, (String, Code)>>>,
) -> Result<std::result::Result<(), Code>> {
    match results.map(|mut results| results.pop()) {
        Ok(Some(Ok(_))) => Ok(Ok(())),
        Ok(Some(Err((_, code)))) => Ok(Err(code)),
        Ok(None) => Err(Fault::internal(what)),
        Err(rdkafka::error::KafkaError::AdminOp(code)) => Ok(Err(code)),
        Err(error) => Err(faults::fault(what, error)),
    }
}

#[cfg(test)]
#[path = "admin_test.rs"]
mod tests;
