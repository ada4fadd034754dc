//! What one asks a cluster: topics, partitions, first and last offsets, offsets by time.
//!
//! A broker answers the requests of one connection in their order, and a fetch waits there for records. So questions have
//! a client, and with it connections, of their own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaResult, RDKafkaErrorCode as Code};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::util::Timeout;
use tokio::time::Instant;

use super::client::{Client, Health, Served};
use super::settings::ClientSettings;
use super::topic_ids::topic_ids;
use super::{faults, settings};
use crate::batch::TopicPartition;
use crate::error::{Fault, Kind, Result};

/// How long one attempt waits for its answer. Short, as an attempt can't be interrupted.
const ATTEMPT: Duration = Duration::from_secs(2);
/// How long a broker may take, after it was started again, until it knows its partitions.
const PASSING: Duration = Duration::from_secs(5);
/// The pauses between attempts.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Where in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// Its first offset.
    Earliest,
    /// One past its last (with `isolation.level=read_committed`: its last committed) offset.
    Latest,
    /// The first offset with this time (milliseconds since the epoch) or a later one.
    Time(i64),
}

/// What a cluster says of an offset: the offset, nothing (no record that young), or that the partition is in trouble.
pub(crate) type Answer = std::result::Result<Option<i64>, Code>;

/// A topic's partitions, or what is wrong with it.
#[derive(Debug, Clone)]
pub(crate) struct Partitions {
    pub(crate) topic: Arc<str>,
    pub(crate) partitions: std::result::Result<Vec<i32>, Code>,
}

/// The client that asks.
pub(crate) struct Questions {
    served: Served,
    health: Arc<Health>,
}

impl Questions {
    pub(crate) fn new(settings: &ClientSettings, health: &Arc<Health>) -> Result<Self> {
        let config = settings.client_config()?;
        Ok(Self {
            served: Served::new(&config, health)?,
            health: Arc::clone(health),
        })
    }

    /// With a client that belongs to a group.
    pub(super) fn of_group(group: &str, settings: &ClientSettings, health: &Arc<Health>) -> Result<Self> {
        let mut config = settings.client_config()?;
        config.set("group.id", group);
        Ok(Self {
            served: Served::new(&config, health)?,
            health: Arc::clone(health),
        })
    }

    pub(super) fn client(&self) -> &Client {
        self.served.client()
    }

    /// Asks until there is an answer, for no longer than `patience` (none: for ever).
    pub(super) async fn ask<T, Q>(&self, what: &str, patience: Option<Duration>, question: Q) -> Result<T>
    where
        T: Send + 'static,
        Q: Fn(&Client, Timeout) -> KafkaResult<T> + Send + Sync + 'static,
    {
        let question = Arc::new(question);
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let (client, asked) = (Arc::clone(self.served.client()), Arc::clone(&question));
            let answer = tokio::task::spawn_blocking(move || asked(&client, ATTEMPT.into()))
                .await
                .map_err(|error| Fault::internal(what).because(error))?;
            let error = match answer {
                Ok(answer) => {
                    self.health.answered();
                    return Ok(answer);
                }
                Err(error) => error,
            };
            self.health.turned_away()?;
            let fault = faults::fault(what, error);
            if fault.kind() != Kind::Unavailable {
                return Err(fault);
            }
            if patience.is_some_and(|patience| started.elapsed() + pause > patience) {
                let fault = Fault::unavailable(format!("no answer from the broker at `{}`", self.health.address()));
                return Err(match self.health.reason() {
                    Some(reason) => fault
                        .because(reason)
                        .hint("is it running, and is the address right? `wasmill broker` starts one on this machine"),
                    // Connected, and closed without a word: as a listener does that wants TLS or a login.
                    None => fault.hint("is the address right, and `kafka.security.protocol` what that port speaks?"),
                });
            }
            self.health.no_answer("no connection");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// All topics of the cluster, internal ones (`__consumer_offsets`) included, by name.
    pub(crate) async fn all_topics(&self, patience: Option<Duration>) -> Result<Vec<Partitions>> {
        self.ask("listing the topics failed", patience, |client, timeout| {
            let metadata = client.fetch_metadata(None, timeout)?;
            let mut topics: Vec<Partitions> = metadata.topics().iter().map(partitions_of).collect();
            topics.sort_by(|a, b| a.topic.cmp(&b.topic));
            Ok(topics)
        })
        .await
    }

    /// These topics, in the order asked for.
    pub(crate) async fn topics(&self, names: &[Arc<str>], patience: Option<Duration>) -> Result<Vec<Partitions>> {
        let names = names.to_vec();
        self.ask(
            "asking for the topic's partitions failed",
            patience,
            move |client, timeout| {
                let mut found = Vec::with_capacity(names.len());
                for name in &names {
                    let metadata = client.fetch_metadata(Some(name), timeout)?;
                    found.extend(
                        metadata
                            .topics()
                            .iter()
                            .filter(|topic| topic.name() == &**name)
                            .map(partitions_of),
                    );
                }
                Ok(found)
            },
        )
        .await
    }

    /// The fault for a topic that is not there, with the topics that look like it.
    pub(crate) async fn unknown_topic(&self, name: &str, patience: Option<Duration>) -> Fault {
        let fault = Fault::refused(format!("there is no topic `{name}` on `{}`", self.health.address()));
        let Ok(topics) = self.all_topics(patience).await else {
            return fault.hint("`wasmill topics` lists the topics there are");
        };
        let names: Vec<&str> = topics
            .iter()
            .map(|topic| &*topic.topic)
            .filter(|topic| !topic.starts_with("__"))
            .collect();
        fault.hint(match (settings::nearest(name, names.iter().copied()), &names[..]) {
            (Some(near), _) => format!("did you mean `{near}`? `wasmill topics create {name}` makes a new one"),
            (None, []) => format!("it has no topics at all; `wasmill topics create {name}` makes one"),
            (None, [first @ .., last]) if first.len() < 8 => {
                let list = first.iter().map(|name| format!("`{name}`, ")).collect::<String>();
                format!("it has {list}`{last}`; `wasmill topics create {name}` makes a new one")
            }
            _ => format!("`wasmill topics` lists the topics there are; `wasmill topics create {name}` makes a new one"),
        })
    }

    /// Offsets of many partitions, in one request to each broker.
    pub(crate) async fn offsets(
        &self,
        of: BTreeMap<TopicPartition, At>,
        patience: Option<Duration>,
    ) -> Result<BTreeMap<TopicPartition, Answer>> {
        if of.is_empty() {
            return Ok(BTreeMap::new());
        }
        let of = Arc::new(of);
        let began = Instant::now();
        loop {
            let asked = Arc::clone(&of);
            let answers = self
                .ask("asking for offsets failed", patience, move |client, timeout| {
                    offsets_now(client, &asked, timeout)
                })
                .await?;
            let is_passing = answers.values().any(|answer| answer.is_err_and(faults::is_passing));
            if !is_passing || began.elapsed() >= PASSING {
                return Ok(answers);
            }
            tokio::time::sleep(FIRST_PAUSE).await;
        }
    }

    /// The first and the next offset of a partition, asked for on this very thread (not one of the runtime's workers).
    pub(crate) fn bounds_blocking(&self, partition: &TopicPartition) -> KafkaResult<(i64, i64)> {
        self.served
            .client()
            .fetch_watermarks(&partition.topic, partition.partition, ATTEMPT)
    }

    /// Whether the cluster still has the partition, asked for on this very thread.
    pub(crate) fn exists_blocking(&self, partition: &TopicPartition) -> KafkaResult<bool> {
        let metadata = self.served.client().fetch_metadata(Some(&partition.topic), ATTEMPT)?;
        Ok(metadata
            .topics()
            .iter()
            .filter(|topic| topic.name() == &*partition.topic && topic.error().is_none())
            .any(|topic| topic.partitions().iter().any(|known| known.id() == partition.partition)))
    }

    /// What tells the cluster, and each of these topics, from others of the same name. Topics without an id are left out.
    pub(crate) async fn identities(
        &self,
        names: Vec<Arc<str>>,
        patience: Option<Duration>,
    ) -> Result<(Option<String>, BTreeMap<Arc<str>, String>)> {
        self.ask("asking for the topics' ids failed", patience, move |client, _| {
            let cluster = client.client().fetch_cluster_id(ATTEMPT);
            let topics = match names.is_empty() {
                true => BTreeMap::new(),
                false => topic_ids(client, &names, ATTEMPT),
            };
            Ok((cluster, topics))
        })
        .await
    }

    /// Whether this is the library's mock cluster, which answers less than a Kafka does.
    pub(crate) async fn is_embedded(&self, patience: Option<Duration>) -> Result<bool> {
        self.ask("asking for the cluster's name failed", patience, |client, timeout| {
            Ok(client
                .client()
                .fetch_cluster_id(timeout)
                .is_some_and(|id| id.starts_with("mockCluster")))
        })
        .await
    }
}

fn partitions_of(topic: &rdkafka::metadata::MetadataTopic) -> Partitions {
    let mut partitions: Vec<i32> = topic.partitions().iter().map(|partition| partition.id()).collect();
    partitions.sort_unstable();
    Partitions {
        topic: Arc::from(topic.name()),
        partitions: match topic.error() {
            Some(error) => Err(error.into()),
            None => Ok(partitions),
        },
    }
}

fn offsets_now(
    client: &Client,
    of: &BTreeMap<TopicPartition, At>,
    timeout: Timeout,
) -> KafkaResult<BTreeMap<TopicPartition, Answer>> {
    let mut list = TopicPartitionList::with_capacity(of.len());
    for (partition, at) in of {
        let offset = match at {
            At::Earliest => Offset::Beginning,
            At::Latest => Offset::End,
            At::Time(ms) => Offset::Offset(*ms),
        };
        list.add_partition_offset(&partition.topic, partition.partition, offset)?;
    }
    let found = client.offsets_for_times(list, timeout)?;
    let mut answers = BTreeMap::new();
    for element in found.elements() {
        let partition = TopicPartition {
            topic: Arc::from(element.topic()),
            partition: element.partition(),
        };
        let answer = match (element.error(), element.offset()) {
            (Err(error), _) => Err(error.rdkafka_error_code().unwrap_or(Code::Unknown)),
            (Ok(()), Offset::Offset(offset)) => Ok(Some(offset)),
            (Ok(()), _) => Ok(None),
        };
        answers.insert(partition, answer);
    }
    Ok(answers)
}
