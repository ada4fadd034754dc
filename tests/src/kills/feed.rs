//! Who writes the records: in order, about a thousand a second, each exactly once, whatever becomes of the broker.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext, ThreadedProducer};
use rdkafka::{ClientContext, Message, Offset, TopicPartitionList};

use super::pause;
use super::random::Random;
use super::records::{PARTITIONS, Records, customer};

/// The most records that are on their way at a time. In event time they are far less than the watermark's delay, so that none is late,
/// in whatever order the partitions are read.
const CHUNK: u64 = 120;
/// The time from one chunk to the next.
const PACE: Duration = Duration::from_millis(50);
/// How often the ends of the partitions are asked for, until they stay.
const SETTLING: Duration = Duration::from_secs(1);
/// How long a broker may be away; the producer gives records up a little earlier.
const PATIENCE: Duration = Duration::from_secs(300);

/// A thread that writes.
#[derive(Debug)]
pub(super) struct Feed {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<u64>>,
}

impl Feed {
    /// Begins to write to a topic that is empty.
    pub(super) fn start(kafka: &str, topic: &str, records: &Arc<Records>, random: Random) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let pen = Pen {
            kafka: kafka.to_owned(),
            topic: topic.to_owned(),
            records: Arc::clone(records),
            producer: None,
        };
        let stopped = Arc::clone(&stop);
        Self {
            stop,
            thread: Some(std::thread::spawn(move || pen.write(random, &stopped))),
        }
    }

    /// Stops it, has it write a closing record to each partition, and returns how many records there are, these included.
    pub(super) fn close(mut self) -> u64 {
        self.stop.store(true, Ordering::SeqCst);
        let written = self.thread.take().map(JoinHandle::join);
        match written {
            Some(Ok(count)) => count,
            _ => panic!("the records could not be written"),
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
    }
}

struct Pen {
    kafka: String,
    topic: String,
    records: Arc<Records>,
    producer: Option<ThreadedProducer<Failures>>,
}

impl Pen {
    fn write(mut self, mut random: Random, stop: &AtomicBool) -> u64 {
        let mut next = 0;
        while !stop.load(Ordering::SeqCst) {
            let due = Instant::now() + PACE;
            let end = next + 1 + random.below(CHUNK);
            self.deliver(next..end);
            next = end;
            pause(due.saturating_duration_since(Instant::now()));
        }
        self.records.close(next);
        self.deliver(next..next + PARTITIONS);
        next + PARTITIONS
    }

    /// Writes these records; when it returns they are there.
    fn deliver(&mut self, numbers: Range<u64>) {
        self.records.sending(numbers.end);
        let began = Instant::now();
        let mut missing: Vec<u64> = numbers.clone().collect();
        while let Err(error) = self.send(&missing) {
            assert!(
                began.elapsed() < PATIENCE,
                "the broker {} does not come back",
                self.kafka
            );
            // A producer that failed does not say what of it came through. The topic does.
            let ends = self.settled_ends(began);
            missing = numbers
                .clone()
                .filter(|number| number / PARTITIONS >= ends[(number % PARTITIONS) as usize])
                .collect();
            eprintln!(
                "the producer of the records failed: {error}; another one sends {} records",
                missing.len()
            );
        }
    }

    /// Where each partition ends, once that does not change any more: a broker that has just come up may not know it yet, and what the
    /// producer had sent may still be on its way.
    fn settled_ends(&self, began: Instant) -> Vec<u64> {
        let mut same = 0;
        let mut last = None;
        loop {
            pause(SETTLING);
            let ends = self.ends().ok();
            same = if ends.is_some() && ends == last { same + 1 } else { 0 };
            match ends {
                Some(ends) if same >= 3 => return ends,
                ends => last = ends,
            }
            assert!(
                began.elapsed() < PATIENCE,
                "the broker {} does not come back",
                self.kafka
            );
        }
    }

    /// Sends records and waits until they are there. After a failure the producer is gone.
    fn send(&mut self, numbers: &[u64]) -> Result<(), KafkaError> {
        if self.producer.is_none() {
            let failures = Failures::default();
            let config = client(&self.kafka)
                .set("enable.idempotence", "true")
                .set("linger.ms", "2")
                .set("message.timeout.ms", "240000")
                .create_with_context(failures)?;
            self.producer = Some(config);
        }
        let Some(producer) = &self.producer else {
            return Ok(());
        };
        let outcome = self.try_send(producer, numbers);
        if outcome.is_err() {
            self.producer = None;
        }
        outcome
    }

    fn try_send(&self, producer: &ThreadedProducer<Failures>, numbers: &[u64]) -> Result<(), KafkaError> {
        for &number in numbers {
            let (key, value) = (customer(number), self.records.value(number));
            let record = BaseRecord::to(&self.topic)
                .partition((number % PARTITIONS) as i32)
                .timestamp(self.records.time_ms(number))
                .key(&key)
                .payload(&value);
            producer.send(record).map_err(|(error, _)| error)?;
        }
        // The client's own way of waiting looks ten times a second.
        let began = Instant::now();
        while producer.in_flight_count() > 0 {
            // It gives up by itself, but must not be given up: its records might come later, and once more.
            assert!(began.elapsed() < PATIENCE, "the broker {} does not answer", self.kafka);
            pause(Duration::from_millis(2));
        }
        let failed = producer
            .context()
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        failed.map_or(Ok(()), Err)
    }

    /// Where each partition ends: so many records are in it.
    fn ends(&self) -> Result<Vec<u64>, KafkaError> {
        let client: BaseProducer = client(&self.kafka).create()?;
        (0..PARTITIONS)
            .map(|partition| {
                let asked = client
                    .client()
                    .fetch_watermarks(&self.topic, partition as i32, Duration::from_secs(5));
                asked.map(|(_, end)| end as u64)
            })
            .collect()
    }
}

/// Whether the records up to `end` are in the topic as they should be: what went wrong must not be our own doing.
///
/// # Errors
/// They are not.
pub(super) fn check(kafka: &str, topic: &str, records: &Records, end: u64) -> Result<(), String> {
    let consumer: BaseConsumer = client(kafka)
        .set("group.id", "kills-check")
        .set("enable.auto.commit", "false")
        .create()
        .unwrap_or_else(|error| panic!("no consumer: {error}"));
    let mut all = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        let _ = all.add_partition_offset(topic, partition as i32, Offset::Beginning);
    }
    consumer
        .assign(&all)
        .unwrap_or_else(|error| panic!("`{topic}` can't be read: {error}"));
    let mut left = end;
    let mut heard = Instant::now();
    // Up to the end, and a little further: something may be behind it.
    while left > 0 || heard.elapsed() < Duration::from_millis(500) {
        let message = match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => message,
            _ if heard.elapsed() < Duration::from_secs(30) => continue,
            _ => {
                return Err(format!(
                    "the test itself went wrong: {left} records are not in its topic"
                ));
            }
        };
        heard = Instant::now();
        let number = message.offset() as u64 * PARTITIONS + message.partition() as u64;
        let value = String::from_utf8_lossy(message.payload().unwrap_or_default());
        if number >= end || value != records.value(number) {
            return Err(format!(
                "the test itself went wrong: it wrote {value} where record {number} is"
            ));
        }
        left -= 1;
    }
    Ok(())
}

/// The settings of a client that says nothing: what it would say is what happens to the broker on purpose.
pub(super) fn client(kafka: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", kafka)
        .set("reconnect.backoff.max.ms", "500")
        .set_log_level(RDKafkaLogLevel::Emerg);
    config
}

/// Keeps why a record did not come through.
#[derive(Clone, Default)]
struct Failures(Arc<Mutex<Option<KafkaError>>>);

impl ClientContext for Failures {
    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}

    fn error(&self, _: KafkaError, _: &str) {}
}

impl ProducerContext for Failures {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        }
    }
}
