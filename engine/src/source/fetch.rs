//! Records of planned ranges, fetched ahead in the background and handed out in order.
//!
//! Every partition is fetched all the time, from where the last batch ended; so a small batch finds its records waiting and
//! costs no round trip. A seek happens only where a batch starts elsewhere: after a restart, a failure or lost data.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::error::RDKafkaErrorCode as Code;
use tokio::sync::Notify as Wake;

use super::raw::{Fetched, Topic};
use super::trouble::{Silence, Trouble};
use crate::batch::{BatchRanges, OffsetRange, Offsets, Records, RecordsBuilder, TopicPartition};
use crate::error::{Fault, Kind, Result};
use crate::kafka::ClientSettings;
use crate::kafka::client::{Client, Health, Served};
use crate::kafka::faults;
use crate::kafka::questions::Questions;

/// Records in one batch of columns: enough that a call to a guest costs nothing a record, few enough to stay in cache.
const CHUNK_RECORDS: usize = 8192;
/// Events taken from the library at once.
const GROUP: usize = 256;
/// How long a thread waits for records before it looks whether anyone still wants them.
const LOOK_UP_MS: i32 = 100;
/// Bytes fetched ahead, all partitions together.
const AHEAD_BYTES: usize = 32 << 20;
const MIB: usize = 1 << 20;

/// How reading goes: what to keep, and when to give up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) include_headers: bool,
    pub(super) fail_on_data_loss: bool,
    /// How long to wait for a broker that is away (none: for ever).
    pub(super) patience: Option<Duration>,
}

/// The client that fetches.
pub(super) struct Fetcher {
    // In this order: records and partitions go before the topics, the topics before the client.
    pub(super) partitions: BTreeMap<TopicPartition, Partition>,
    topics: HashMap<Arc<str>, Topic>,
    served: Served,
    wake: Arc<Wake>,
    pub(super) health: Arc<Health>,
}

/// A partition that is being fetched.
pub(super) struct Partition {
    /// Fetched and not yet handed out, in order.
    waiting: VecDeque<Fetched>,
    /// Where the last batch ended.
    handed_out: i64,
    /// No record is left before this offset that was not handed out: it runs ahead of `handed_out` where offsets are
    /// missing (compaction, markers of transactions).
    pub(super) reached: i64,
    /// Fetching stopped with an error; it goes on after a seek.
    pub(super) broken: bool,
}

impl Fetcher {
    /// A client for about this many partitions. On the embedded broker a fetch without records takes its full time even if
    /// records arrive meanwhile, so it is kept short there.
    pub(super) fn new(
        settings: &ClientSettings,
        partitions: usize,
        embedded: bool,
        health: &Arc<Health>,
    ) -> Result<Self> {
        let ahead = (AHEAD_BYTES / partitions.max(1)).clamp(MIB, 16 * MIB);
        let mut config = settings.client_config()?;
        let mut default = |name: &str, value: &str| {
            if config.get(name).is_none() {
                config.set(name, value);
            }
        };
        // As Spark and Kafka's own consumers have it.
        default("isolation.level", "read_uncommitted");
        // A broker answers a fetch as soon as there is a record; this is what an idle one costs, and how long the end of a
        // partition behind a gap takes to be seen.
        default("fetch.wait.max.ms", if embedded { "10" } else { "100" });
        default("fetch.error.backoff.ms", "100");
        default("fetch.queue.backoff.ms", "5");
        default("queued.min.messages", "20000");
        default("queued.max.messages.kbytes", &(ahead / 1024).to_string());
        config
            .set("enable.partition.eof", "true")
            .set("auto.offset.reset", "error");
        Ok(Self {
            partitions: BTreeMap::new(),
            topics: HashMap::new(),
            served: Served::new(&config, health)?,
            wake: Arc::new(Wake::new()),
            health: Arc::clone(health),
        })
    }

    /// Is notified when records arrive at a partition that had none waiting.
    pub(super) fn wake(&self) -> &Arc<Wake> {
        &self.wake
    }

    /// Sees to it that the next record of the partition is the one at `offset`, or the first after it.
    pub(super) fn aim(&mut self, at: &TopicPartition, offset: i64) -> Result<()> {
        let wake = Arc::clone(&self.wake);
        let partition = self.partitions.get(at);
        let here = |partition: &Partition| (partition.handed_out..=partition.reached).contains(&offset);
        let result = match partition.map(|partition| (partition.broken, here(partition))) {
            Some((false, true)) => return Ok(()),
            Some((false, false)) => self.topic(&at.topic)?.seek(at.partition, offset),
            Some((true, _)) => self.topic(&at.topic)?.restart(at.partition, offset, &wake),
            None => self.topic(&at.topic)?.start(at.partition, offset, &wake),
        };
        // Replaces, and with it throws away, what was fetched ahead from elsewhere.
        let broken = result.is_err();
        self.partitions.insert(
            at.clone(),
            Partition {
                broken,
                ..Partition::at(offset)
            },
        );
        result.map_err(|fault| fault.at(at.to_string()))
    }

    fn topic(&mut self, name: &Arc<str>) -> Result<&Topic> {
        let client: &Arc<Client> = self.served.client();
        match self.topics.entry(Arc::clone(name)) {
            std::collections::hash_map::Entry::Occupied(topic) => Ok(topic.into_mut()),
            std::collections::hash_map::Entry::Vacant(room) => Ok(room.insert(Topic::new(client, name)?)),
        }
    }

    /// Whether records have arrived behind these positions, as far as it is known without asking.
    pub(super) fn has_news(&mut self, positions: &Offsets) -> Result<bool> {
        for (at, offset) in positions {
            // One that failed is left alone until it is read, which decides what that means.
            if !self.partitions.get(at).is_some_and(|partition| partition.broken) {
                self.aim(at, *offset)?;
            }
        }
        let Self { partitions, topics, .. } = self;
        for at in positions.keys() {
            let (Some(partition), Some(topic)) = (partitions.get_mut(at), topics.get(&at.topic)) else {
                continue;
            };
            while partition.waiting.is_empty() && topic.take(at.partition, 0, 1, &mut partition.waiting) > 0 {
                partition.pass_events();
            }
            if !partition.waiting.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads the ranges, partition by partition in order; `deliver` takes the records and says whether more are wanted.
    /// Blocks; for a thread of its own.
    pub(super) fn read(
        &mut self,
        ranges: &BatchRanges,
        manner: Manner,
        questions: &Questions,
        mut deliver: impl FnMut(Option<Records>) -> bool,
    ) -> Result<()> {
        // All of them first, so that the later ones are fetched while the first is handed out.
        for (at, range) in ranges.iter().filter(|(_, range)| !range.is_empty()) {
            self.aim(at, range.from)?;
        }
        let mut chunk = RecordsBuilder::new(manner.include_headers);
        for (at, range) in ranges.iter().filter(|(_, range)| !range.is_empty()) {
            let mut silence = Silence::new();
            let mut tries = 0;
            loop {
                match self.step(at, *range, manner.include_headers, &mut chunk)? {
                    Step::Done => break,
                    Step::Full => {
                        let full = std::mem::replace(&mut chunk, RecordsBuilder::new(manner.include_headers));
                        if !deliver(Some(finish(full)?)) {
                            return Ok(());
                        }
                    }
                    Step::More => silence = Silence::new(),
                    Step::Nothing => {
                        self.health.turned_away()?;
                        self.after_silence(at, *range, &mut silence, manner, questions)?;
                        if !deliver(None) {
                            return Ok(());
                        }
                    }
                    Step::Failed(code, reason) => {
                        tries += 1;
                        self.recover(at, *range, Trouble { code, reason, tries }, manner, questions)?;
                        if !deliver(None) {
                            return Ok(());
                        }
                    }
                }
            }
        }
        if !chunk.is_empty() {
            deliver(Some(finish(chunk)?));
        }
        Ok(())
    }

    /// Moves what has arrived of one partition into the chunk.
    fn step(
        &mut self,
        at: &TopicPartition,
        range: OffsetRange,
        include_headers: bool,
        chunk: &mut RecordsBuilder,
    ) -> Result<Step> {
        let Self {
            partitions,
            topics,
            health,
            ..
        } = self;
        let (Some(partition), Some(topic)) = (partitions.get_mut(at), topics.get(&at.topic)) else {
            return Err(Fault::internal("a range is read that was not started").at(at.to_string()));
        };
        if partition.reached >= range.until {
            partition.handed_out = range.until;
            return Ok(Step::Done);
        }
        if partition.waiting.is_empty() && topic.take(at.partition, LOOK_UP_MS, GROUP, &mut partition.waiting) == 0 {
            return Ok(Step::Nothing);
        }
        health.answered();
        while let Some(event) = partition.waiting.front() {
            if let Some(code) = event.error() {
                if code == Code::PartitionEOF {
                    partition.reached = partition.reached.max(event.offset());
                    partition.waiting.pop_front();
                    continue;
                }
                let reason = event.reason().into_owned();
                partition.waiting.pop_front();
                return Ok(Step::Failed(code, reason));
            }
            if event.offset() >= range.until {
                // The next batch's: what is missing before it, is missing for good.
                partition.reached = range.until;
                break;
            }
            if event.offset() >= partition.reached {
                push(chunk, event, &at.topic, include_headers);
                partition.reached = event.offset() + 1;
                partition.handed_out = partition.reached;
            }
            partition.waiting.pop_front();
            if chunk.len() >= CHUNK_RECORDS || chunk.is_full() {
                return Ok(Step::Full);
            }
        }
        Ok(Step::More)
    }
}

impl Drop for Fetcher {
    fn drop(&mut self) {
        for (at, partition) in std::mem::take(&mut self.partitions) {
            drop(partition);
            if let Some(topic) = self.topics.get(&at.topic) {
                topic.stop(at.partition);
            }
        }
    }
}

impl Partition {
    fn at(offset: i64) -> Self {
        Self {
            waiting: VecDeque::new(),
            handed_out: offset,
            reached: offset,
            broken: false,
        }
    }

    /// Takes what is no record off the front: the end of the partition, and errors, which are no news either.
    fn pass_events(&mut self) {
        while let Some((code, offset)) = self
            .waiting
            .front()
            .and_then(|event| Some((event.error()?, event.offset())))
        {
            match code {
                Code::PartitionEOF => self.reached = self.reached.max(offset),
                _ if faults::kind_of(code) == Kind::Unavailable => {}
                _ => self.broken = true,
            }
            self.waiting.pop_front();
        }
    }
}

enum Step {
    /// The range is read to its end.
    Done,
    /// The chunk has enough records.
    Full,
    /// Something arrived.
    More,
    /// Nothing arrived in a while.
    Nothing,
    /// The library gave an error.
    Failed(Code, String),
}

fn push(chunk: &mut RecordsBuilder, event: &Fetched, topic: &str, include_headers: bool) {
    let headers = if include_headers { event.headers() } else { None };
    chunk.push(
        event.record(topic),
        headers
            .as_ref()
            .map(|headers| headers.iter().map(|(key, value)| (&**key, *value))),
    );
}

fn finish(chunk: RecordsBuilder) -> Result<Records> {
    chunk
        .finish()
        .map_err(|error| Fault::internal("records don't make columns").because(error))
}
