//! What a manifest says, as it stands in `N.json`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::owner::Owner;
use crate::batch::{Offsets, TopicPartition};
use crate::error::{Fault, Result};
use crate::storage::{Hidden, Prepared};

/// The version of the format that this wasmill writes, and the newest that it reads.
pub const VERSION: u32 = 1;

/// A checkpoint, or a claim to go on from one. Times are milliseconds since the epoch and are only shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the format.
    pub version: u32,
    /// Its number, as in its name.
    pub number: u64,
    /// The checkpoint that its owner went on from; none at the beginning.
    pub previous: Option<u64>,
    /// What tells this series of checkpoints from all others: producers' transactions are named after it.
    pub id: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// Who wrote it.
    pub owner: Owner,
    /// When.
    pub written_ms: i64,
    /// Where the run stands; none in a claim.
    pub state: Option<State>,
}

/// Where a run stands between two batches.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The number of the next batch.
    pub next_batch: u64,
    /// How far each source was read, by its name.
    pub sources: BTreeMap<String, SourceState>,
    /// What tables keep, by their names.
    pub tables: BTreeMap<String, TableState>,
    /// How many rows tables with a LIMIT have still to give, by their names.
    pub missing: BTreeMap<String, usize>,
    /// The versions of modules' aggregates, by their names: what their states mean.
    pub aggregates: BTreeMap<String, u32>,
    /// The digests of the modules in use, by their names.
    pub modules: BTreeMap<String, String>,
    /// What is still to be done for sinks that write files, by their names.
    pub sinks: BTreeMap<String, SinkState>,
    /// Whether it stands only if Kafka has committed the transaction with its number.
    pub transactional: bool,
    /// Files that this checkpoint takes back, since it goes back to before they were written. By folder: a sink may have moved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_back: Vec<SinkState>,
}

/// How far a source was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceState {
    /// What it reads, as its description in the progress says.
    pub reads: String,
    /// The cluster's own id, if it tells one.
    pub cluster: Option<String>,
    /// Its topics, by their names.
    pub topics: BTreeMap<String, TopicState>,
}

/// How far a topic was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicState {
    /// What tells it from another one that is made under its name later, if the broker says so.
    pub id: Option<String>,
    /// By number.
    pub partitions: BTreeMap<i32, Range>,
}

/// The records of a partition since the checkpoint before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The first.
    pub from: i64,
    /// One past the last: where to go on.
    pub until: i64,
}

/// What a table keeps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TableState {
    /// What its groups depend on; none if it keeps no groups.
    pub query: Option<QueryShape>,
    /// The end of the last windows that came out for good, in microseconds.
    pub emitted: i64,
    /// The watermark that groups were forgotten by, in microseconds.
    pub forgotten: i64,
    /// Its watermark.
    pub watermark: Option<WatermarkState>,
    /// How many groups it keeps.
    pub groups: u64,
    /// Its groups: all of some moment, then what changed since, piece by piece.
    pub pieces: Vec<Object>,
}

/// What the groups of a query depend on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryShape {
    /// The windows it groups by, in words.
    pub window: Option<String>,
    /// The other columns it groups by, with their types.
    pub keys: Vec<String>,
    /// Its aggregates.
    pub aggregates: Vec<String>,
    /// Which rows come out.
    pub mode: String,
    /// The column that its watermark goes by.
    pub watermark: Option<String>,
}

/// A watermark, in microseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatermarkState {
    /// What is final in the next batch.
    pub current: i64,
    /// What is late in the next batch.
    pub late: i64,
    /// The greatest times seen.
    pub greatest: Vec<Greatest>,
}

/// The greatest time of a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greatest {
    /// The query's input, from 0.
    pub input: usize,
    /// The partition, if it is known.
    pub partition: Option<(String, i32)>,
    /// In microseconds.
    pub time: i64,
}

/// What is still to be done for a sink that writes files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinkState {
    /// The folder, absolute.
    pub target: String,
    /// The columns of its files, with their types.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Files that are complete with this checkpoint, and may be hidden still.
    pub files: Vec<SinkFile>,
    /// Files that are being written: of no use to anybody else.
    pub open: Vec<OpenFile>,
    /// The rows of these.
    pub rows: Vec<KeptRows>,
}

/// A file with all its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinkFile {
    #[serde(flatten)]
    pub(crate) prepared: Prepared,
    /// How many rows it has.
    pub rows: u64,
}

impl SinkFile {
    /// Its path in the sink's folder.
    pub fn path(&self) -> &str {
        &self.prepared.path
    }

    /// Its size in bytes.
    pub fn bytes(&self) -> u64 {
        self.prepared.bytes
    }
}

/// A file that is being written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenFile {
    /// The path it would have had.
    pub path: String,
    /// Where its bytes are so far, if any left memory.
    pub(crate) hidden: Option<Hidden>,
    /// When it was begun.
    pub opened_ms: i64,
}

/// Rows of files that are being written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptRows {
    /// The rows, batch by batch.
    pub object: Object,
    /// Whose they are, in order.
    pub parts: Vec<Part>,
}

/// The next batches of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The file's path.
    pub path: String,
    /// How many batches.
    pub batches: usize,
}

/// An object beside the manifests.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Object {
    /// Its path, from the checkpoint's folder.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many rows it has.
    pub rows: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

impl Manifest {
    /// Reads a manifest.
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        /// What any version has.
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let broken = |error| {
            Fault::data("this is no manifest of a checkpoint")
                .because(error)
                .hint("was it changed by hand? `wasmill checkpoint clear` begins anew")
        };
        let head: Head = serde_json::from_slice(bytes).map_err(broken)?;
        if head.version > VERSION {
            return Err(Fault::refused(format!(
                "it was written by a newer wasmill: its format is version {}, and this one reads {VERSION}",
                head.version
            ))
            .hint("use that wasmill, or give the pipeline another `checkpoint`"));
        }
        serde_json::from_slice(bytes).map_err(broken)
    }

    /// The same, if it is what stands under this number: a chain of them comes to its end.
    pub(super) fn of_number(self, number: u64) -> Result<Self> {
        let goes_back = self.previous.is_none_or(|previous| previous < self.number);
        match self.number == number && goes_back {
            true => Ok(self),
            false => Err(Fault::data("this manifest is not the one of its number")
                .hint("was it changed by hand? `wasmill checkpoint clear` begins anew")),
        }
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec_pretty(self)
            .map_err(|error| Fault::internal("a manifest can't be written as JSON").because(error))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Whether it is this pipeline's.
    pub(super) fn check_pipeline(&self, pipeline: &str) -> Result<()> {
        let other = &self.pipeline;
        match other == pipeline {
            true => Ok(()),
            false => Err(Fault::refused(format!(
                "this is the checkpoint of pipeline `{other}`, and not of `{pipeline}`"
            ))
            .hint(format!(
                "give the pipeline another `checkpoint`; if it was renamed, `name = \"{other}\"` is its name here"
            ))),
        }
    }

    /// Whether it only says who goes on.
    pub fn is_claim(&self) -> bool {
        self.state.is_none()
    }

    /// The objects that it refers to.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.state.iter().flat_map(State::objects)
    }
}

impl State {
    /// The objects that it refers to.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        let groups = self.tables.values().flat_map(|table| &table.pieces);
        let rows = self.sinks.values().flat_map(|sink| &sink.rows);
        groups.chain(rows.map(|kept| &kept.object))
    }

    /// The same, to be replaced.
    pub fn objects_mut(&mut self) -> impl Iterator<Item = &mut Object> {
        let groups = self.tables.values_mut().flat_map(|table| &mut table.pieces);
        let rows = self.sinks.values_mut().flat_map(|sink| &mut sink.rows);
        groups.chain(rows.map(|kept| &mut kept.object))
    }

    /// The files that became visible with it: of each the sink's folder, and its path there.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sinks
            .values()
            .flat_map(|sink| sink.files.iter().map(|file| (sink.target.as_str(), file.path())))
    }

    /// How many records were read since the checkpoint before.
    pub fn records(&self) -> u64 {
        let topics = self.sources.values().flat_map(|source| source.topics.values());
        let ranges = topics.flat_map(|topic| topic.partitions.values());
        ranges
            .map(|range| range.until.saturating_sub(range.from).max(0).unsigned_abs())
            .sum()
    }

    /// How many groups its tables keep.
    pub fn groups(&self) -> u64 {
        self.tables.values().map(|table| table.groups).sum()
    }

    /// The paths of the objects that it refers to.
    pub fn paths(&self) -> BTreeSet<String> {
        self.objects().map(|object| object.path.clone()).collect()
    }
}

impl SourceState {
    /// How far it was read, since `before`.
    pub fn new(reads: String, before: &Offsets, now: &Offsets) -> Self {
        let mut topics: BTreeMap<String, TopicState> = BTreeMap::new();
        for (partition, until) in now {
            let from = before.get(partition).copied().unwrap_or(*until);
            let topic = topics.entry(partition.topic.to_string()).or_default();
            topic
                .partitions
                .insert(partition.partition, Range { from, until: *until });
        }
        Self {
            reads,
            cluster: None,
            topics,
        }
    }

    /// Where to go on.
    pub fn position(&self) -> Offsets {
        let of_topic = |(topic, state): (&String, &TopicState)| {
            let topic: std::sync::Arc<str> = topic.as_str().into();
            let partitions = state.partitions.iter();
            let of_partition = |(partition, range): (&i32, &Range)| {
                let topic = std::sync::Arc::clone(&topic);
                let partition = *partition;
                (TopicPartition { topic, partition }, range.until)
            };
            partitions.map(of_partition).collect::<Vec<_>>()
        };
        self.topics.iter().flat_map(of_topic).collect()
    }
}

#[cfg(test)]
#[path = "manifest_test.rs"]
mod tests;
