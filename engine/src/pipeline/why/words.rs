//! Counts, sizes and times, as people read them.

use crate::time::put_shown;

const UNITS: [(i64, &str); 4] = [
    (86_400_000_000, "day"),
    (3_600_000_000, "hour"),
    (60_000_000, "minute"),
    (1_000_000, "second"),
];

/// `1 row`, `2 rows`.
pub(super) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Like [`count`] where the verb has to fit: `1 row was`, `2 rows were`.
pub(super) fn counted(number: u64, noun: &str, one: &str, many: &str) -> String {
    format!("{} {}", count(number, noun), if number == 1 { one } else { many })
}

/// `340 bytes`, `1.2 MB`, of 1024 as pipeline files have them.
pub(super) fn bytes(number: u64) -> String {
    let (mut size, mut unit) = (number as f64, None);
    for next in ["KB", "MB", "GB", "TB"] {
        if size < 1024.0 {
            break;
        }
        (size, unit) = (size / 1024.0, Some(next));
    }
    match unit {
        None => count(number, "byte"),
        Some(unit) => format!("{size:.1} {unit}"),
    }
}

/// A time, as tables show it: `2026-01-18 10:00:00`.
pub(super) fn time(micros: i64) -> String {
    let mut text = String::new();
    put_shown(&mut text, micros);
    text
}

/// A time named behind another one: without the date if that is the same.
pub(super) fn time_after(before: i64, micros: i64) -> String {
    let (before, text) = (time(before), time(micros));
    match (before.split_once(' '), text.split_once(' ')) {
        (Some((day_before, _)), Some((day, clock))) if day == day_before => clock.to_owned(),
        _ => text,
    }
}

/// A length of time in full: `1 day 2 hours`, `1.5 seconds`.
pub(in crate::pipeline) fn duration(micros: i64) -> String {
    parts(micros).join(" ")
}

/// Its two greatest units: `21 minutes 57 seconds`, `3 days 4 hours`.
pub(super) fn about(micros: i64) -> String {
    let shown = match micros {
        60_000_000.. => micros - micros % 1_000_000,
        _ => micros,
    };
    let mut parts = parts(shown);
    parts.truncate(2);
    parts.join(" ")
}

fn parts(micros: i64) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = micros.max(0);
    for (length, name) in UNITS {
        let (whole, left) = (rest / length, rest % length);
        let is_last = name == "second";
        if is_last && left > 0 {
            let fraction = format!("{left:06}");
            parts.push(format!("{whole}.{} seconds", fraction.trim_end_matches('0')));
        } else if whole > 0 {
            parts.push(count(whole.unsigned_abs(), name));
        }
        rest = left;
    }
    if parts.is_empty() {
        parts.push("0 seconds".to_owned());
    }
    parts
}

#[cfg(test)]
#[path = "words_test.rs"]
mod tests;
