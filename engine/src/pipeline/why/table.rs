//! What one table keeps, and why it gives what it gives.

use super::super::report::{PartitionReport, ReportedPer, StateReport, TableReport, WatermarkReport};
use super::closing::{inputs, is_session, next_closing};
use super::words::{about, bytes, count, counted, duration, time, time_after};
use crate::event_time::OutputMode;

/// From this share of the limit on, in percent, a user is told.
const NEAR_LIMIT: u64 = 80;
/// How many partitions are listed, and how many groups are named.
const MOST_PARTITIONS: usize = 16;
const MOST_GROUPS: usize = 3;

/// What there is to say of a table, a line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableText {
    /// Its name, what it does, its rows.
    pub heading: String,
    /// How far its event time has come.
    pub watermark: String,
    /// Where each partition stands, without those that would be too many to read.
    pub partitions: Vec<String>,
    /// What it keeps.
    pub kept: String,
    /// When rows come, which don't and why, what to do.
    pub remarks: Vec<String>,
}

impl TableText {
    /// Of a table of this report; what is new since `before`, that table in an earlier report, is said beside each count.
    pub fn new(report: &StateReport, table: &TableReport, before: Option<&TableReport>) -> Self {
        let mut remarks: Vec<String> = reason(report, table).into_iter().collect();
        remarks.extend(left_out(table));
        remarks.extend(near_limit(report, table));
        Self {
            heading: heading(table, before),
            watermark: match &table.watermark {
                Some(watermark) => watermark_text(watermark),
                None => "no watermark: no window closes, and no group is forgotten".to_owned(),
            },
            partitions: table.watermark.as_ref().map(partition_texts).unwrap_or_default(),
            kept: kept(table),
            remarks,
        }
    }

    /// All of it, what belongs to the table indented.
    pub(super) fn lines(self) -> impl Iterator<Item = String> {
        let partitions = self.partitions.into_iter().map(|line| format!("  {line}"));
        let below = std::iter::once(self.watermark)
            .chain(partitions)
            .chain([self.kept])
            .chain(self.remarks);
        std::iter::once(self.heading).chain(below.map(|line| format!("  {line}")))
    }
}

fn heading(table: &TableReport, before: Option<&TableReport>) -> String {
    let window = table.window.as_deref().map(|window| format!(", {window}"));
    format!(
        "table `{}`, {}{}: {} in{}, {} out{}",
        table.table,
        table.mode.name(),
        window.unwrap_or_default(),
        count(table.rows_in, "row"),
        new(table.rows_in, before.map(|before| before.rows_in)),
        table.rows_out,
        new(table.rows_out, before.map(|before| before.rows_out)),
    )
}

/// ` (25 new)`, where there was a report before and it had less.
pub(super) fn new(now: u64, before: Option<u64>) -> String {
    match before.map(|before| now.saturating_sub(before)) {
        Some(new @ 1..) => format!(" ({new} new)"),
        _ => String::new(),
    }
}

/// The watermark in a sentence: `watermark 2026-01-18 10:00:57 (...)`.
fn watermark_text(watermark: &WatermarkReport) -> String {
    let column = &watermark.column;
    let whose = match watermark.per {
        ReportedPer::All if inputs(watermark).len() > 1 => format!("the least of the inputs' greatest `{column}`"),
        ReportedPer::All => format!("the greatest `{column}` in any partition"),
        ReportedPer::Partition => format!("the least of the partitions' greatest `{column}`"),
    };
    let less = match watermark.delay_micros {
        0 => String::new(),
        delay => format!(", less the delay of {}", duration(delay)),
    };
    match watermark.micros {
        Some(micros) => format!("watermark {} ({whose}{less})", time(micros)),
        None => format!("no watermark yet: it will be {whose}{less}"),
    }
}

fn partition_texts(watermark: &WatermarkReport) -> Vec<String> {
    let greatest = watermark.partitions.iter().filter_map(|p| p.greatest_micros).max();
    let listed = watermark.partitions.iter().take(MOST_PARTITIONS);
    let mut texts: Vec<String> = listed
        .map(|partition| partition_text(watermark, partition, greatest))
        .collect();
    if let Some(more @ 1..) = watermark.partitions.len().checked_sub(MOST_PARTITIONS) {
        texts.push(format!("and {more} more: `wasmill state` lists all"));
    }
    texts
}

/// ``topic `metrics` partition 1: up to 2026-01-18 09:40:00, 21 minutes behind; 12 rows late``
fn partition_text(watermark: &WatermarkReport, partition: &PartitionReport, greatest: Option<i64>) -> String {
    let place = partition.place();
    let is_held_by = watermark.held_by.as_deref() == Some(place.as_str());
    let several = watermark.partitions.len() > 1;
    let mut text = match (partition.greatest_micros, greatest) {
        (Some(at), Some(greatest)) if at < greatest => {
            format!(
                "{place}: up to {}, {} behind",
                time(at),
                about(greatest.saturating_sub(at))
            )
        }
        (Some(at), _) => format!("{place}: up to {}", time(at)),
        (None, _) => format!("{place}: no time yet"),
    };
    let role = match watermark.per {
        _ if partition.idle => Some("silent, so it is not waited for"),
        ReportedPer::All if is_held_by && several => Some("leads"),
        ReportedPer::Partition if is_held_by && several => Some("holds the watermark back"),
        _ => None,
    };
    if let Some(role) = role {
        text.push_str(&format!(", {role}"));
    }
    if partition.late_rows > 0 {
        text.push_str(&format!("; {} late", count(partition.late_rows, "row")));
    }
    text
}

/// `12 windows are open, 2026-01-18 10:00:00 to 10:12:00; 340 groups, 1.2 MB`
fn kept(table: &TableReport) -> String {
    let groups = format!("{}, {}", count(table.groups, "group"), bytes(table.bytes));
    if table.window.is_none() {
        return groups;
    }
    let noun = if is_session(table) { "session" } else { "window" };
    let newest = table.newest_window.as_ref().or(table.windows.last());
    match (table.windows.first(), newest) {
        (Some(oldest), Some(newest)) => {
            let (start, end) = (oldest.start_micros, newest.end_micros);
            let open = counted(table.open_windows, noun, "is open", "are open");
            format!("{open}, {} to {}; {groups}", time(start), time_after(start, end))
        }
        _ => format!("no {noun} is open; {groups}"),
    }
}

/// Why rows don't come, or when they will.
fn reason(report: &StateReport, table: &TableReport) -> Option<String> {
    let left_out = table.late_rows + table.rows_without_time + table.rows_ahead;
    if table.rows_in == 0 && report.records > 0 {
        let read = counted(report.records, "record", "was", "were");
        return Some(format!(
            "no row reached it, though {read} read: a condition, or an error of the guest, leaves them out before it"
        ));
    }
    // A row that is late for several windows counts for each of them.
    let counts_nothing = table.groups == 0 && table.rows_out == 0;
    if table.rows_in > 0 && counts_nothing && left_out >= table.rows_in {
        return Some(format!(
            "all that reached it, {}, {} left out",
            count(table.rows_in, "row"),
            if table.rows_in == 1 { "is" } else { "are" },
        ));
    }
    match table.mode {
        OutputMode::Complete => {
            Some("complete: every group comes out after each batch, and none is forgotten".to_owned())
        }
        OutputMode::Append | OutputMode::Update => next_closing(table).or_else(|| nothing_open(table)),
    }
}

fn nothing_open(table: &TableReport) -> Option<String> {
    let is_empty = table.windows.is_empty() && table.window.is_some();
    let was_emptied = table.mode == OutputMode::Append && table.rows_in > 0 && is_empty;
    was_emptied.then(|| "all its windows are closed: the next row that is not late opens one".to_owned())
}

/// Why a table that gets rows gives none, if there is more to say than [`reason`] does.
pub(super) fn silent_reason(report: &StateReport, table: &TableReport) -> String {
    let waits = table.mode == OutputMode::Append || table.groups == 0 || table.rows_in == 0;
    match reason(report, table) {
        Some(reason) if waits => reason,
        _ => format!(
            "{} in {}, but none of the rows that changed comes out: a HAVING or a table behind it leaves them out",
            count(table.rows_in, "row"),
            count(table.groups, "group"),
        ),
    }
}

/// Rows that count nowhere, each kind with what to do.
pub(super) fn left_out(table: &TableReport) -> Vec<String> {
    let mut lines = Vec::new();
    let see = table
        .late_table
        .as_ref()
        .map(|late| format!(": see the table `{late}`"));
    let see = see.unwrap_or_default();
    if table.late_rows > 0 {
        let noun = if is_session(table) { "session" } else { "window" };
        let late = count(table.late_rows, "row");
        let is_sliding = table
            .window
            .as_deref()
            .is_some_and(|window| window.starts_with("sliding"));
        lines.push(match table.late_rows {
            times if is_sliding => format!(
                "{} a row was too late for a window, and is left out of that one; those that are left out of all{see}",
                count(times, "time")
            ),
            1 => format!("{late} came too late for its {noun}, and is left out{see}"),
            _ => format!("{late} came too late for their {noun}s, and are left out{see}"),
        });
        lines.extend(table.watermark.as_ref().map(late_hint));
    }
    if table.rows_without_time > 0 {
        let without = counted(table.rows_without_time, "row", "has", "have");
        let column = table
            .watermark
            .as_ref()
            .map(|watermark| format!(" (`{}` is null)", watermark.column));
        lines.push(format!(
            "{without} no time{}, and so no window",
            column.unwrap_or_default()
        ));
    }
    if table.rows_ahead > 0 {
        let ahead = counted(table.rows_ahead, "row", "is", "are");
        lines.push(format!(
            "{ahead} further ahead of the clock than `max_ahead`, and left out{see}"
        ));
    }
    lines
}

/// The partition most of whose rows were late because others are further: one watermark for all does not wait for it.
fn lagging(watermark: &WatermarkReport) -> Option<&PartitionReport> {
    if watermark.per != ReportedPer::All {
        return None;
    }
    let behind = |partition: &&PartitionReport| {
        // Its own rows alone would not have made it late.
        let is_behind = partition.greatest_micros < watermark.micros;
        partition.late_rows > 0 && partition.greatest_micros.is_some() && is_behind
    };
    watermark
        .partitions
        .iter()
        .filter(behind)
        .max_by_key(|partition| partition.late_rows)
}

fn late_hint(watermark: &WatermarkReport) -> String {
    match lagging(watermark) {
        Some(partition) => format!(
            "hint: {} lags behind the others, and one watermark for all does not wait for it: write `per = \"partition\"` in \
             the table's watermark",
            partition.place()
        ),
        None => "hint: a longer `delay` in the table's watermark waits longer".to_owned(),
    }
}

/// A warning before the state is over its limit, which ends the run.
fn near_limit(report: &StateReport, table: &TableReport) -> Vec<String> {
    let held: u64 = report.tables.iter().map(|table| table.bytes).sum();
    let Some(limit) = report.limit_bytes.filter(|limit| *limit > 0) else {
        return Vec::new();
    };
    let percent = u128::from(held) * 100 / u128::from(limit);
    let is_largest = report.tables.iter().all(|other| other.bytes <= table.bytes);
    if percent < u128::from(NEAR_LIMIT) || !is_largest {
        return Vec::new();
    }
    let mut lines = vec![format!(
        "the state is at {percent} % of the `state_limit` of {}, beyond which the run ends",
        bytes(limit)
    )];
    let groups = table.top_groups.iter().take(MOST_GROUPS);
    let groups: Vec<String> = groups
        .map(|group| format!("{} ({})", group.key, bytes(group.bytes)))
        .collect();
    if !groups.is_empty() {
        lines.push(format!("the largest groups: {}", groups.join(", ")));
    }
    lines.push(match table.watermark {
        Some(_) if table.mode != OutputMode::Complete => {
            "hint: group by fewer keys or by longer windows, shorten the watermark's `delay`, or raise `state_limit`"
        }
        Some(_) => "hint: `mode = \"update\"` lets closed windows go; or group by fewer keys, or raise `state_limit`",
        None => "hint: give the table a watermark, so that closed windows go; or group by fewer keys, or raise `state_limit`",
    }.to_owned());
    lines
}

#[cfg(test)]
#[path = "table_test.rs"]
mod tests;
