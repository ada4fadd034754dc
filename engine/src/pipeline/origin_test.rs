use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray};

use super::super::testing::records;
use super::by_partition;

/// Rows with these columns of topics and partitions, and their own number as `n`.
fn rows(names: [&str; 2], origins: &[(Option<&str>, Option<i32>)]) -> RecordBatch {
    let topics: StringArray = origins.iter().map(|(topic, _)| *topic).collect();
    let partitions: Int32Array = origins.iter().map(|(_, partition)| *partition).collect();
    let numbers: Int64Array = (0..).take(origins.len()).map(Some).collect();
    let columns: [(&str, ArrayRef); 3] = [
        (names[0], Arc::new(topics)),
        ("n", Arc::new(numbers)),
        (names[1], Arc::new(partitions)),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap()
}

/// The parts as `topic-partition: first row + rows`.
fn parts(rows: &RecordBatch) -> Vec<String> {
    let mut start = 0;
    let parts = by_partition(rows).into_iter().map(|(origin, part)| {
        let length = part.num_rows();
        assert_eq!(part, rows.slice(start, length), "the parts are the rows in their order");
        start += length;
        match origin {
            Some(origin) => format!("{}-{}: {length}", origin.topic, origin.partition),
            None => format!("unknown: {length}"),
        }
    });
    let parts = parts.collect();
    assert_eq!(start, rows.num_rows());
    parts
}

const SOURCE: [&str; 2] = ["topic", "partition"];
const GUEST: [&str; 2] = ["kafka_topic", "kafka_partition"];

#[test]
fn rows_of_a_source_and_of_a_guest_know_their_partition() {
    assert_eq!(parts(&records(&["a", "b"])), ["t-0: 2"]);
    for names in [SOURCE, GUEST] {
        assert_eq!(parts(&rows(names, &[(Some("a"), Some(3))])), ["a-3: 1"]);
    }
}

#[test]
fn taken_apart_where_topic_or_partition_changes() {
    let origins = [("a", 0), ("a", 0), ("a", 1), ("b", 1), ("b", 1), ("b", 1), ("a", 0)];
    let origins = origins.map(|(topic, partition)| (Some(topic), Some(partition)));
    assert_eq!(parts(&rows(SOURCE, &origins)), ["a-0: 2", "a-1: 1", "b-1: 3", "a-0: 1"]);
    assert_eq!(
        parts(&rows(SOURCE, &origins).slice(1, 3)),
        ["a-0: 1", "a-1: 1", "b-1: 1"]
    );
}

#[test]
fn a_guests_own_columns_come_before_those_it_was_given() {
    let own = rows(GUEST, &[(Some("kafka"), Some(1))]);
    let given = rows(SOURCE, &[(Some("other"), Some(2))]);
    let both = [&given, &own].into_iter().flat_map(|rows| {
        let names = rows
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect::<Vec<_>>();
        names.into_iter().zip(rows.columns().to_vec())
    });
    let both = RecordBatch::try_from_iter_with_nullable(both.map(|(name, column)| (name, column, true))).unwrap();
    assert_eq!(parts(&both), ["kafka-1: 1"]);
}

#[test]
fn without_such_columns_the_partition_is_unknown() {
    assert_eq!(parts(&rows(["topic", "part"], &[(Some("a"), Some(0))])), ["unknown: 1"]);
    let texts = rows(SOURCE, &[(Some("a"), Some(0))]);
    // A query's own columns of these names, but of other types.
    let columns: [(&str, ArrayRef); 2] = [
        ("topic", Arc::clone(texts.column(0))),
        ("partition", Arc::new(Int64Array::from(vec![0]))),
    ];
    assert_eq!(parts(&RecordBatch::try_from_iter(columns).unwrap()), ["unknown: 1"]);
}

#[test]
fn no_rows_are_one_part() {
    assert_eq!(parts(&rows(SOURCE, &[])), ["unknown: 0"]);
}

#[test]
fn a_null_names_no_partition() {
    let origins = [
        (Some("a"), Some(0)),
        (None, Some(0)),
        (Some("a"), None),
        (None, None),
        (Some(""), Some(0)),
    ];
    assert_eq!(parts(&rows(SOURCE, &origins)), ["a-0: 1", "unknown: 3", "-0: 1"]);
}
