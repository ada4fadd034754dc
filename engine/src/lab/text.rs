//! Texts and numbers as Python writes them.

use chrono::DateTime;

/// A time in UTC as `isoformat(timespec="microseconds")` writes it: `2026-01-18T10:08:23.143000`.
pub(super) fn time(at_us: i64) -> String {
    let at = DateTime::from_timestamp_micros(at_us).unwrap_or_default();
    at.format("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}

/// `round(number, 2)`: both round the exact value of the double.
pub(super) fn round2(number: f64) -> f64 {
    format!("{number:.2}").parse().unwrap_or(number)
}

/// A float as `repr` writes it: the shortest text that reads back the same, with a point in it.
pub(super) fn float(number: f64) -> String {
    format!("{number:?}")
}
