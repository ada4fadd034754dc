use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray};

use super::by_partition;

fn rows(topics: &[&str], partitions: &[i32]) -> RecordBatch {
    let topics: ArrayRef = Arc::new(StringArray::from(topics.to_vec()));
    let partitions: ArrayRef = Arc::new(Int32Array::from(partitions.to_vec()));
    RecordBatch::try_from_iter([("kafka_topic", topics), ("kafka_partition", partitions)]).unwrap()
}

fn parts(rows: &RecordBatch) -> Vec<(String, usize)> {
    let name = |partition: Option<crate::batch::TopicPartition>| {
        partition.map_or("-".to_owned(), |partition| partition.to_string())
    };
    by_partition(rows)
        .into_iter()
        .map(|(partition, rows)| (name(partition), rows.num_rows()))
        .collect()
}

#[test]
fn a_chunk_comes_apart_where_its_partition_changes() {
    let mixed = rows(&["a", "a", "a", "b", "b"], &[0, 0, 1, 1, 0]);
    let wanted = [
        ("topic `a` partition 0", 2),
        ("topic `a` partition 1", 1),
        ("topic `b` partition 1", 1),
        ("topic `b` partition 0", 1),
    ];
    assert_eq!(parts(&mixed), wanted.map(|(name, rows)| (name.to_owned(), rows)));
}

#[test]
fn rows_that_do_not_say_are_of_no_partition() {
    let numbers: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
    let rows = RecordBatch::try_from_iter([("x", numbers)]).unwrap();
    assert_eq!(parts(&rows), [("-".to_owned(), 2)]);
}
