//! One file: rows to Parquet, Parquet to an upload.

use std::io::{self, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression as Codec, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::Compression;
use crate::error::{Fault, Result};
use crate::storage::{Hidden, Prepared, Upload};

/// Encoded bytes of a row group at most, as Spark's and Hadoop's.
const ROW_GROUP_BYTES: usize = 128 << 20;

/// Rows of a row group at most, as pyarrow's.
const ROW_GROUP_ROWS: usize = 1 << 20;

/// Spark's.
const ZSTD_LEVEL: i32 = 3;

/// How files are written.
pub(super) fn properties(compression: Compression) -> Result<WriterProperties> {
    let codec = match compression {
        Compression::Snappy => Codec::SNAPPY,
        Compression::Zstd => Codec::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL).map_err(cannot)?),
        Compression::None => Codec::UNCOMPRESSED,
    };
    let properties = WriterProperties::builder()
        .set_compression(codec)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        // Lists and maps with the names of the standard.
        .set_coerce_types(true)
        .build();
    Ok(properties)
}

/// A file that is being written.
pub(super) struct FileWriter {
    encoder: ArrowWriter<Chunks>,
    upload: Upload,
    path: String,
    rows: u64,
    opened_ms: i64,
}

impl FileWriter {
    /// A file of rows of `schema`.
    pub(super) fn new(
        path: String,
        upload: Upload,
        schema: SchemaRef,
        properties: WriterProperties,
        opened_ms: i64,
    ) -> Result<Self> {
        let options = ArrowWriterOptions::new()
            .with_properties(properties)
            // The columns' types are Parquet's own; Arrow's schema beside them would make pyarrow read something else.
            .with_skip_arrow_metadata(true)
            .with_schema_root("schema".to_owned());
        let encoder = ArrowWriter::try_new_with_options(Chunks::default(), schema, options).map_err(cannot)?;
        Ok(Self {
            encoder,
            upload,
            path,
            rows: 0,
            opened_ms,
        })
    }

    /// Takes rows.
    pub(super) async fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        self.encoder.write(rows).map_err(cannot)?;
        self.rows += rows.num_rows() as u64;
        self.hand_on().await
    }

    /// Ends the row group, which frees most of the memory.
    pub(super) async fn flush(&mut self) -> Result<()> {
        self.encoder.flush().map_err(cannot)?;
        self.hand_on().await
    }

    /// The size the file has by now, the rows still being encoded included.
    pub(super) fn bytes(&self) -> u64 {
        (self.encoder.bytes_written() + self.encoder.in_progress_size()) as u64
    }

    /// Bytes of rows it holds in memory until the row group ends.
    pub(super) fn rows_memory(&self) -> usize {
        self.encoder.memory_size()
    }

    /// Bytes it holds in memory.
    pub(super) fn memory(&self) -> usize {
        self.rows_memory() + self.upload.buffered()
    }

    /// The path it will have.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Where its bytes are so far.
    pub(super) fn hidden(&self) -> Option<Hidden> {
        self.upload.hidden()
    }

    /// How many rows it has.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// When it was begun.
    pub(super) fn opened_ms(&self) -> i64 {
        self.opened_ms
    }

    /// Writes the footer and makes the bytes safe.
    pub(super) async fn prepare(mut self) -> Result<Prepared> {
        self.encoder.finish().map_err(cannot)?;
        self.hand_on().await?;
        self.upload.prepare().await
    }

    /// Throws it away.
    pub(super) async fn abort(self) {
        self.upload.abort().await;
    }

    async fn hand_on(&mut self) -> Result<()> {
        let chunks = self.encoder.inner_mut().take();
        if chunks.is_empty() {
            Ok(())
        } else {
            self.upload.write(chunks).await
        }
    }
}

fn cannot(error: ParquetError) -> Fault {
    Fault::internal("can't write the rows as Parquet").because(error)
}

/// Bytes on their way to an upload, in chunks: one growing buffer would be copied each time it doubles.
#[derive(Default)]
struct Chunks {
    full: Vec<Bytes>,
    open: Vec<u8>,
}

const CHUNK_BYTES: usize = 1 << 20;

impl Chunks {
    fn take(&mut self) -> Vec<Bytes> {
        if !self.open.is_empty() {
            self.full.push(Bytes::from(std::mem::take(&mut self.open)));
        }
        std::mem::take(&mut self.full)
    }
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.open.len() + bytes.len() > CHUNK_BYTES && !self.open.is_empty() {
            self.full.push(Bytes::from(std::mem::take(&mut self.open)));
        }
        self.open.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
