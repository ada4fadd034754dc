use std::sync::Arc;

use arrow::array::{Int32Array, ListArray, StringArray, TimestampMicrosecondArray, UInt64Array};
use arrow::datatypes::{Int32Type, Schema};
use serde_json::Value;

use super::*;
use crate::sink::fixture_test::{golden, load, read};

fn lines(rows: &RecordBatch) -> Vec<String> {
    let mut out = Vec::new();
    write_rows(&mut out, rows).unwrap();
    String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn every_golden_row_is_written_as_it_was_read() {
    let mut compared = 0;
    for folder in ["show", "batch"] {
        for entry in std::fs::read_dir(golden(folder)).unwrap() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            let Some(name) = file.strip_suffix(".rows.jsonl") else {
                continue;
            };
            let expected = read(&format!("{folder}/{file}"));
            let written = lines(&load(&format!("{folder}/{name}")));
            assert_eq!(written.len(), expected.lines().count(), "{name}");
            for (ours, theirs) in written.iter().zip(expected.lines()) {
                let ours: Value = serde_json::from_str(ours).unwrap();
                assert_eq!(ours, serde_json::from_str::<Value>(theirs).unwrap(), "{name}");
                compared += 1;
            }
        }
    }
    assert!(compared > 2_000);
}

#[test]
fn a_line_names_its_batch_and_table() {
    let rows = load("batch/orders-total");
    let mut out = Vec::new();
    write_table_rows(&mut out, 7, "par \"client\"", &rows).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.starts_with(r#"{"batch":7,"table":"par \"client\"","row":{"n":66,"#),
        "{text}"
    );
    assert!(text.ends_with("}}\n"));
}

#[test]
fn doubles_are_as_short_as_they_can_be() {
    let text = lines(&load("batch/orders-commandes-cell7"));
    assert_eq!(
        text[0],
        r#"{"order_id":46474,"customer_id":"CUST-017","total":899.88,"status":"created","partition":0}"#
    );
}

#[test]
fn slices_dictionaries_and_nested_nulls() {
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([
        Some(vec![Some(1)]),
        None,
        Some(vec![]),
        Some(vec![Some(2), None]),
    ]);
    let words: arrow::array::DictionaryArray<Int32Type> =
        [Some("a"), None, Some("b\n"), Some("a")].into_iter().collect();
    let rows = RecordBatch::try_from_iter([
        ("l", Arc::new(lists) as arrow::array::ArrayRef),
        ("w", Arc::new(words)),
        ("u", Arc::new(UInt64Array::from(vec![u64::MAX; 4]))),
        (
            "t",
            Arc::new(TimestampMicrosecondArray::from(vec![None, Some(1), None, Some(-1)])),
        ),
    ])
    .unwrap();
    assert_eq!(
        lines(&rows.slice(1, 3)),
        [
            r#"{"l":null,"w":null,"u":18446744073709551615,"t":"1970-01-01T00:00:00.000001Z"}"#,
            r#"{"l":[],"w":"b\n","u":18446744073709551615,"t":null}"#,
            r#"{"l":[2,null],"w":"a","u":18446744073709551615,"t":"1969-12-31T23:59:59.999999Z"}"#,
        ]
    );
}

#[test]
fn rows_larger_than_the_buffer_and_rows_without_columns() {
    let wide = "é".repeat(100_000);
    let rows = RecordBatch::try_from_iter([
        (
            "s",
            Arc::new(StringArray::from(vec![wide.as_str(); 3])) as arrow::array::ArrayRef,
        ),
        ("i", Arc::new(Int32Array::from(vec![1, 2, 3]))),
    ])
    .unwrap();
    let written = lines(&rows);
    assert_eq!(written.len(), 3);
    assert!(written[2].ends_with(r#"","i":3}"#));
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(2));
    let empty = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options).unwrap();
    assert_eq!(lines(&empty), ["{}", "{}"]);
}
