//! Parquet files in a folder, on a disk or in an object store.
//!
//! ```text
//! rows -> partition (col=value/) -> writer (one file a folder, row groups) -> upload (hidden) -> prepared -> completed
//!                                        ^ roll: large or old enough                          a reader sees it from here
//! ```
//!
//! A file is *prepared* when all its bytes are safe but hidden, and *completed* when readers see it. A batch run completes
//! all its files at its end; a stream completes each when it is large or old enough.

mod mode;
mod partition;
mod problems;
mod roll;
mod schema;
mod sink;
mod writer;

use std::str::FromStr;
use std::time::Duration;

use arrow::datatypes::Schema;

pub use mode::SaveMode;
pub use sink::ParquetSink;

/// Options of a Parquet sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParquetOptions {
    /// The folder: `s3://bucket/prefix`, `file:///path` or a path. Option `parquet`.
    pub url: String,
    /// What to do with files that are there already. Option `mode`.
    pub mode: SaveMode,
    /// Columns whose values name folders (`country=fr/`) and don't stand in the files. Option `partition_by`.
    pub partition_by: Vec<String>,
    /// The codec of the columns. Option `compression`.
    pub compression: Compression,
    /// Bytes after which a file is finished and the next one begun. Option `target_file_size`.
    pub target_file_size: u64,
    /// Time after which a stream finishes a file, however small it is. Option `roll_interval`.
    pub roll_interval: Duration,
}

impl ParquetOptions {
    /// The defaults: append, no partitions, snappy, 128 MiB, a minute.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            mode: SaveMode::default(),
            partition_by: Vec::new(),
            compression: Compression::default(),
            target_file_size: 128 << 20,
            roll_interval: Duration::from_secs(60),
        }
    }
}

impl ParquetOptions {
    /// The columns that files for rows of this schema have, with their types.
    pub fn file_columns(&self, schema: &Schema) -> Vec<String> {
        let fields = schema.fields().iter();
        let own = fields.filter(|field| !self.partition_by.contains(field.name()));
        let own = Schema::new(own.cloned().collect::<Vec<_>>());
        schema::columns(&schema::file_schema(&own))
    }
}

/// How columns are compressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compression {
    /// Fast, and read by everything.
    #[default]
    Snappy,
    /// Smaller, at level 3.
    Zstd,
    /// Not at all.
    None,
}

impl Compression {
    /// What stands before `.parquet` in a file's name, as Spark writes it.
    fn extension(self) -> &'static str {
        match self {
            Self::Snappy => ".snappy",
            Self::Zstd => ".zstd",
            Self::None => "",
        }
    }
}

impl FromStr for Compression {
    type Err = String;

    /// Reads `snappy`, `zstd`, `none` or `uncompressed`, in any case.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "snappy" => Ok(Self::Snappy),
            "zstd" => Ok(Self::Zstd),
            "none" | "uncompressed" => Ok(Self::None),
            _ => Err(format!("unknown codec `{text}`: use `snappy`, `zstd` or `none`")),
        }
    }
}

#[cfg(test)]
mod s3_test;
