//! Windows and groups as messages name them.

use crate::sink::show::write_cell;
use crate::time::put_shown;
use crate::window::LargestGroup;

/// How much of a key is shown: it may be as long as a record.
const LONGEST_KEY: usize = 60;

/// A time, as tables show it: `2026-01-18 10:00:00`.
pub(super) fn time_text(micros: i64) -> String {
    let mut text = String::new();
    put_shown(&mut text, micros);
    text
}

/// How many: `1 group`, `2 groups`.
pub(super) fn groups_text(count: usize) -> String {
    format!("{count} group{}", if count == 1 { "" } else { "s" })
}

/// A window: `2026-01-18 10:00:00 to 2026-01-18 10:01:00`.
pub(super) fn window_text(start: i64, end: i64) -> String {
    format!("{} to {}", time_text(start), time_text(end))
}

/// A group: `` `host=a, level=ERROR` of 2026-01-18 10:00:00 ``.
pub(super) fn group_text(names: &[String], group: &LargestGroup) -> String {
    let keys = names.iter().zip(&group.keys).map(|(name, column)| {
        let mut text = String::new();
        let shown = write_cell(&mut text, column, 0);
        let text = shown.map_or_else(|_| "?".to_owned(), |()| text);
        // Keys are data: what a terminal would take as a command is shown as what it is.
        let text: String = text.chars().flat_map(|c| c.escape_debug()).collect();
        let cut: String = text.chars().take(LONGEST_KEY).collect();
        let more = if cut.len() < text.len() { "..." } else { "" };
        format!("{name}={cut}{more}")
    });
    let keys: Vec<String> = keys.collect();
    let keys = match keys.is_empty() {
        true => "all rows".to_owned(),
        false => format!("`{}`", keys.join(", ")),
    };
    match group.start {
        Some(start) => format!("{keys} of {}", time_text(start)),
        None => keys,
    }
}

#[cfg(test)]
#[path = "group_text_test.rs"]
mod tests;
