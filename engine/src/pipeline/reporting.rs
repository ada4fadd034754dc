//! What tables keep and wait for, put into a report.

use std::collections::BTreeMap;

use crate::event_time::{OutputMode, Window};
use crate::window::{Per, Watermark};

use super::graph::LATE_SUFFIX;
use super::group_text::group_text;
use super::progress::StateOperatorProgress;
use super::report::{GroupReport, PartitionReport, ReportedPer, TableReport, WatermarkReport, WindowReport};
use super::stateful::Stateful;
use super::why::duration;

/// A table between two batches.
pub(super) fn table(table: &Stateful) -> TableReport {
    let (plan, groups, total) = (table.plan(), table.groups(), table.total());
    let open = groups.open_windows(table.final_up_to());
    let window = |window: &crate::window::OpenWindow| WindowReport {
        start_micros: window.start,
        end_micros: window.end,
        groups: window.groups as u64,
        bytes: None,
    };
    let named = open.iter().take(TableReport::MOST_WINDOWS).map(window).collect();
    let newest = open
        .last()
        .filter(|_| open.len() > TableReport::MOST_WINDOWS)
        .map(window);
    let names = &plan.aggregation.key_names;
    // A key that can't be read back would be a defect; a report is not the place to stop for it.
    let largest = groups.largest(TableReport::MOST_GROUPS).unwrap_or_default();
    let top_groups = largest.iter().map(|group| GroupReport {
        key: group_text(names, group),
        bytes: group.bytes as u64,
        records: None,
    });
    TableReport {
        table: table.name().to_owned(),
        mode: plan.mode,
        watermark: table.watermark().map(watermark),
        window: plan.aggregation.window.map(window_text),
        open_windows: open.len() as u64,
        windows: named,
        newest_window: newest,
        groups: groups.len() as u64,
        bytes: groups.bytes() as u64,
        late_rows: total.late_rows,
        late_table: table.watermark().map(|_| format!("{}{LATE_SUFFIX}", table.name())),
        rows_without_time: total.rows_without_time,
        rows_ahead: total.rows_ahead,
        rows_in: total.rows_in,
        rows_out: total.rows_out,
        top_groups: top_groups.collect(),
    }
}

fn watermark(watermark: &Watermark) -> WatermarkReport {
    let spec = watermark.spec();
    let partitions = watermark
        .partitions()
        .map(|(input, partition, progressed)| PartitionReport {
            input: input as u64,
            topic: partition.map(|partition| partition.topic.to_string()),
            partition: partition.map_or(0, |partition| partition.partition),
            greatest_micros: progressed.greatest,
            idle: progressed.idle,
            late_rows: progressed.late_rows,
        });
    WatermarkReport {
        column: spec.column.clone(),
        delay_micros: spec.delay,
        per: match spec.per {
            Per::All => ReportedPer::All,
            Per::Partition { .. } => ReportedPer::Partition,
        },
        // Before there was a time it is at 0, which helps nobody.
        micros: Some(watermark.current()).filter(|current| *current != 0),
        partitions: partitions.collect(),
        held_by: watermark.held_by().map(ToString::to_string),
    }
}

fn window_text(window: Window) -> String {
    match window {
        Window::Fixed(windows) if windows.is_tumbling() => format!("tumbling {}", duration(windows.size)),
        Window::Fixed(windows) => format!("sliding {} every {}", duration(windows.size), duration(windows.slide)),
        Window::Session { gap } => format!("session with a gap of {}", duration(gap)),
    }
}

/// A table's part of a batch's progress, at its end.
pub(super) fn operator(table: &Stateful) -> StateOperatorProgress {
    let batch = table.batch();
    let window = table.plan().aggregation.window;
    let name = match window {
        Some(Window::Session { .. }) => "sessionWindowStateStoreSaveExec",
        _ => "stateStoreSave",
    };
    let open = match table.plan().mode {
        OutputMode::Append | OutputMode::Update if window.is_some() => table.groups().window_count(),
        _ => 0,
    };
    StateOperatorProgress {
        operator_name: name.to_owned(),
        num_rows_total: table.groups().len() as u64,
        num_rows_updated: batch.groups_changed,
        num_rows_removed: batch.groups_removed,
        all_updates_time_ms: batch.updating.as_millis() as u64,
        all_removals_time_ms: batch.removing.as_millis() as u64,
        commit_time_ms: 0,
        memory_used_bytes: table.groups().bytes() as u64,
        num_rows_dropped_by_watermark: batch.late_rows,
        num_shuffle_partitions: 1,
        num_state_store_instances: 1,
        custom_metrics: BTreeMap::from([
            ("numPanes", open as u64),
            ("numRowsIn", batch.rows_in),
            ("numRowsOut", batch.rows_out),
            ("numRowsAhead", batch.rows_ahead),
            ("numRowsWithoutTime", batch.rows_without_time),
        ]),
    }
}
