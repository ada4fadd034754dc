//! Says why a stream gives what it gives: what is kept, how far event time has come, what that waits for.

mod closing;
mod table;
mod words;

use super::report::{StateReport, TableReport};
use crate::event_time::OutputMode;

pub use table::TableText;
pub(super) use words::duration;

use table::{left_out, new, silent_reason};
use words::{count, counted};

/// What a pipeline keeps and waits for, several lines for a person to read, the last one without a line feed. What is new since
/// the report `before` is said beside each count.
pub fn why(report: &StateReport, before: Option<&StateReport>) -> String {
    let mut text = vec![report_heading(report, before)];
    if report.batch.is_none() {
        return text.remove(0);
    }
    if report.records == 0 {
        text.push(nothing_read(report));
    }
    if report.tables.is_empty() {
        text.push("no table keeps state: a row comes out with the batch that reads it".to_owned());
    }
    for table in &report.tables {
        let same = |before: &&TableReport| before.table == table.table;
        let before = before.and_then(|before| before.tables.iter().find(same));
        text.extend(TableText::new(report, table, before).lines());
    }
    text.join("\n")
}

/// Whether [`why`] has something to say that it did not say of the report before.
pub fn has_changed(report: &StateReport, before: &StateReport) -> bool {
    report.records != before.records || report.tables != before.tables || before.batch.is_none()
}

/// In one line, why nothing came out of a stream that has read records; `came_before` if something did earlier.
pub fn why_silent(report: &StateReport, came_before: bool) -> String {
    let begin = if came_before { "nothing more" } else { "nothing yet" };
    let Some(table) = most_to_blame(report) else {
        let read = counted(report.records, "record", "was", "were");
        return format!(
            "{begin}: {read} read, but no row comes out: a condition leaves them out, or an error of the guest does"
        );
    };
    let mut reason = format!("table `{}`: {}", table.table, silent_reason(report, table));
    if let Some(first) = left_out(table).first() {
        reason.push_str(&format!("; {first}"));
    }
    format!("{begin}: {reason}")
}

/// The table that keeps rows back: one that gave none, and of those one that waits.
fn most_to_blame(report: &StateReport) -> Option<&TableReport> {
    // Of equal ones the first.
    report.tables.iter().rev().max_by_key(|table| {
        let waits = table.mode == OutputMode::Append && !table.windows.is_empty();
        (table.rows_out == 0, waits, std::cmp::Reverse(table.rows_in == 0))
    })
}

/// The pipeline as a whole: how far it is, how much it read and wrote.
pub fn report_heading(report: &StateReport, before: Option<&StateReport>) -> String {
    let Some(batch) = report.batch else {
        return format!("pipeline `{}`: no batch has ended yet", report.pipeline);
    };
    let waiting: u64 = report.sources.iter().map(|source| source.waiting).sum();
    format!(
        "batch {batch}: {} read{}, {waiting} waiting, {} out{}",
        count(report.records, "record"),
        new(report.records, before.map(|before| before.records)),
        count(report.rows_out, "row"),
        new(report.rows_out, before.map(|before| before.rows_out)),
    )
}

fn nothing_read(report: &StateReport) -> String {
    let names: Vec<String> = report
        .sources
        .iter()
        .map(|source| format!("`{}`", source.name))
        .collect();
    let sources = match names.len() {
        1 => format!("source {}", names.join(", ")),
        _ => format!("sources {}", names.join(", ")),
    };
    format!(
        "nothing was read yet from {sources}\nhint: a stream begins with the records that come after its start; \
         `starting_offsets = \"earliest\"` in the source begins with what is there"
    )
}

#[cfg(test)]
#[path = "why_test.rs"]
mod tests;
