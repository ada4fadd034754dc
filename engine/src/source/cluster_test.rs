//! The brokers the tests run on: an embedded one each, or the real Kafka that `WASMILL_TEST_KAFKA` names.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use futures::TryStreamExt as _;

use super::{
    Admin, ClientSettings, KafkaOptions, KafkaSource, Mode, Notice, Notify, Pace, ProduceRecord, Producer, ReplayRecord,
};
use crate::batch::{BatchRanges, OffsetRange, Offsets, Records, TopicPartition};
use crate::broker::Broker;
use crate::clock::SystemClock;
use crate::error::Result;

pub(crate) struct Cluster {
    pub(crate) broker: Option<Broker>,
    pub(crate) settings: ClientSettings,
    said: Arc<Mutex<Vec<Notice>>>,
}

impl Cluster {
    pub(crate) fn new() -> Self {
        match real() {
            Some(real) => real,
            None => Self::embedded(),
        }
    }

    /// For what only the embedded broker lets a test do, such as being away.
    pub(crate) fn embedded() -> Self {
        let broker = Broker::start().unwrap();
        Self {
            settings: ClientSettings::new(broker.address()),
            broker: Some(broker),
            said: Arc::default(),
        }
    }

    pub(crate) fn notify(&self) -> Notify {
        let said = Arc::clone(&self.said);
        Arc::new(move |notice| said.lock().unwrap().push(notice))
    }

    pub(crate) fn said(&self) -> Vec<Notice> {
        self.said.lock().unwrap().clone()
    }

    pub(crate) fn admin(&self) -> Admin {
        Admin::new(&self.settings, self.notify()).unwrap()
    }

    /// A new topic whose name begins so; on a shared broker names must differ.
    pub(crate) async fn topic(&self, name: &str, partitions: i32) -> String {
        self.topic_with(name, partitions, &[]).await
    }

    pub(crate) async fn topic_with(&self, name: &str, partitions: i32, config: &[(&str, &str)]) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{name}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        match &self.broker {
            Some(broker) => broker.create_topic(&name, partitions).unwrap(),
            None => {
                let mut settings = vec![("retention.ms".to_owned(), "-1".to_owned())];
                settings.extend(
                    config
                        .iter()
                        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
                );
                self.admin().create(&name, partitions, &settings).await.unwrap();
            }
        }
        name
    }

    pub(crate) async fn producer(&self) -> Producer {
        Producer::connect(&self.settings, self.notify()).await.unwrap()
    }

    pub(crate) async fn produce(&self, topic: &str, records: &[(i32, &str)]) {
        let mut producer = self.producer().await;
        for (partition, value) in records {
            let record = ProduceRecord {
                value: Some(value.as_bytes()),
                partition: Some(*partition),
                ..ProduceRecord::default()
            };
            producer.send(topic, record).await.unwrap();
        }
        producer.flush().await.unwrap();
    }

    pub(crate) async fn produce_all(&self, topic: &str, records: &[ReplayRecord]) {
        let mut producer = self.producer().await;
        for record in records {
            producer.send_replayed(topic, record).await.unwrap();
        }
        producer.flush().await.unwrap();
    }

    pub(crate) fn options(&self, topic: &str) -> KafkaOptions {
        KafkaOptions::subscribe([topic], self.settings.clone())
    }

    pub(crate) async fn connect(&self, options: KafkaOptions, mode: Mode) -> Result<KafkaSource> {
        KafkaSource::connect("raw", options, mode, Arc::new(SystemClock), self.notify()).await
    }

    pub(crate) async fn source(&self, topic: &str, mode: Mode) -> KafkaSource {
        self.connect(self.options(topic), mode).await.unwrap()
    }
}

fn real() -> Option<Cluster> {
    let address = std::env::var("WASMILL_TEST_KAFKA")
        .ok()
        .filter(|address| !address.is_empty())?;
    Some(Cluster {
        broker: None,
        settings: ClientSettings::new(address),
        said: Arc::default(),
    })
}

/// The real Kafka, for what the embedded broker can't do; none if no real one is named.
pub(crate) fn real_only() -> Option<Cluster> {
    real()
}

pub(crate) fn at(topic: &str, partition: i32) -> TopicPartition {
    TopicPartition {
        topic: Arc::from(topic),
        partition,
    }
}

pub(crate) fn ranges(topic: &str, of: &[(i32, i64, i64)]) -> BatchRanges {
    of.iter()
        .map(|(partition, from, until)| {
            (
                at(topic, *partition),
                OffsetRange {
                    from: *from,
                    until: *until,
                },
            )
        })
        .collect()
}

pub(crate) async fn read(source: &mut KafkaSource, ranges: &BatchRanges) -> Result<Vec<Records>> {
    // A test that waits for ever says nothing.
    let records = source.read(ranges).try_collect();
    tokio::time::timeout(std::time::Duration::from_secs(60), records)
        .await
        .expect("records within a minute")
}

/// The whole of what is there, as a batch reads it.
pub(crate) async fn read_all(source: &mut KafkaSource) -> Result<Vec<Records>> {
    let (from, until) = (source.start().await?, source.end().await?);
    let ranges = source.plan(&from, &until, Pace::Drain)?;
    read(source, &ranges).await
}

/// Values by partition, in order.
pub(crate) fn values(batches: &[Records]) -> HashMap<i32, Vec<String>> {
    let mut all: HashMap<i32, Vec<String>> = HashMap::new();
    for batch in batches {
        for row in 0..batch.len() {
            let value = String::from_utf8_lossy(batch.values().value(row)).into_owned();
            all.entry(batch.partitions().value(row)).or_default().push(value);
        }
    }
    all
}

pub(crate) fn count(batches: &[Records]) -> usize {
    batches.iter().map(Records::len).sum()
}

pub(crate) fn positions(topic: &str, of: &[(i32, i64)]) -> Offsets {
    of.iter()
        .map(|(partition, offset)| (at(topic, *partition), *offset))
        .collect()
}
