use std::sync::Arc;

use arrow::array::{
    BinaryViewArray, DictionaryArray, Int64Array, LargeStringArray, RecordBatch, StringViewArray, StructArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::Fields;

use super::super::options::KafkaSinkOptions;
use super::*;

/// A record, to be looked at.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    topic: String,
    key: Option<String>,
    value: Option<String>,
    partition: Option<i32>,
    headers: Vec<(String, Option<String>)>,
}

fn records(options: &KafkaSinkOptions, rows: &RecordBatch) -> Result<Vec<Seen>> {
    let parts = Parts::of(options, rows.schema_ref());
    let records = Rows::of(parts, options.topic.as_deref(), rows)?;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (mut json, mut headers, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..rows.num_rows() {
        let (topic, record) = records.record(row, &mut json, &mut headers)?;
        seen.push(Seen {
            topic: topic.to_owned(),
            key: record.key.map(text),
            value: record.value.map(text),
            partition: record.partition,
            headers: record
                .headers
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.map(text)))
                .collect(),
        });
    }
    Ok(seen)
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true))).unwrap()
}

fn to(topic: &str, key: Option<&str>) -> KafkaSinkOptions {
    KafkaSinkOptions {
        topic: Some(topic.to_owned()),
        key: key.map(str::to_owned),
    }
}

fn header_lists(
    keys: Vec<Option<&str>>,
    values: Vec<Option<&[u8]>>,
    lengths: Vec<usize>,
    valid: Vec<bool>,
) -> ArrayRef {
    let fields = Fields::from(vec![
        Field::new("value", DataType::Binary, true),
        Field::new("key", DataType::Utf8, true),
    ]);
    let columns: Vec<ArrayRef> = vec![Arc::new(BinaryArray::from(values)), Arc::new(StringArray::from(keys))];
    let entries = StructArray::new(fields, columns, None);
    Arc::new(ListArray::new(
        Arc::new(Field::new("element", entries.data_type().clone(), true)),
        OffsetBuffer::from_lengths(lengths),
        Arc::new(entries),
        Some(NullBuffer::from(valid)),
    ))
}

#[test]
fn columns_of_any_text_or_binary_make_records() {
    let words: DictionaryArray<Int32Type> = [Some("a"), None, Some("b")].into_iter().collect();
    let rows = batch(vec![
        ("topic", Arc::new(words)),
        (
            "key",
            Arc::new(StringViewArray::from(vec![
                Some("k"),
                Some("longer than twelve bytes"),
                None,
            ])),
        ),
        (
            "value",
            Arc::new(BinaryViewArray::from(vec![Some(&b"v"[..]), Some(b"w"), None])),
        ),
        ("partition", Arc::new(Int64Array::from(vec![None, Some(7), Some(0)]))),
    ]);
    let fault = records(&KafkaSinkOptions::default(), &rows).unwrap_err();
    assert_eq!(fault.to_string(), "the topic of a row is null");
    assert!(fault.advice().unwrap().contains("kafka = \"TOPIC\""));

    let seen = records(&to("t", None), &rows).unwrap();
    let record = |key: Option<&str>, value: Option<&str>, partition| Seen {
        topic: "t".to_owned(),
        key: key.map(str::to_owned),
        value: value.map(str::to_owned),
        partition,
        headers: Vec::new(),
    };
    assert_eq!(
        seen,
        [
            record(Some("k"), Some("v"), None),
            record(Some("longer than twelve bytes"), Some("w"), Some(7)),
            // A tombstone, for a topic that is compacted.
            record(None, None, Some(0)),
        ]
    );
    let ends = RecordBatch::clone(&rows);
    let seen = records(&KafkaSinkOptions::default(), &ends.slice(2, 1)).unwrap();
    assert_eq!(seen[0].topic, "b");
}

#[test]
fn headers_follow_their_rows() {
    let lists = header_lists(
        vec![Some("a"), Some("b"), Some("c"), None],
        vec![Some(b"1"), None, Some(b""), Some(b"x")],
        vec![2, 0, 1, 1],
        vec![true, false, true, true],
    );
    let rows = batch(vec![
        ("value", Arc::new(LargeStringArray::from(vec!["v"; 4]))),
        ("headers", lists),
    ]);
    let seen = records(&to("t", None), &rows.slice(0, 3)).unwrap();
    let own = |key: &str, value: Option<&str>| (key.to_owned(), value.map(str::to_owned));
    assert_eq!(seen[0].headers, [own("a", Some("1")), own("b", None)]);
    assert_eq!(seen[1].headers, []);
    assert_eq!(seen[2].headers, [own("c", Some(""))]);
    let fault = records(&to("t", None), &rows.slice(3, 1)).unwrap_err();
    assert_eq!(fault.to_string(), "the key of a header is null");
}

#[test]
fn a_row_is_an_object_where_there_is_no_value() {
    let rows = batch(vec![
        ("customer", Arc::new(Int64Array::from(vec![Some(42), None]))),
        ("total", Arc::new(StringArray::from(vec!["a\n", "é"]))),
    ]);
    let seen = records(&to("t", Some("customer")), &rows).unwrap();
    assert_eq!(seen[0].key.as_deref(), Some("42"));
    assert_eq!(seen[0].value.as_deref(), Some(r#"{"customer":42,"total":"a\n"}"#));
    assert_eq!(seen[1].key, None);
    assert_eq!(seen[1].value.as_deref(), Some(r#"{"customer":null,"total":"é"}"#));
}

#[test]
fn a_number_that_no_partition_has_is_told() {
    let rows = batch(vec![
        ("value", Arc::new(StringArray::from(vec!["v"]))),
        ("partition", Arc::new(Int64Array::from(vec![1 << 40]))),
    ]);
    let fault = records(&to("t", None), &rows).unwrap_err();
    assert!(
        fault
            .to_string()
            .starts_with("a row's `partition` is no partition's number: "),
        "{fault}"
    );
}
