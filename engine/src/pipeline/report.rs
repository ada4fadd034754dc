//! What a running pipeline keeps and waits for, as plain data: filled in after a batch, told by [`why`](super::why), printed by
//! `wasmill state`, served as JSON.
//!
//! Times of the clock are milliseconds since the epoch (`...Ms`), event times microseconds since the epoch (`...Micros`). Counts
//! of rows and records are of the whole run so far.

use serde::{Deserialize, Serialize};

use crate::event_time::OutputMode;

/// A running pipeline after its last batch.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StateReport {
    /// The pipeline's name.
    pub pipeline: String,
    /// The run, as [`Progress`](super::Progress) has it; none before the first batch.
    pub run_id: Option<String>,
    /// The process.
    pub process_id: u32,
    /// When the run was started.
    pub started_ms: i64,
    /// The number of the last batch that ended; none before the first.
    pub batch: Option<u64>,
    /// When it ended.
    pub batch_ended_ms: Option<i64>,
    /// Records read from all sources.
    pub records: u64,
    /// Rows that reached the sinks.
    pub rows_out: u64,
    /// The sources, in the order of the pipeline.
    pub sources: Vec<SourceReport>,
    /// The tables that keep state between batches, in the order of the pipeline; none in a stateless pipeline.
    pub tables: Vec<TableReport>,
    /// Bytes that the tables may keep together before the run is ended; none without a limit.
    pub limit_bytes: Option<u64>,
}

/// A source of a running pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceReport {
    /// Its name.
    pub name: String,
    /// Records read.
    pub records: u64,
    /// Records that were there when the last batch was planned and were not read by it.
    pub waiting: u64,
}

/// A table that keeps state between batches.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableReport {
    /// Its name.
    pub table: String,
    /// Which of its rows come out.
    pub mode: OutputMode,
    /// How far its event time has come; none if the table has no watermark.
    pub watermark: Option<WatermarkReport>,
    /// The windows it groups by, in words: `tumbling 1 minute`, `sliding 10 minutes every 5 minutes`, `session with a gap of 5
    /// minutes`; none if it groups by none.
    pub window: Option<String>,
    /// How many windows can still change.
    pub open_windows: u64,
    /// The oldest of them, oldest first.
    pub windows: Vec<WindowReport>,
    /// The newest of them, where `windows` does not have them all.
    pub newest_window: Option<WindowReport>,
    /// Groups kept.
    pub groups: u64,
    /// Bytes kept.
    pub bytes: u64,
    /// Rows that came too late for their windows and were left out, once for each window that they missed.
    pub late_rows: u64,
    /// The name of the table of rows that were left out, where there is one.
    pub late_table: Option<String>,
    /// Rows whose time is null: they are in no window.
    pub rows_without_time: u64,
    /// Rows further ahead of the clock than the watermark's `max_ahead`, which were left out.
    pub rows_ahead: u64,
    /// Rows that reached the table, those left out included.
    pub rows_in: u64,
    /// Rows that came out of it.
    pub rows_out: u64,
    /// The groups that keep most, the greatest first.
    pub top_groups: Vec<GroupReport>,
}

impl TableReport {
    /// How many windows a report names.
    pub const MOST_WINDOWS: usize = 20;
    /// How many groups a report names.
    pub const MOST_GROUPS: usize = 10;
}

/// How far the event time of a table has come.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WatermarkReport {
    /// The column of event times.
    pub column: String,
    /// How long rows are waited for.
    pub delay_micros: i64,
    /// Which partitions it follows.
    pub per: ReportedPer,
    /// Up to where event time is final; none before a row had a time.
    pub micros: Option<i64>,
    /// Where each partition stands, in the order of input, topic and number.
    pub partitions: Vec<PartitionReport>,
    /// The partition that it waits for, or that leads it, as [`PartitionReport::place`] names it.
    pub held_by: Option<String>,
}

/// Which partitions a watermark follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReportedPer {
    /// The greatest time in any.
    #[default]
    All,
    /// The least of the greatest time of each.
    Partition,
}

/// A partition, as a watermark sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartitionReport {
    /// The position of the table's input that reads it: where there are several, the watermark is the least of theirs.
    pub input: u64,
    /// Its topic; none for rows that come from no topic.
    pub topic: Option<String>,
    /// Its number.
    pub partition: i32,
    /// The greatest event time in it; none yet.
    pub greatest_micros: Option<i64>,
    /// Whether it was silent for so long that it is no longer waited for.
    pub idle: bool,
    /// Rows of it that came too late, counted as [`TableReport::late_rows`].
    pub late_rows: u64,
}

impl PartitionReport {
    /// Which it is, in words: ``topic `metrics` partition 2``.
    pub fn place(&self) -> String {
        match &self.topic {
            Some(topic) => format!("topic `{topic}` partition {}", self.partition),
            None => "the rows of no topic".to_owned(),
        }
    }
}

/// A window that can still change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WindowReport {
    /// In it.
    pub start_micros: i64,
    /// Not in it.
    pub end_micros: i64,
    /// How many groups it has.
    pub groups: u64,
    /// How many bytes they keep, where that is counted by window.
    pub bytes: Option<u64>,
}

/// A group that keeps much.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupReport {
    /// Its key and its window's start, as text: `` `host=a, level=ERROR` of 2026-01-18 10:00:00 ``.
    pub key: String,
    /// How many bytes it keeps.
    pub bytes: u64,
    /// How many records are in it, where that is counted by group.
    pub records: Option<u64>,
}
