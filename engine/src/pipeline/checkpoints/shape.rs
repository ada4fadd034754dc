//! What groups depend on, in words: two queries of one shape can go on with each other's groups.

use crate::checkpoint::QueryShape;
use crate::event_time::{Window, Windows};
use crate::pipeline::plan::{PlannedGroups, PlannedTable, TableQuery};

/// The shape of a table's groups; none if it keeps none.
pub(super) fn shape_of(table: &PlannedTable) -> Option<QueryShape> {
    let TableQuery::Groups(groups) = &table.query else {
        return None;
    };
    let PlannedGroups { aggregation, mode, .. } = &**groups;
    let keys = aggregation.key_names.iter().zip(&aggregation.keys);
    Some(QueryShape {
        window: aggregation.window.map(window),
        keys: keys.map(|(name, data_type)| format!("{name} {data_type}")).collect(),
        aggregates: aggregation
            .functions
            .iter()
            .map(|function| function.name().to_owned())
            .collect(),
        mode: mode.name().to_owned(),
        watermark: table.watermark.as_ref().map(|watermark| watermark.spec.column.clone()),
    })
}

fn window(window: Window) -> String {
    match window {
        Window::Session { gap } => format!("sessions with a gap of {}", length(gap)),
        Window::Fixed(windows) => {
            let Windows { size, slide, start } = windows;
            let mut text = format!("windows of {}", length(size));
            if slide != size {
                text.push_str(&format!(" every {}", length(slide)));
            }
            if start != 0 {
                text.push_str(&format!(", from {}", length(start)));
            }
            text
        }
    }
}

/// A length of time in the largest unit that it is a whole number of.
fn length(micros: i64) -> String {
    let units = [
        (86_400_000_000, "day"),
        (3_600_000_000, "hour"),
        (60_000_000, "minute"),
        (1_000_000, "second"),
        (1_000, "millisecond"),
        (1, "microsecond"),
    ];
    let fitting = units.into_iter().find(|(unit, _)| micros % unit == 0);
    let (unit, name) = fitting.unwrap_or((1, "microsecond"));
    match micros / unit {
        1 => format!("1 {name}"),
        count => format!("{count} {name}s"),
    }
}

#[cfg(test)]
#[path = "shape_test.rs"]
mod tests;
