//! Reports of pipelines that never ran, for the tests of what is said of them.

use super::report::{
    GroupReport, PartitionReport, ReportedPer, SourceReport, StateReport, TableReport, WatermarkReport, WindowReport,
};
use crate::event_time::OutputMode;

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
/// 2026-01-18 10:00:00.
pub(crate) const TEN: i64 = 1_768_730_400 * SECOND;

/// A run that has not ended a batch.
pub(crate) fn begun() -> StateReport {
    StateReport {
        pipeline: "essai".to_owned(),
        process_id: 4711,
        started_ms: TEN / 1000,
        sources: vec![source("raw", 0, 0)],
        ..StateReport::default()
    }
}

/// A run that has read 1200 records, with these tables.
pub(crate) fn running(tables: Vec<TableReport>) -> StateReport {
    StateReport {
        run_id: Some("2b3c".to_owned()),
        batch: Some(7),
        batch_ended_ms: Some((TEN + 3 * MINUTE) / 1000),
        records: 1200,
        rows_out: tables.iter().map(|table| table.rows_out).sum(),
        sources: vec![source("raw", 1200, 34)],
        limit_bytes: Some(1 << 30),
        tables,
        ..begun()
    }
}

pub(crate) fn source(name: &str, records: u64, waiting: u64) -> SourceReport {
    SourceReport {
        name: name.to_owned(),
        records,
        waiting,
    }
}

/// Windows of a minute by customer, in append mode: three are open, and nothing came out.
pub(crate) fn by_minute() -> TableReport {
    TableReport {
        table: "par_client".to_owned(),
        mode: OutputMode::Append,
        watermark: Some(watermark(vec![
            partition(0, Some(TEN + 117 * SECOND)),
            partition(1, Some(TEN + 100 * SECOND)),
        ])),
        window: Some("tumbling 1 minute".to_owned()),
        open_windows: 3,
        windows: (0..3).map(window).collect(),
        newest_window: None,
        groups: 40,
        bytes: 5120,
        late_rows: 0,
        late_table: Some("par_client_late".to_owned()),
        rows_without_time: 0,
        rows_ahead: 0,
        rows_in: 1200,
        rows_out: 0,
        top_groups: vec![group("CUST-001", 300), group("CUST-013", 200)],
    }
}

/// A watermark on `event_time` with a delay of a minute, over these partitions.
pub(crate) fn watermark(partitions: Vec<PartitionReport>) -> WatermarkReport {
    let leader = partitions.iter().max_by_key(|partition| partition.greatest_micros);
    let greatest = leader.and_then(|leader| leader.greatest_micros);
    WatermarkReport {
        column: "event_time".to_owned(),
        delay_micros: MINUTE,
        per: ReportedPer::All,
        micros: greatest.map(|greatest| greatest - MINUTE),
        held_by: leader.filter(|_| greatest.is_some()).map(PartitionReport::place),
        partitions,
    }
}

/// The same by partition.
pub(crate) fn watermark_by_partition(partitions: Vec<PartitionReport>) -> WatermarkReport {
    let held = partitions.iter().filter(|partition| !partition.idle);
    let held = held.min_by_key(|partition| partition.greatest_micros);
    let least = held.and_then(|held| held.greatest_micros);
    WatermarkReport {
        per: ReportedPer::Partition,
        micros: least.map(|least| least - MINUTE),
        held_by: held.map(PartitionReport::place),
        ..watermark(partitions.clone())
    }
}

pub(crate) fn partition(number: i32, greatest_micros: Option<i64>) -> PartitionReport {
    PartitionReport {
        input: 0,
        topic: Some("metrics".to_owned()),
        partition: number,
        greatest_micros,
        idle: false,
        late_rows: 0,
    }
}

/// The window of this minute after ten.
pub(crate) fn window(minute: i64) -> WindowReport {
    WindowReport {
        start_micros: TEN + minute * MINUTE,
        end_micros: TEN + (minute + 1) * MINUTE,
        groups: 12,
        bytes: Some(1700),
    }
}

pub(crate) fn group(customer: &str, bytes: u64) -> GroupReport {
    GroupReport {
        key: format!("`customer_id={customer}` of 2026-01-18 10:00:00"),
        bytes,
        records: Some(25),
    }
}
