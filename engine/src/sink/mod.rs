//! Where rows go: the console, JSON lines, Parquet on a disk or in an object store, a topic; and, for a trial, memory.
//!
//! A [`SinkSpec`] says what a sink is, [`SinkSpec::problems`] what is wrong with it before anything runs, and
//! [`SinkSpec::open`] makes a [`Sink`], which the pipeline drives: rows of a batch, the end of the batch, and so on, the
//! end of all.

pub mod collect;
pub mod console;
pub mod json;
pub mod kafka;
pub mod parquet;
pub mod show;

mod output;

use std::fmt;
use std::io::Write;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use futures::future::BoxFuture;

use crate::clock::Clock;
use crate::error::Result;
use crate::storage::{Hidden, Mark, Notify, Prepared};

pub use crate::storage::Stores;
use console::{Console, ConsoleOptions};
use json::sink::{JsonOptions, JsonSink};
use kafka::{KafkaSink, KafkaSinkOptions, Transactions};
use parquet::{ParquetOptions, ParquetSink};

pub use output::is_broken_pipe;

/// Whether a run ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// Everything up to now, then stop: what was written becomes visible at the end.
    Batch,
    /// Until it is stopped: what was written becomes visible file by file.
    Stream,
}

/// Where sinks that print do so: makes a writer for each of them.
pub type Print = Arc<dyn Fn() -> Box<dyn Write + Send> + Send + Sync>;

/// Prints on standard output.
pub fn standard_output() -> Print {
    Arc::new(|| Box::new(std::io::stdout()))
}

/// What sinks get from the run they belong to.
#[derive(Clone)]
pub struct SinkContext {
    /// Whether the run ends by itself.
    pub run: Run,
    /// Tells when a file is old enough to be finished.
    pub clock: Arc<dyn Clock>,
    /// Hears what a sink has to say while it works.
    pub notify: Notify,
    /// Where sinks that print do so.
    pub print: Print,
    /// Whether that is a terminal, which no row may steer.
    pub terminal: bool,
    /// Whether what is written becomes visible by checkpoints.
    pub commits: bool,
    /// By which the files that this run writes are known later.
    pub(crate) mark: Option<Mark>,
    /// Which stores targets lead to.
    pub stores: Stores,
    /// Writes for all sinks of topics, where there are such.
    pub kafka: Option<Arc<Transactions>>,
}

impl fmt::Debug for SinkContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SinkContext")
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}

/// What a sink is, before it is opened.
#[derive(Debug, Clone, PartialEq)]
pub enum SinkSpec {
    /// Tables on standard output.
    Console(ConsoleOptions),
    /// JSON lines on standard output.
    Json(JsonOptions),
    /// Parquet files in a folder.
    Parquet(ParquetOptions),
    /// Records of a topic.
    Kafka(KafkaSinkOptions),
}

/// Something wrong with a sink's options, found before anything runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The option it is about, as its options' documentation names it; `None` if it is about the table.
    pub option: Option<&'static str>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What a sink wrote.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Finished {
    /// Rows that are visible now.
    pub rows: u64,
    /// Records that are in a topic now, of those rows.
    pub records: u64,
    /// Files that are visible now; 0 for the console.
    pub files: u64,
    /// Bytes of these files.
    pub bytes: u64,
}

impl Finished {
    /// What both wrote.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            records: self.records + other.records,
            files: self.files + other.files,
            bytes: self.bytes + other.bytes,
        }
    }
}

/// What a checkpoint has to know of a sink that writes files.
#[derive(Debug, Default)]
pub struct Kept {
    /// The folder, absolute; empty if it writes none.
    pub target: String,
    /// The columns of its files, with their types.
    pub columns: Vec<String>,
    /// Files that become visible with the checkpoint, with their rows.
    pub(crate) files: Vec<(Prepared, u64)>,
    /// Files that are being written.
    pub(crate) open: Vec<KeptFile>,
}

/// A file that is being written.
#[derive(Debug)]
pub(crate) struct KeptFile {
    /// The path it will have.
    pub(crate) path: String,
    /// Where its bytes are so far, if any left memory.
    pub(crate) hidden: Option<Hidden>,
    /// When it was begun, in milliseconds since the epoch.
    pub(crate) opened_ms: i64,
    /// Its rows since the checkpoint before.
    pub(crate) rows: Vec<RecordBatch>,
}

/// Takes the rows of one table.
///
/// In a run that commits ([`SinkContext::commits`]) nothing becomes visible before [`Sink::commit`] that can't be taken back.
///
/// After an error a sink takes nothing more; what it had not made visible never becomes so.
pub trait Sink: Send {
    /// Takes rows of a batch.
    fn write<'a>(&'a mut self, batch_id: u64, rows: &'a RecordBatch) -> BoxFuture<'a, Result<()>>;

    /// The batch is complete. Called once for each batch, also for one without rows.
    fn end_batch(&mut self, batch_id: u64) -> BoxFuture<'_, Result<()>>;

    /// Time went by without a batch: a file that is old enough is finished now. Once a second is often enough.
    fn tick(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    /// Makes safe, and keeps hidden, what shall become visible with the checkpoint at hand: of files those that are due, or, with `all`,
    /// every one. Called between two batches.
    fn prepare(&mut self, _all: bool) -> BoxFuture<'_, Result<Kept>> {
        Box::pin(async { Ok(Kept::default()) })
    }

    /// The checkpoint is there: what was prepared for it becomes visible.
    fn commit(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    /// Takes the rows of a file again that a run before was writing when it ended: those of its columns, for its folder.
    fn take_again(&mut self, _folder: String, _opened_ms: i64, _rows: RecordBatch) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    /// Whether there is something for a checkpoint to make visible although no row came since the last one: a file that is old enough.
    fn waits(&self) -> bool {
        false
    }

    /// Bytes of rows that it holds only for the next checkpoint.
    fn kept_bytes(&self) -> usize {
        0
    }

    /// No more rows come; all that was written becomes visible. Nothing may be called after it.
    fn finish(&mut self) -> BoxFuture<'_, Result<Finished>>;

    /// Gives up: what is not visible yet is thrown away. For the way out after an error; nothing may be called after it.
    fn abort(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

impl SinkSpec {
    /// All that is wrong with these options for rows of this schema; empty if nothing is.
    pub fn problems(&self, schema: &Schema, run: Run) -> Vec<Problem> {
        match self {
            Self::Console(_) | Self::Json(_) => Vec::new(),
            Self::Parquet(options) => options.problems(schema, run),
            Self::Kafka(options) => options.problems(schema),
        }
    }

    /// Opens the sink for rows of this schema. A store that is not there, refuses, or can't be written to is found here,
    /// before any record is read.
    ///
    /// # Errors
    /// If the target can't be written to.
    pub async fn open(&self, schema: SchemaRef, context: &SinkContext) -> Result<Box<dyn Sink>> {
        Ok(match self {
            Self::Console(options) => {
                let console = Console::new((context.print)(), schema, options.clone()).on_terminal(context.terminal);
                Box::new(match context.run {
                    Run::Batch => console.without_heading(),
                    Run::Stream => console,
                })
            }
            Self::Json(options) => Box::new(JsonSink::new((context.print)(), options.clone())),
            Self::Parquet(options) => Box::new(ParquetSink::open(options, schema, context).await?),
            Self::Kafka(options) => Box::new(KafkaSink::open(options, &schema, context).await?),
        })
    }
}

#[cfg(test)]
mod fixture_test;
