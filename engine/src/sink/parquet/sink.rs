//! The Parquet sink: open files by folder, what is prepared, and when it becomes visible.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use bytes::Bytes;
use futures::future::BoxFuture;
use parquet::file::properties::WriterProperties;
use uuid::Uuid;

use super::ParquetOptions;
use super::mode::{Decision, SUCCESS, decide};
use super::partition::Partitioner;
use super::roll::Roll;
use super::schema::{columns, conform, file_schema};
use super::writer::{FileWriter, properties};
use crate::clock::Clock;
use crate::error::{Fault, Result};
use crate::sink::{Finished, Kept, KeptFile, Run, Sink, SinkContext};
use crate::storage::{Folder, Mark, Prepared, Target};

/// What keeps a sink's memory bounded, however many partitions its rows have.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Files open at once; for one more, the one that was written to longest ago is finished.
    open_files: usize,
    /// Bytes of rows all open files hold; above it the largest ends its row group.
    rows_bytes: usize,
    /// Bytes all open files hold, those on their way to a store included; above it the largest is finished.
    all_bytes: usize,
    /// Bytes of rows that are held for the next checkpoint only; above it the file with the most is finished.
    kept_bytes: usize,
}

/// How long the way out waits for a store.
const WAY_OUT: Duration = Duration::from_secs(10);

const LIMITS: Limits = Limits {
    open_files: 64,
    rows_bytes: 64 << 20,
    all_bytes: 128 << 20,
    kept_bytes: 96 << 20,
};

/// Writes the rows of a table to Parquet files.
pub struct ParquetSink {
    folder: Folder,
    schema: SchemaRef,
    properties: WriterProperties,
    compression: super::Compression,
    partitioner: Option<Partitioner>,
    roll: Roll,
    limits: Limits,
    run: Run,
    clock: Arc<dyn Clock>,
    decision: Decision,
    /// In each file's name, so that no two runs ever write the same.
    run_id: Uuid,
    next_file: u64,
    /// By folder, relative to the sink's own; without partitions that is the empty one.
    open: BTreeMap<String, OpenFile>,
    writes: u64,
    /// Of a batch run: hidden until its end. Of one that commits: until the next checkpoint.
    prepared: Vec<(Prepared, u64)>,
    /// Those that a checkpoint names, be it there yet or not: none of them is ever thrown away.
    promised: Vec<(Prepared, u64)>,
    /// Whether files wait for checkpoints.
    commits: bool,
    /// The folder, absolute.
    target: String,
    finished: Finished,
    /// When files were last prepared for a checkpoint.
    last_prepare_ms: i64,
    failed: bool,
}

struct OpenFile {
    writer: FileWriter,
    last_write: u64,
    /// Rows since the last checkpoint.
    kept: Vec<RecordBatch>,
    /// Their bytes.
    kept_bytes: usize,
}

impl ParquetSink {
    /// Opens a sink for rows of this schema: makes sure the folder can be written to and decides what `mode` means for it.
    ///
    /// # Errors
    /// If the options don't fit (see [`ParquetOptions::problems`]), the folder can't be written to, or `mode` forbids it.
    pub async fn open(options: &ParquetOptions, schema: SchemaRef, context: &SinkContext) -> Result<Self> {
        let target = Target::parse(&options.url)?;
        let folder = context.stores.folder(&target, &context.notify)?;
        let mut sink = Self::open_in(folder, options, schema, context).await?;
        sink.target = target.absolute();
        Ok(sink)
    }

    pub(super) async fn open_in(
        folder: Folder,
        options: &ParquetOptions,
        schema: SchemaRef,
        context: &SinkContext,
    ) -> Result<Self> {
        if let Some(problem) = options.problems(&schema, context.run).into_iter().next() {
            let fault = Fault::usage(problem.message).at(format!("folder `{folder}`"));
            return Err(match problem.hint {
                Some(hint) => fault.hint(hint),
                None => fault,
            });
        }
        folder.probe().await?;
        let decision = decide(options.mode, &folder).await?;
        let partitioner = Partitioner::new(&schema, &options.partition_by)?;
        let schema = match &partitioner {
            Some(partitioner) => file_schema(&schema.project(partitioner.file_columns()).map_err(cannot_convert)?),
            None => file_schema(&schema),
        };
        Ok(Self {
            folder,
            schema,
            properties: properties(options.compression)?,
            compression: options.compression,
            partitioner,
            roll: Roll {
                size: options.target_file_size,
                interval: (context.run == Run::Stream).then_some(options.roll_interval),
            },
            limits: LIMITS,
            run: context.run,
            clock: Arc::clone(&context.clock),
            decision,
            run_id: context.mark.map_or_else(Uuid::new_v4, Mark::uuid),
            next_file: 0,
            open: BTreeMap::new(),
            writes: 0,
            prepared: Vec::new(),
            promised: Vec::new(),
            commits: context.commits,
            target: String::new(),
            finished: Finished::default(),
            last_prepare_ms: context.clock.now_ms(),
            failed: false,
        })
    }

    async fn take(&mut self, rows: &RecordBatch) -> Result<()> {
        if self.decision == Decision::Skip || rows.num_rows() == 0 {
            return Ok(());
        }
        match &self.partitioner {
            None => self.take_into(String::new(), rows).await,
            Some(partitioner) => {
                for (folder, rows) in partitioner.split(rows)? {
                    self.take_into(folder, &rows).await?;
                }
                Ok(())
            }
        }
    }

    async fn take_into(&mut self, folder: String, rows: &RecordBatch) -> Result<()> {
        let rows = conform(rows, &self.schema).map_err(cannot_convert)?;
        let opened_ms = self.clock.now_ms();
        self.take_into_file(folder, opened_ms, rows).await
    }

    /// Takes rows of a file's columns.
    async fn take_into_file(&mut self, folder: String, opened_ms: i64, rows: RecordBatch) -> Result<()> {
        self.writes += 1;
        let mut file = match self.open.remove(&folder) {
            Some(file) => file,
            None => self.begin(&folder, opened_ms).await?,
        };
        file.last_write = self.writes;
        file.writer.write(&rows).await?;
        if self.commits {
            file.kept_bytes += bytes_of(&rows);
            file.kept.push(rows);
        }
        let is_large = self.roll.is_large(file.writer.bytes());
        self.open.insert(folder.clone(), file);
        if is_large {
            self.close(&folder).await
        } else {
            self.free_memory().await
        }
    }

    async fn begin(&mut self, folder: &str, opened_ms: i64) -> Result<OpenFile> {
        if self.open.len() >= self.limits.open_files
            && let Some(oldest) = self.folder_of_least(|file| file.last_write)
        {
            self.close(&oldest).await?;
        }
        let name = format!(
            "part-{:05}-{}-c000{}.parquet",
            self.next_file,
            self.run_id,
            self.compression.extension()
        );
        self.next_file += 1;
        let path = if folder.is_empty() {
            name
        } else {
            format!("{folder}/{name}")
        };
        let upload = self.folder.begin(path.clone()).await?;
        let writer = FileWriter::new(
            path,
            upload,
            Arc::clone(&self.schema),
            self.properties.clone(),
            opened_ms,
        )?;
        Ok(OpenFile {
            writer,
            last_write: self.writes,
            kept: Vec::new(),
            kept_bytes: 0,
        })
    }

    fn folder_of_least(&self, figure: impl Fn(&OpenFile) -> u64) -> Option<String> {
        self.open
            .iter()
            .min_by_key(|(_, file)| figure(file))
            .map(|(folder, _)| folder.clone())
    }

    async fn free_memory(&mut self) -> Result<()> {
        let of_rows: usize = self.open.values().map(|file| file.writer.rows_memory()).sum();
        if of_rows > self.limits.rows_bytes
            && let Some(largest) = self.open.values_mut().max_by_key(|file| file.writer.rows_memory())
        {
            largest.writer.flush().await?;
        }
        let in_use: usize = self.open.values().map(|file| file.writer.memory()).sum();
        if in_use > self.limits.all_bytes
            && let Some(largest) = self.folder_of_least(|file| u64::MAX - file.writer.memory() as u64)
        {
            self.close(&largest).await?;
        }
        if self.kept_bytes() > self.limits.kept_bytes
            && let Some(largest) = self.folder_of_least(|file| u64::MAX - file.kept_bytes as u64)
        {
            self.close(&largest).await?;
        }
        Ok(())
    }

    /// Finishes a file: visible at once in a stream that does not commit, with the next checkpoint in one that does, at the end in a batch.
    async fn close(&mut self, folder: &str) -> Result<()> {
        let Some(file) = self.open.remove(folder) else {
            return Ok(());
        };
        let rows = file.writer.rows();
        let prepared = file.writer.prepare().await?;
        match self.run {
            Run::Batch => self.prepared.push((prepared, rows)),
            Run::Stream if self.commits => self.prepared.push((prepared, rows)),
            Run::Stream => self.complete(&prepared, rows).await?,
        }
        Ok(())
    }

    async fn complete(&mut self, prepared: &Prepared, rows: u64) -> Result<()> {
        self.folder.complete(prepared).await?;
        self.finished.files += 1;
        self.finished.rows += rows;
        self.finished.bytes += prepared.bytes;
        Ok(())
    }

    async fn close_old(&mut self) -> Result<()> {
        let now_ms = self.clock.now_ms();
        self.close_where(|roll, file| roll.is_old(file.writer.opened_ms(), now_ms))
            .await
    }

    async fn close_where(&mut self, is_due: impl Fn(&Roll, &OpenFile) -> bool) -> Result<()> {
        let old: Vec<String> = self
            .open
            .iter()
            .filter(|(_, file)| is_due(&self.roll, file))
            .map(|(folder, _)| folder.clone())
            .collect();
        for folder in old {
            self.close(&folder).await?;
        }
        Ok(())
    }

    /// Closes the files that would be older than they may before the next checkpoint comes, as far as that can be told, or all.
    async fn prepare_files(&mut self, all: bool) -> Result<Kept> {
        let now_ms = self.clock.now_ms();
        let until_next = self.roll.at_most_half(now_ms - self.last_prepare_ms);
        self.last_prepare_ms = now_ms;
        self.close_where(|roll, file| all || roll.is_old(file.writer.opened_ms(), now_ms + until_next))
            .await?;
        self.promised.append(&mut self.prepared);
        let open = self.open.values_mut().map(|file| {
            file.kept_bytes = 0;
            KeptFile {
                path: file.writer.path().to_owned(),
                hidden: file.writer.hidden(),
                opened_ms: file.writer.opened_ms(),
                rows: std::mem::take(&mut file.kept),
            }
        });
        Ok(Kept {
            target: self.target.clone(),
            columns: columns(&self.schema),
            open: open.collect(),
            files: self.promised.clone(),
        })
    }

    async fn complete_promised(&mut self) -> Result<()> {
        while let Some((prepared, rows)) = self.promised.first().cloned() {
            self.complete(&prepared, rows).await?;
            self.promised.remove(0);
        }
        Ok(())
    }

    async fn close_all(&mut self) -> Result<Finished> {
        if self.decision == Decision::Skip {
            return Ok(self.finished);
        }
        let is_empty = self.open.is_empty() && self.prepared.is_empty();
        if self.run == Run::Batch && is_empty && self.partitioner.is_none() {
            // A file without rows, so that a reader finds the schema.
            let file = self.begin("", self.clock.now_ms()).await?;
            self.open.insert(String::new(), file);
        }
        let folders: Vec<String> = self.open.keys().cloned().collect();
        for folder in folders {
            self.close(&folder).await?;
        }
        if self.run == Run::Batch {
            self.publish().await?;
        }
        Ok(self.finished)
    }

    /// New files first, then the old ones go: at no moment is the folder empty.
    async fn publish(&mut self) -> Result<()> {
        for (prepared, rows) in self.prepared.clone() {
            self.complete(&prepared, rows).await?;
        }
        self.prepared.clear();
        if let Decision::Replace(old) = &mut self.decision {
            let old = std::mem::take(old);
            self.folder.remove(old).await?;
        }
        self.folder.put(SUCCESS, Bytes::new()).await
    }

    async fn throw_away(&mut self) {
        self.failed = true;
        let open = std::mem::take(&mut self.open)
            .into_values()
            .map(|file| file.writer.abort());
        let open: Vec<_> = open.collect();
        let prepared = std::mem::take(&mut self.prepared);
        let prepared = prepared.iter().map(|(prepared, _)| self.folder.discard(prepared));
        let all = futures::future::join(futures::future::join_all(open), futures::future::join_all(prepared));
        // A store that is away keeps them until somebody looks for leftovers.
        let _ = tokio::time::timeout(WAY_OUT, all).await;
    }

    /// After a call that failed there is no other: rows may be missing.
    fn usable(&self) -> Result<()> {
        if self.failed {
            return Err(Fault::internal("a sink was used after it failed").at(format!("folder `{}`", self.folder)));
        }
        Ok(())
    }

    fn noted<T>(&mut self, result: Result<T>) -> Result<T> {
        self.failed |= result.is_err();
        result
    }
}

impl Sink for ParquetSink {
    fn write<'a>(&'a mut self, _batch_id: u64, rows: &'a RecordBatch) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.usable()?;
            let taken = self.take(rows).await;
            self.noted(taken)
        })
    }

    fn end_batch(&mut self, _batch_id: u64) -> BoxFuture<'_, Result<()>> {
        self.tick()
    }

    fn tick(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            self.usable()?;
            if self.commits {
                // Where there are checkpoints, files are closed by them.
                return Ok(());
            }
            let closed = self.close_old().await;
            self.noted(closed)
        })
    }

    fn prepare(&mut self, all: bool) -> BoxFuture<'_, Result<Kept>> {
        Box::pin(async move {
            self.usable()?;
            let prepared = self.prepare_files(all).await;
            self.noted(prepared)
        })
    }

    fn commit(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            self.usable()?;
            let completed = self.complete_promised().await;
            self.noted(completed)
        })
    }

    fn take_again(&mut self, folder: String, opened_ms: i64, rows: RecordBatch) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            self.usable()?;
            if rows.schema() != self.schema {
                return Err(Fault::usage(
                    "rows that the run before had in no file yet have other columns than the files of this one",
                )
                .at(format!("folder `{}`", self.folder))
                .hint("start the pipeline once as it was, and stop it by Ctrl-C: then they are written"));
            }
            let taken = self.take_into_file(folder, opened_ms, rows).await;
            self.noted(taken)
        })
    }

    fn waits(&self) -> bool {
        let now_ms = self.clock.now_ms();
        let is_old = |file: &OpenFile| self.roll.is_old(file.writer.opened_ms(), now_ms);
        self.commits && (!self.prepared.is_empty() || self.open.values().any(is_old))
    }

    fn kept_bytes(&self) -> usize {
        self.open.values().map(|file| file.kept_bytes).sum()
    }

    fn finish(&mut self) -> BoxFuture<'_, Result<Finished>> {
        Box::pin(async move {
            self.usable()?;
            let finished = self.close_all().await;
            self.noted(finished)
        })
    }

    fn abort(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(self.throw_away())
    }
}

impl Drop for ParquetSink {
    /// Open files on a disk remove themselves; those that wait for the end of a batch, or for a checkpoint that does not name them yet, are
    /// removed here. Uploads to a store
    /// need a request: see [`Sink::abort`].
    fn drop(&mut self) {
        if let Folder::Disk(disk) = &self.folder {
            for (prepared, _) in &self.prepared {
                disk.discard_file(prepared);
            }
        }
    }
}

/// Bytes of the rows themselves: they may be part of larger buffers that others have too.
fn bytes_of(rows: &RecordBatch) -> usize {
    let columns = rows.columns().iter();
    columns
        .map(|column| column.to_data().get_slice_memory_size().unwrap_or(0))
        .sum()
}

fn cannot_convert(error: ArrowError) -> Fault {
    Fault::internal("can't convert the rows to the columns of a file").because(error)
}

#[cfg(test)]
#[path = "sink_test.rs"]
mod tests;
