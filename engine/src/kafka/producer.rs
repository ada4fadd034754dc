//! Records into topics, in order, with every failure named.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _, ProducerContext, ThreadedProducer};

use tokio::sync::Notify as Wake;

use super::client::{Context, Health};
use super::faults;
use super::notice::Notify;
use super::questions::Questions;
use super::settings::ClientSettings;
use crate::error::{Fault, Result};

/// How long somebody at a terminal waits for a broker before anything was sent to it.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a record is tried by whoever has an end in sight.
const DELIVERY: Duration = Duration::from_secs(60);
/// The pause when the client's buffer is full.
const NO_ROOM: Duration = Duration::from_millis(5);
/// How long to wait for a record's delivery before looking whether the broker is there.
const LOOK_UP: Duration = Duration::from_millis(200);
/// What the embedded broker keeps of a partition. A larger record would throw out everything, itself included.
const EMBEDDED_ROOM: usize = 5 << 20;

/// A record to send.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProduceRecord<'a> {
    /// Its key, which chooses the partition (as Kafka's Java clients do) unless one is given.
    pub key: Option<&'a [u8]>,
    /// Its value; none is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Its partition.
    pub partition: Option<i32>,
    /// Its time in milliseconds since the epoch; the time of sending if none.
    pub timestamp_ms: Option<i64>,
    /// Its headers.
    pub headers: &'a [(&'a str, Option<&'a [u8]>)],
}

/// How a producer goes about it.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    /// How long it waits for a broker before anything was sent to it, and for what a broker knows of a topic.
    pub(crate) patience: Duration,
    /// How long a record is tried; for ever if none.
    pub(crate) delivery: Option<Duration>,
    /// The name its transactions go by, and how long one may last, if it has any.
    pub(crate) transactions: Option<(String, Duration)>,
}

impl Default for Manner {
    /// As a command at a terminal does.
    fn default() -> Self {
        Self {
            patience: PATIENCE,
            delivery: Some(DELIVERY),
            transactions: None,
        }
    }
}

/// The client library's producer, with our ears. Clones are the same producer.
pub(crate) type Sender = ThreadedProducer<Deliveries>;

/// Sends records. What was sent is delivered in the order of each partition, once; [`Producer::flush`] says so.
pub struct Producer {
    client: Sender,
    deliveries: Deliveries,
    patience: Option<Duration>,
    health: Arc<Health>,
    questions: Questions,
    /// The topics known to be there, with the number of their partitions.
    topics: BTreeMap<String, usize>,
    embedded: bool,
    sent: usize,
}

/// A record that the brokers did not take.
#[derive(Debug)]
struct Failure {
    number: usize,
    topic: String,
    partition: i32,
    code: Code,
}

/// Takes in what became of records.
#[derive(Clone)]
pub(crate) struct Deliveries {
    ears: Context,
    failed: Arc<Mutex<Option<Failure>>>,
    /// Notified whenever a record is delivered or given up.
    progress: Arc<Wake>,
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        self.ears.log(level, facility, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.ears.error(error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, number: usize) {
        use rdkafka::Message as _;
        self.progress.notify_one();
        let Err((error, message)) = result else { return };
        // The first one tells the cause; the others follow from it.
        self.failed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert_with(|| Failure {
                number,
                topic: message.topic().to_owned(),
                partition: message.partition(),
                code: error.rdkafka_error_code().unwrap_or(Code::Unknown),
            });
    }
}

impl Producer {
    /// A producer for these brokers.
    ///
    /// # Errors
    /// `Usage`: wrong settings. `Unavailable`, `Refused`: what the brokers say.
    pub async fn connect(settings: &ClientSettings, notify: Notify) -> Result<Self> {
        Self::connect_as(settings, Manner::default(), notify).await
    }

    /// The same in another manner. On the embedded broker there are no transactions, whatever the manner says.
    pub(crate) async fn connect_as(settings: &ClientSettings, manner: Manner, notify: Notify) -> Result<Self> {
        let health = Health::new(settings, notify);
        let questions = Questions::new(settings, &health)?;
        let patience = Some(manner.patience);
        let embedded = {
            questions.all_topics(patience).await?;
            questions.is_embedded(patience).await?
        };
        let mut config = settings.client_config()?;
        let mut default = |name: &str, value: &str| {
            if config.get(name).is_none() {
                config.set(name, value);
            }
        };
        default("linger.ms", "5");
        // The broker's and the topic's own limits decide, and say so.
        default("message.max.bytes", "200000000");
        match &manner.transactions {
            Some((id, longest)) if !embedded => {
                // A record may be tried for as long as its transaction lasts, which the library sees to.
                default("transaction.timeout.ms", &longest.as_millis().to_string());
                default("transactional.id", id);
            }
            _ => {
                // 0 is for ever.
                let delivery = manner.delivery.unwrap_or_default().as_millis().to_string();
                default("message.timeout.ms", &delivery);
            }
        }
        default("queue.buffering.max.kbytes", "131072");
        // In order and once, whatever is retried; and a key goes where Kafka's Java tools would put it.
        config
            .set("enable.idempotence", "true")
            .set("partitioner", "murmur2_random");
        let deliveries = Deliveries {
            ears: Context(Arc::clone(&health)),
            failed: Arc::default(),
            progress: Arc::default(),
        };
        let client = config
            .create_with_context(deliveries.clone())
            .map_err(|error| faults::fault("the kafka client can't start", error))?;
        Ok(Self {
            client,
            deliveries,
            patience,
            health,
            questions,
            topics: BTreeMap::new(),
            embedded,
            sent: 0,
        })
    }

    /// Sends a record: puts it into the client's buffer, and waits for room there.
    ///
    /// # Errors
    /// `Refused`: a topic or partition that is not there. `Data`: the record is too large. Also a failure of an earlier
    /// record; the message says which (counted from 1).
    pub async fn send(&mut self, topic: &str, record: ProduceRecord<'_>) -> Result<()> {
        self.failure()?;
        self.check(topic, &record).await?;
        let number = self.sent + 1;
        let mut message = BaseRecord::<[u8], [u8], usize>::with_opaque_to(topic, number);
        message.key = record.key;
        message.payload = record.value;
        message.partition = record.partition;
        message.timestamp = record.timestamp_ms;
        if !record.headers.is_empty() {
            let headers = OwnedHeaders::new_with_capacity(record.headers.len());
            message.headers = Some(record.headers.iter().fold(headers, |headers, (key, value)| {
                headers.insert(Header { key, value: *value })
            }));
        }
        loop {
            match self.client.send(message) {
                Ok(()) => break,
                Err((KafkaError::MessageProduction(Code::QueueFull), again)) => {
                    message = again;
                    tokio::time::sleep(NO_ROOM).await;
                    self.health.turned_away()?;
                    self.failure()?;
                }
                Err((error, _)) => {
                    return Err(faults::fault(
                        format!("record {number} can't be sent to topic `{topic}`"),
                        error,
                    ));
                }
            }
        }
        self.sent = number;
        Ok(())
    }

    /// Waits until all records are delivered; their number since the start.
    ///
    /// # Errors
    /// The first record that was not, with the reason.
    pub async fn flush(&mut self) -> Result<usize> {
        loop {
            let progress = self.deliveries.progress.notified();
            if self.client.in_flight_count() == 0 {
                break;
            }
            if tokio::time::timeout(LOOK_UP, progress).await.is_err() {
                self.health.turned_away()?;
                // Records wait, and the connection is known to be broken: the library tries until their time is up.
                if let Some(reason) = self.health.reason() {
                    self.health.no_answer(&reason);
                }
            }
        }
        self.failure()?;
        self.health.answered();
        Ok(self.sent)
    }

    /// The client itself, for what goes beyond records.
    pub(crate) fn sender(&self) -> &Sender {
        &self.client
    }

    /// How the brokers are.
    pub(crate) fn health(&self) -> &Arc<Health> {
        &self.health
    }

    /// What is asked of the cluster.
    pub(crate) fn questions(&self) -> &Questions {
        &self.questions
    }

    /// Whether this is the embedded broker.
    pub(crate) fn is_embedded(&self) -> bool {
        self.embedded
    }

    fn failure(&self) -> Result<()> {
        match &*self.deliveries.failed.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(Failure {
                number,
                topic,
                partition,
                code,
            }) => {
                let place = match partition {
                    0.. => format!("topic `{topic}` partition {partition}"),
                    _ => format!("topic `{topic}`"),
                };
                Err(faults::of_code(format!("record {number} was not delivered"), *code, None).at(place))
            }
            None => Ok(()),
        }
    }

    /// How many partitions a topic has.
    ///
    /// # Errors
    /// `Refused`: it is not there; the hint names the topics that look like it.
    pub(crate) async fn partitions(&mut self, topic: &str) -> Result<usize> {
        if let Some(count) = self.topics.get(topic) {
            return Ok(*count);
        }
        let found = self.questions.topics(&[Arc::from(topic)], self.patience).await?;
        let Some(Ok(partitions)) = found.first().map(|found| &found.partitions) else {
            return Err(self.questions.unknown_topic(topic, self.patience).await);
        };
        self.topics.insert(topic.to_owned(), partitions.len());
        Ok(partitions.len())
    }

    async fn check(&mut self, topic: &str, record: &ProduceRecord<'_>) -> Result<()> {
        let mut count = self.partitions(topic).await?;
        let is_beyond = |count| {
            let number = record.partition.map(usize::try_from);
            number.is_some_and(|number| number.is_err() || number.is_ok_and(|number| number >= count))
        };
        if is_beyond(count) {
            // It may have grown since it was asked for.
            self.topics.remove(topic);
            count = self.partitions(topic).await?;
        }
        if let Some(partition) = record.partition
            && is_beyond(count)
        {
            return Err(Fault::refused(format!("topic `{topic}` has no partition {partition}"))
                .hint(format!("it has {count}, numbered from 0")));
        }
        let size = record.value.map_or(0, <[u8]>::len) + record.key.map_or(0, <[u8]>::len);
        if self.embedded && size > EMBEDDED_ROOM {
            return Err(Fault::data(format!(
                "record {} is too large for the embedded broker: {size} bytes",
                self.sent + 1
            ))
            .at(format!("topic `{topic}`"))
            .hint("it keeps about 5 MB of a partition; a real Kafka takes larger records"));
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "producer_test.rs"]
mod tests;
