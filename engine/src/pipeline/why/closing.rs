//! When a window closes, and what that waits for.

use crate::event_time::OutputMode;
use std::collections::BTreeMap;

use super::super::report::{PartitionReport, ReportedPer, TableReport, WatermarkReport, WindowReport};
use super::words::{duration, time, time_after};

/// `the window 2026-01-18 10:00:00 to 10:01:00`; a session, where the table has them.
pub(super) fn window_name(table: &TableReport, window: &WindowReport) -> String {
    let noun = if is_session(table) { "session" } else { "window" };
    let (start, end) = (window.start_micros, window.end_micros);
    format!("the {noun} {} to {}", time(start), time_after(start, end))
}

pub(super) fn is_session(table: &TableReport) -> bool {
    table
        .window
        .as_deref()
        .is_some_and(|window| window.starts_with("session"))
}

/// When the oldest window closes: `the window ... closes when ...`; none if no window is open or none ever closes.
pub(super) fn next_closing(table: &TableReport) -> Option<String> {
    let watermark = table.watermark.as_ref()?;
    let window = table.windows.first()?;
    let name = window_name(table, window);
    let end = window.end_micros;
    let verb = match table.mode {
        OutputMode::Append => "closes",
        OutputMode::Update => "is forgotten",
        OutputMode::Complete => return None,
    };
    if watermark.micros.is_some_and(|micros| micros >= end) {
        return Some(format!("{name} {verb} with the next batch"));
    }
    let due = end.saturating_add(watermark.delay_micros);
    let who = who_is_behind(watermark, due);
    let at = time_after(end, due);
    let delay = match watermark.delay_micros {
        0 => "its end".to_owned(),
        delay => format!("its end plus the delay of {}", duration(delay)),
    };
    let unless = if is_session(table) {
        "; a row of its key before then makes it longer"
    } else {
        ""
    };
    let row = format!("a row of {at} or later");
    let arrival = match who.as_slice() {
        [] => format!("{row} comes"),
        [one] => format!("{one} has {row}"),
        [first, second] => format!("{first} and {second} each have {row}"),
        [first, rest @ ..] => format!("{first} and {} others each have {row}", rest.len()),
    };
    Some(format!("{name} {verb} when {arrival} ({delay}){unless}"))
}

/// Those that have not come so far, where more than one has to: partitions, or inputs by the topics they read.
fn who_is_behind(watermark: &WatermarkReport, due: i64) -> Vec<String> {
    match watermark.per {
        ReportedPer::All if inputs(watermark).len() < 2 => Vec::new(),
        ReportedPer::All => inputs_behind(watermark, due),
        ReportedPer::Partition => waited_for(watermark, due)
            .into_iter()
            .map(PartitionReport::place)
            .collect(),
    }
}

/// The partitions that have not come so far, those furthest behind first, without those that are idle.
fn waited_for(watermark: &WatermarkReport, due: i64) -> Vec<&PartitionReport> {
    let behind = |partition: &&PartitionReport| partition.greatest_micros.is_none_or(|greatest| greatest < due);
    let mut waited: Vec<&PartitionReport> = watermark.partitions.iter().filter(|p| !p.idle).filter(behind).collect();
    waited.sort_by_key(|partition| partition.greatest_micros);
    waited
}

/// The greatest time of each input of the table, with the topics it reads.
pub(super) fn inputs(watermark: &WatermarkReport) -> BTreeMap<u64, (Option<i64>, Vec<&str>)> {
    let mut inputs: BTreeMap<u64, (Option<i64>, Vec<&str>)> = BTreeMap::new();
    for partition in &watermark.partitions {
        let (greatest, topics) = inputs.entry(partition.input).or_default();
        *greatest = (*greatest).max(partition.greatest_micros);
        if let Some(topic) = partition.topic.as_deref().filter(|topic| !topics.contains(topic)) {
            topics.push(topic);
        }
    }
    inputs
}

/// The inputs that have not come so far, by the topics they read.
fn inputs_behind(watermark: &WatermarkReport, due: i64) -> Vec<String> {
    let inputs = inputs(watermark).into_iter();
    let behind = inputs.filter(|(_, (greatest, _))| greatest.is_none_or(|greatest| greatest < due));
    behind
        .map(|(input, (_, topics))| match topics.as_slice() {
            [] => format!("input {}", input + 1),
            topics => {
                let named: Vec<String> = topics.iter().map(|topic| format!("`{topic}`")).collect();
                format!("topic {}", named.join(", "))
            }
        })
        .collect()
}
