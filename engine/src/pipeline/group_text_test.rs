use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

use super::*;

fn group(start: Option<i64>, keys: Vec<ArrayRef>) -> LargestGroup {
    LargestGroup { start, keys, bytes: 0 }
}

fn text(value: Option<&str>) -> ArrayRef {
    Arc::new(StringArray::from(vec![value]))
}

#[test]
fn windows_as_times() {
    assert_eq!(
        window_text(1_768_730_400_000_000, 1_768_730_460_500_000),
        "2026-01-18 10:00:00 to 2026-01-18 10:01:00.5"
    );
    assert_eq!(time_text(-1), "1969-12-31 23:59:59.999999");
}

#[test]
fn groups_by_their_keys() {
    let names = ["host".to_owned(), "n".to_owned(), "x".to_owned()];
    let keys = vec![
        text(Some("a")),
        Arc::new(Int64Array::from(vec![None])) as ArrayRef,
        Arc::new(Float64Array::from(vec![1.0])),
    ];
    assert_eq!(
        group_text(&names, &group(Some(1_768_730_400_000_000), keys.clone())),
        "`host=a, n=NULL, x=1.0` of 2026-01-18 10:00:00"
    );
    assert_eq!(group_text(&names, &group(None, keys)), "`host=a, n=NULL, x=1.0`");
    assert_eq!(group_text(&[], &group(None, Vec::new())), "all rows");
    assert_eq!(
        group_text(&[], &group(Some(0), Vec::new())),
        "all rows of 1970-01-01 00:00:00"
    );
}

#[test]
fn keys_are_data_and_not_for_a_terminal() {
    let names = ["k".to_owned()];
    let shown = |value: &str| group_text(&names, &group(None, vec![text(Some(value))]));
    assert_eq!(shown("\u{1b}[31mred\n\u{7}"), r"`k=\u{1b}[31mred\n\u{7}`");
    assert_eq!(shown(&"é".repeat(60)), format!("`k={}`", "é".repeat(60)));
    assert_eq!(shown(&"é".repeat(61)), format!("`k={}...`", "é".repeat(60)));
    assert_eq!(shown(""), "`k=`");
}
