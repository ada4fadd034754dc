//! What a batch did, in the field names of Spark's `StreamingQueryProgress`.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::batch::{Offsets, TopicPartition};

/// One batch of a run.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// The pipeline's run, as a whole.
    pub id: String,
    /// This start of it.
    pub run_id: String,
    /// The pipeline's name.
    pub name: String,
    /// When the batch was triggered, ISO 8601 UTC.
    pub timestamp: String,
    /// The batch's number, from 0.
    pub batch_id: u64,
    /// Milliseconds from trigger to end.
    pub batch_duration: u64,
    /// Milliseconds of each phase.
    pub duration_ms: BTreeMap<&'static str, u64>,
    /// Event times seen and the watermark; empty without one.
    pub event_time: BTreeMap<String, String>,
    /// Stateful operators; none in a stateless pipeline.
    pub state_operators: Vec<StateOperatorProgress>,
    /// One entry a source.
    pub sources: Vec<SourceProgress>,
    /// The sinks together.
    pub sink: SinkProgress,
    /// Records read.
    pub num_input_rows: u64,
    /// Records read per second since the batch before was triggered.
    pub input_rows_per_second: f64,
    /// Records read per second of this batch's duration.
    pub processed_rows_per_second: f64,
    /// Spark's `observe`. Here `modules`, where there are some: by their names the digests of those that the batch's rows came from.
    pub observed_metrics: BTreeMap<String, serde_json::Value>,
}

/// A table's state in a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StateOperatorProgress {
    /// For example `stateStoreSave`, of groups; `sessionWindowStateStoreSaveExec`, of sessions.
    pub operator_name: String,
    /// Groups kept.
    pub num_rows_total: u64,
    /// Groups that the batch changed.
    pub num_rows_updated: u64,
    /// Groups that the batch let go.
    pub num_rows_removed: u64,
    /// Milliseconds for the changes.
    pub all_updates_time_ms: u64,
    /// Milliseconds for letting groups go.
    pub all_removals_time_ms: u64,
    /// Milliseconds until the state was safe; 0 without a checkpoint.
    pub commit_time_ms: u64,
    /// Bytes kept.
    pub memory_used_bytes: u64,
    /// Rows that came too late for the watermark and were left out.
    pub num_rows_dropped_by_watermark: u64,
    /// Parts that the state is kept in.
    pub num_shuffle_partitions: u64,
    /// Stores that keep the parts.
    pub num_state_store_instances: u64,
    /// What only this engine counts.
    pub custom_metrics: BTreeMap<&'static str, u64>,
}

/// A source's part of a batch. Offsets are JSON in a string, as Spark has them: `{"topic":{"0":42}}`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceProgress {
    /// For example `KafkaV2[Subscribe[orders]]`.
    pub description: String,
    /// Where the batch began.
    pub start_offset: Option<String>,
    /// Where it ended.
    pub end_offset: String,
    /// What the source had when the batch was planned.
    pub latest_offset: String,
    /// Records read.
    pub num_input_rows: u64,
    /// Records read per second since the batch before was triggered.
    pub input_rows_per_second: f64,
    /// Records read per second of this batch's duration.
    pub processed_rows_per_second: f64,
    /// How far the batch's end lies behind the latest offsets: `minOffsetsBehindLatest` and so on.
    pub metrics: BTreeMap<&'static str, String>,
}

/// What the sinks took.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SinkProgress {
    /// The sinks' names.
    pub description: String,
    /// Rows written to all of them together.
    pub num_output_rows: u64,
    /// Rows of each sink.
    pub metrics: BTreeMap<String, String>,
}

/// Offsets as Spark writes them.
pub(super) fn offsets_json<'a>(offsets: impl IntoIterator<Item = (&'a TopicPartition, i64)>) -> String {
    let mut topics: BTreeMap<&str, BTreeMap<i32, i64>> = BTreeMap::new();
    for (partition, offset) in offsets {
        topics
            .entry(&partition.topic)
            .or_default()
            .insert(partition.partition, offset);
    }
    serde_json::to_string(&topics).unwrap_or_default()
}

/// How far these offsets lie behind the latest ones, in Spark's names.
pub(super) fn behind_latest(end: &Offsets, latest: &Offsets) -> BTreeMap<&'static str, String> {
    let lags: Vec<i64> = latest
        .iter()
        .map(|(partition, latest)| (latest - end.get(partition).copied().unwrap_or(0)).max(0))
        .collect();
    if lags.is_empty() {
        return BTreeMap::new();
    }
    let average = lags.iter().sum::<i64>() as f64 / lags.len() as f64;
    BTreeMap::from([
        (
            "minOffsetsBehindLatest",
            lags.iter().min().copied().unwrap_or(0).to_string(),
        ),
        (
            "maxOffsetsBehindLatest",
            lags.iter().max().copied().unwrap_or(0).to_string(),
        ),
        ("avgOffsetsBehindLatest", format!("{average:.1}")),
    ])
}

/// A rate, 0 where no time passed.
pub(super) fn per_second(rows: u64, duration: Duration) -> f64 {
    let seconds = duration.as_secs_f64();
    if seconds > 0.0 { rows as f64 / seconds } else { 0.0 }
}

/// Milliseconds since the epoch as ISO 8601, as Spark has them.
pub(super) fn iso(ms: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(ms)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
#[path = "progress_test.rs"]
mod tests;
