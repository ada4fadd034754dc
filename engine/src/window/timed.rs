//! A row's place in time: its pane or session, and whether it comes too late.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions, StringArray};
use arrow::compute::{filter_record_batch, is_not_null, max, min, not};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimestampMicrosecondType};
use arrow::error::ArrowError;

use crate::event_time::{Window, Windows};

/// Which times are too late or too early to count, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lateness {
    /// Windows that end at or before it take no more rows.
    pub watermark: Option<i64>,
    /// Times beyond it are no times.
    pub latest: Option<i64>,
}

/// Rows with their place in time.
#[derive(Debug)]
pub struct Timed {
    /// Rows that count. In place of the time stand the bounds: the start of the pane, or the start and end of a session of this
    /// row alone, as int64 microseconds.
    pub rows: RecordBatch,
    /// Rows that don't, in the columns of [`late_schema`]: why, then the rows' own columns.
    pub late: Option<RecordBatch>,
    /// How many windows a row came too late for, over all rows.
    pub late_rows: u64,
    /// Rows beyond the latest time.
    pub rows_ahead: u64,
    /// Rows without a time, which are in no window.
    pub rows_without_time: u64,
}

/// The columns of rows that don't count: `reason`, then their own.
pub fn late_schema(own: &Schema) -> SchemaRef {
    let reason = Arc::new(Field::new("reason", DataType::Utf8, true));
    let own = own.fields().iter().cloned();
    Arc::new(Schema::new(std::iter::once(reason).chain(own).collect::<Vec<_>>()))
}

/// Finds the place of each row, whose time is the last column.
///
/// # Errors
/// If the rows can't be taken apart, which would be a defect.
pub fn split(window: Window, lateness: Lateness, rows: &RecordBatch) -> Result<Timed, ArrowError> {
    let all = rows.num_rows();
    let (rows, times) = with_times(rows)?;
    let rows_without_time = (all - rows.num_rows()) as u64;
    let mut timed = Timed {
        late: None,
        late_rows: 0,
        rows_ahead: 0,
        rows_without_time,
        rows,
    };
    let (earliest, greatest) = (min(&times), max(&times));
    let late_at_all =
        matches!((earliest, lateness.watermark), (Some(time), Some(watermark)) if first_end(window, time) <= watermark);
    let ahead_at_all = matches!((greatest, lateness.latest), (Some(time), Some(latest)) if time > latest);
    if !late_at_all && !ahead_at_all {
        timed.rows = with_bounds(window, &timed.rows, &times)?;
        return Ok(timed);
    }
    let mut reasons: Vec<Option<&str>> = Vec::with_capacity(times.len());
    for time in times.values() {
        if lateness.latest.is_some_and(|latest| *time > latest) {
            timed.rows_ahead += 1;
            reasons.push(Some("its time is too far ahead"));
            continue;
        }
        let missed = lateness
            .watermark
            .map_or(0, |watermark| missed(window, *time, watermark));
        timed.late_rows += missed;
        let is_late = missed > 0
            && lateness
                .watermark
                .is_some_and(|watermark| last_end(window, *time) <= watermark);
        reasons.push(is_late.then_some("late: its window is final"));
    }
    let reasons = StringArray::from(reasons);
    let left_out = is_not_null(&reasons)?;
    timed.late = Some(late_rows(&timed.rows, reasons, &left_out)?);
    let counts = not(&left_out)?;
    let kept = filter_record_batch(&timed.rows, &counts)?;
    let (kept, times) = with_times(&kept)?;
    timed.rows = with_bounds(window, &kept, &times)?;
    Ok(timed)
}

fn late_rows(rows: &RecordBatch, reasons: StringArray, left_out: &BooleanArray) -> Result<RecordBatch, ArrowError> {
    let own = rows.project(&(0..rows.num_columns() - 1).collect::<Vec<_>>())?;
    let columns = std::iter::once(Arc::new(reasons) as ArrayRef).chain(own.columns().iter().cloned());
    let rows = RecordBatch::try_new(late_schema(own.schema_ref()), columns.collect())?;
    filter_record_batch(&rows, left_out)
}

/// The rows that have a time, and the times.
fn with_times(rows: &RecordBatch) -> Result<(RecordBatch, Int64Array), ArrowError> {
    let time = rows.num_columns() - 1;
    let rows = match rows.column(time).null_count() {
        0 => rows.clone(),
        _ => filter_record_batch(rows, &is_not_null(rows.column(time))?)?,
    };
    let times = rows.column(time).as_primitive::<TimestampMicrosecondType>();
    let times = Int64Array::new(times.values().clone(), None);
    Ok((rows, times))
}

fn with_bounds(window: Window, rows: &RecordBatch, times: &Int64Array) -> Result<RecordBatch, ArrowError> {
    let own = rows.num_columns() - 1;
    let starts: Int64Array = match window {
        Window::Fixed(windows) => pane_starts(windows, times),
        Window::Session { .. } => times.clone(),
    };
    let mut columns: Vec<ArrayRef> = rows.columns()[..own].to_vec();
    columns.push(Arc::new(starts));
    if let Window::Session { gap } = window {
        let ends: Int64Array = times.values().iter().map(|time| time.saturating_add(gap)).collect();
        columns.push(Arc::new(ends));
    }
    let schema = rows.schema();
    let fields = schema.fields()[..own].iter().cloned();
    let fields = fields.chain(window.bounds().into_iter().map(Arc::new));
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields.collect::<Vec<_>>())), columns, &options)
}

/// Times mostly come in order: the pane of the one before is tried first, which saves a division.
fn pane_starts(windows: Windows, times: &Int64Array) -> Int64Array {
    let width = windows.pane();
    let mut start = i64::MIN;
    let mut end = i64::MIN;
    let starts = times.values().iter().map(|time| {
        if !(start..end).contains(time) {
            start = windows.pane_start(*time);
            end = start.saturating_add(width);
        }
        start
    });
    starts.collect()
}

/// The end of the first window that a time falls in.
fn first_end(window: Window, time: i64) -> i64 {
    match window {
        Window::Fixed(windows) => windows.starts(time).last().map_or(i64::MAX, |start| windows.end(start)),
        Window::Session { gap } => time.saturating_add(gap),
    }
}

/// The end of the last window that a time falls in.
fn last_end(window: Window, time: i64) -> i64 {
    match window {
        Window::Fixed(windows) => windows.end(windows.last_start(time)),
        Window::Session { gap } => time.saturating_add(gap),
    }
}

/// For how many windows a time comes too late.
fn missed(window: Window, time: i64, watermark: i64) -> u64 {
    match window {
        Window::Fixed(windows) => windows
            .starts(time)
            .filter(|start| windows.end(*start) <= watermark)
            .count() as u64,
        Window::Session { gap } => u64::from(time.saturating_add(gap) <= watermark),
    }
}

#[cfg(test)]
#[path = "timed_test.rs"]
mod tests;
