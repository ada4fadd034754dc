//! Records that became no row: kept aside as a table, and told in one line.

use std::fmt;
use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, RecordBatch, StringArray, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use super::check::RecordError;
use super::digest::Digest;
use super::transform::OnError;
use crate::batch::{Records, timestamp_type};

/// The columns of dead letters: `topic`, `partition`, `offset`, `timestamp` (Kafka's, microseconds UTC), `module` (its whole
/// digest), `reason`, `value` (the record's bytes; null for a tombstone).
pub(super) fn dead_letter_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        Arc::new(Schema::new(vec![
            Field::new("topic", DataType::Utf8, true),
            Field::new("partition", DataType::Int32, true),
            Field::new("offset", DataType::Int64, true),
            Field::new("timestamp", timestamp_type(), true),
            Field::new("module", DataType::Utf8, true),
            Field::new("reason", DataType::Utf8, true),
            Field::new("value", DataType::Binary, true),
        ]))
    });
    Arc::clone(&SCHEMA)
}

/// The dead letters of a batch; `failed` counts from the batch's beginning.
pub(super) fn dead_letters(
    records: &Records,
    failed: &[RecordError],
    module: &Digest,
) -> Result<RecordBatch, ArrowError> {
    let positions: UInt32Array = failed
        .iter()
        .map(|error| error.record as u32)
        .collect::<Vec<_>>()
        .into();
    let of_the_record = |column: usize| take(records.table().column(column), &positions, None);
    let module = module.to_string();
    let modules: ArrayRef = Arc::new(StringArray::from_iter_values(failed.iter().map(|_| &module)));
    let reasons: ArrayRef = Arc::new(StringArray::from_iter_values(failed.iter().map(|error| &error.reason)));
    let columns = vec![
        of_the_record(2)?,
        of_the_record(3)?,
        of_the_record(4)?,
        of_the_record(5)?,
        modules,
        reasons,
        of_the_record(1)?,
    ];
    RecordBatch::try_new(dead_letter_schema(), columns)
}

/// How many places a summary names.
const SAMPLES: usize = 3;

/// What failed in a batch, in short. Printed as one line; empty if nothing failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorSummary {
    /// The transform's name and its module: `` `commandes` (commandes@3fa9c1)``.
    pub transform: String,
    /// What became of the records.
    pub policy: OnError,
    /// How many records failed.
    pub count: usize,
    /// The first few.
    pub samples: Vec<ErrorSample>,
}

/// One record that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorSample {
    /// ``topic `orders` partition 0 offset 42``.
    pub place: String,
    /// The module's words, on one line.
    pub reason: String,
}

impl ErrorSummary {
    pub(super) fn new(transform: String, policy: OnError, records: &Records, failed: &[RecordError]) -> Self {
        let samples = failed.iter().take(SAMPLES).map(|error| ErrorSample {
            place: records.place(error.record),
            reason: error.reason.clone(),
        });
        Self {
            transform,
            policy,
            count: failed.len(),
            samples: samples.collect(),
        }
    }

    /// Whether nothing failed.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl fmt::Display for ErrorSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let records = if self.count == 1 { "record" } else { "records" };
        let fate = match self.policy {
            OnError::DeadLetter => "kept as dead letters",
            OnError::Skip => "skipped",
            OnError::Null => "given as rows of nulls",
            OnError::Fail => "refused",
        };
        write!(f, "{}: {} {records} failed, {fate}", self.transform, self.count)?;
        for (sample, lead) in self
            .samples
            .iter()
            .zip(std::iter::once("; first ").chain(std::iter::repeat("; ")))
        {
            write!(f, "{lead}{}: {}", sample.place, sample.reason)?;
        }
        Ok(())
    }
}
