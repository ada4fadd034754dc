use serde_json::json;

use super::super::files::tests::folder;
use super::{Arc, Records, Row, Windows};
use crate::kills::output::{Output, Verdict};
use crate::kills::records::Sums;

/// 2026-01-18 12:00:00: the first window begins twelve hours before.
const NOON_MS: i64 = 1_768_737_600_000;

/// The row of a customer in the first window, or that many records of it.
fn row(customer: u64, count: u64) -> Row {
    let Sums { total, low, high, .. } = crate::kills::records::first(customer, count);
    let row = json!({
        "window": {"start": "2026-01-18T00:00:00.000000Z", "end": "2026-01-18T00:00:05.000000Z"},
        "customer_id": format!("CUST-{customer:03}"), "n": count, "total": total, "low": low, "high": high,
    });
    row.as_object().cloned().unwrap()
}

fn windows(end: u64) -> Windows {
    let records = Records::new(false, NOON_MS);
    records.close(end);
    Windows::new(Arc::new(records), folder().1)
}

#[test]
fn each_window_has_to_be_there_once_and_whole() {
    // 30 records: three of each of the first six customers, two of each other.
    let mut windows = windows(30);
    for customer in 0..6 {
        assert_eq!(windows.take(&row(customer, 3), "a"), Ok(()));
    }
    for customer in 6..11 {
        assert_eq!(windows.take(&row(customer, 2), "b"), Ok(()));
    }
    assert_eq!(windows.verdict(30), Verdict { lost: 2, twice: 0 });
    assert!(windows.take(&row(11, 1), "b").unwrap_err().starts_with("a window is "));
    assert_eq!(windows.verdict(30), Verdict { lost: 1, twice: 0 });
    assert!(
        windows
            .take(&row(0, 3), "c")
            .unwrap_err()
            .starts_with("a window is there twice, in `a` and in `c`")
    );
    assert_eq!(windows.verdict(30), Verdict { lost: 1, twice: 3 });
}
