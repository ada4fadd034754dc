//! Rows as JSON lines: `{"batch":0,"table":"items","row":{...}}`.
//!
//! Timestamps are ISO 8601 in UTC with microseconds, dates `2026-01-18`, binary `{"b64":...}`, decimals text (a JSON number
//! would lose digits), NaN and infinities text, a map an object of its keys' texts.

mod column;
pub mod sink;

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;

pub(super) use column::Encoder;
use column::put_text;

/// Bytes gathered before they are written out.
const WRITE_AT: usize = 64 << 10;

/// Why rows could not be written.
#[derive(Debug)]
pub enum RowsError {
    /// The output can't take them.
    Io(std::io::Error),
    /// Arrow can't make text of a value.
    Arrow(ArrowError),
}

impl From<std::io::Error> for RowsError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ArrowError> for RowsError {
    fn from(error: ArrowError) -> Self {
        Self::Arrow(error)
    }
}

/// Writes each row of `rows` as one line, without the envelope of batch and table: `{"order_id":1,...}`.
///
/// # Errors
/// If `out` fails, or Arrow can't make text of a value.
pub fn write_rows(out: &mut dyn Write, rows: &RecordBatch) -> Result<(), RowsError> {
    write_lines(out, rows, b"", b"\n")
}

/// Writes each row of `rows` as one line that names its batch and table.
///
/// # Errors
/// As [`write_rows`].
pub fn write_table_rows(out: &mut dyn Write, batch_id: u64, table: &str, rows: &RecordBatch) -> Result<(), RowsError> {
    let mut before = format!("{{\"batch\":{batch_id},\"table\":").into_bytes();
    put_text(&mut before, table);
    before.extend_from_slice(b",\"row\":");
    write_lines(out, rows, &before, b"}\n")
}

fn write_lines(out: &mut dyn Write, rows: &RecordBatch, before: &[u8], after: &[u8]) -> Result<(), RowsError> {
    let encoder = Encoder::of_rows(rows)?;
    let mut buffer = Vec::with_capacity(WRITE_AT + (WRITE_AT >> 2));
    for row in 0..rows.num_rows() {
        buffer.extend_from_slice(before);
        encoder.put(&mut buffer, row)?;
        buffer.extend_from_slice(after);
        if buffer.len() >= WRITE_AT {
            out.write_all(&buffer)?;
            buffer.clear();
        }
    }
    out.write_all(&buffer)?;
    Ok(())
}

#[cfg(test)]
#[path = "json_test.rs"]
mod tests;
