//! The JSON lines as a sink.

use std::io::Write;

use arrow::array::RecordBatch;
use futures::future::BoxFuture;

use super::{RowsError, write_table_rows};
use crate::error::{Fault, Result};
use crate::sink::output::output_fault;
use crate::sink::{Finished, Sink};

/// Options of a sink of JSON lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonOptions {
    /// The table each line names.
    pub table: String,
}

/// Writes a line a row, many lines at a time, each of them whole: several sinks may share an output.
pub struct JsonSink<W> {
    out: W,
    options: JsonOptions,
    rows: u64,
}

impl<W: Write + Send> JsonSink<W> {
    /// A sink that writes to `out`.
    pub fn new(out: W, options: JsonOptions) -> Self {
        Self { out, options, rows: 0 }
    }

    fn put(&mut self, batch_id: u64, rows: &RecordBatch) -> Result<()> {
        self.rows += rows.num_rows() as u64;
        write_table_rows(&mut self.out, batch_id, &self.options.table, rows).map_err(|error| match error {
            RowsError::Io(error) => output_fault(error),
            RowsError::Arrow(error) => Fault::internal("can't write the rows as JSON").because(error),
        })
    }

    fn flush(&mut self) -> Result<()> {
        self.out.flush().map_err(output_fault)
    }
}

impl<W: Write + Send> Sink for JsonSink<W> {
    fn write<'a>(&'a mut self, batch_id: u64, rows: &'a RecordBatch) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.put(batch_id, rows) })
    }

    fn end_batch(&mut self, _batch_id: u64) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { self.flush() })
    }

    fn finish(&mut self) -> BoxFuture<'_, Result<Finished>> {
        Box::pin(async {
            self.flush()?;
            Ok(Finished {
                rows: self.rows,
                ..Finished::default()
            })
        })
    }
}
