//! Queries over metrics, as a stream and as a batch, for the tests of this folder.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use serde_json::Value;

use super::{Groups, GroupsShape, Lateness, split};
use crate::aggregate::Aggregates;
use crate::batch::timestamp_type;
use crate::event_time::OutputMode;
use crate::sink::json::write_rows;
use crate::sql::{Aggregation, Mode, Planner, Streamed, Streaming};

/// A row: seconds, host, cpu.
pub(super) type Metric = (Option<i64>, Option<&'static str>, Option<f64>);

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("event_time", timestamp_type(), true),
        Field::new("host", DataType::Utf8, true),
        Field::new("cpu", DataType::Float64, true),
    ]))
}

pub(super) fn metrics(rows: &[Metric]) -> RecordBatch {
    let times: Vec<Option<i64>> = rows
        .iter()
        .map(|(time, _, _)| time.map(|time| time * 1_000_000))
        .collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC")),
        Arc::new(StringArray::from_iter(rows.iter().map(|(_, host, _)| *host))),
        Arc::new(Float64Array::from_iter(rows.iter().map(|(_, _, cpu)| *cpu))),
    ];
    RecordBatch::try_new(schema(), columns).unwrap()
}

/// Rows as JSON, sorted.
pub(super) fn shown(batches: &[RecordBatch]) -> Vec<Value> {
    let mut text = Vec::new();
    batches.iter().for_each(|batch| write_rows(&mut text, batch).unwrap());
    let text = String::from_utf8(text).unwrap();
    let mut rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    rows.sort_by_key(Value::to_string);
    rows
}

/// A query on a stream, with what it keeps, and a watermark on `event_time`.
pub(super) struct Stream {
    pub(super) query: Aggregation,
    pub(super) groups: Groups,
    mode: OutputMode,
    delay: i64,
    greatest: i64,
    watermark: i64,
    late: i64,
    /// Rows that were late, by window.
    pub(super) late_rows: u64,
}

impl Stream {
    /// Over the table `m` of metrics; `delay` in seconds.
    pub(super) async fn new(sql: &str, mode: OutputMode, delay: i64) -> Self {
        Self::over("m", &schema(), sql, mode, delay).await
    }

    /// Over another table.
    pub(super) async fn over(table: &str, schema: &SchemaRef, sql: &str, mode: OutputMode, delay: i64) -> Self {
        let streaming = Streaming {
            mode,
            watermark: Some("event_time"),
            keep_late: false,
        };
        let planned = Planner::new()
            .plan_stream("t", sql, &[(table.to_owned(), Arc::clone(schema))], streaming)
            .await;
        let Streamed::Groups(query) = planned.unwrap_or_else(|problem| panic!("{sql}: {problem}")) else {
            panic!("{sql}: no groups");
        };
        let shape = GroupsShape {
            window: query.window,
            keys: query.keys.clone(),
            aggregates: Aggregates::new(query.functions.clone()).unwrap(),
            results: Arc::clone(&query.results),
        };
        Self {
            groups: Groups::new(shape).unwrap(),
            query: *query,
            mode,
            delay: delay * 1_000_000,
            greatest: 0,
            watermark: 0,
            late: 0,
            late_rows: 0,
        }
    }

    fn judges(&self) -> Option<()> {
        (self.query.on_watermark && self.mode != OutputMode::Complete).then_some(())
    }

    /// One batch, in chunks: what comes out.
    pub(super) async fn batch(&mut self, chunks: &[&[Metric]]) -> Vec<Value> {
        let chunks: Vec<RecordBatch> = chunks.iter().map(|chunk| metrics(chunk)).collect();
        shown(&self.rows(&chunks).await)
    }

    /// One batch, in chunks of rows: what comes out, as it is.
    pub(super) async fn rows(&mut self, chunks: &[RecordBatch]) -> Vec<RecordBatch> {
        for chunk in chunks {
            let inputs = vec![vec![chunk.clone()]];
            let (rows, times) = self.query.rows.run_observed(inputs, None).await.unwrap();
            self.greatest = self.greatest.max(times.greatest.unwrap_or(0));
            let lateness = Lateness {
                watermark: self.judges().map(|()| self.late),
                latest: None,
            };
            let mut counted = Vec::new();
            for rows in rows {
                match self.query.window {
                    Some(window) => {
                        let timed = split(window, lateness, &rows).unwrap();
                        self.late_rows += timed.late_rows;
                        counted.push(timed.rows);
                    }
                    None => counted.push(rows),
                }
            }
            for partial in self.query.partial.run(vec![counted]).await.unwrap() {
                self.groups.merge(&partial).unwrap();
            }
        }
        let (late, watermark) = (
            self.judges().map(|()| self.late),
            self.judges().map(|()| self.watermark),
        );
        let results = self.groups.emit(self.mode, late, watermark).unwrap();
        let rows = self.query.above.run(vec![results]).await.unwrap();
        self.groups.end_batch(watermark);
        self.late = self.watermark;
        self.watermark = self.watermark.max(self.greatest - self.delay);
        rows
    }
}

/// The query over all metrics at once.
pub(super) async fn answer(sql: &str, rows: &[Metric]) -> Vec<Value> {
    answer_over("m", sql, vec![metrics(rows)]).await
}

/// The query over all rows of another table at once.
pub(super) async fn answer_over(table: &str, sql: &str, rows: Vec<RecordBatch>) -> Vec<Value> {
    let tables = [(table.to_owned(), rows[0].schema())];
    let query = Planner::new().plan("t", sql, &tables, Mode::Batch).await;
    let query = query.unwrap_or_else(|problem| panic!("{sql}: {problem}"));
    shown(&query.run(vec![rows]).await.unwrap())
}
