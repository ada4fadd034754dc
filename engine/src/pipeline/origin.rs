//! Which partition rows come from: a chunk taken apart where it changes, without a copy.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int32Type;

use crate::batch::TopicPartition;

/// The columns of a source's or a guest's rows that name their partition.
const COLUMNS: [(&str, &str); 2] = [("kafka_topic", "kafka_partition"), ("topic", "partition")];

/// The rows by partition, in their order. Where topic or partition is null, none is known.
pub(super) fn by_partition(rows: &RecordBatch) -> Vec<(Option<TopicPartition>, RecordBatch)> {
    let columns = COLUMNS.iter().find_map(|(topic, partition)| {
        let topics = rows.column_by_name(topic)?.as_string_opt::<i32>()?;
        let partitions = rows.column_by_name(partition)?.as_primitive_opt::<Int32Type>()?;
        Some((topics, partitions))
    });
    let Some((topics, partitions)) = columns.filter(|_| rows.num_rows() > 0) else {
        return vec![(None, rows.clone())];
    };
    let origin = |row: usize| {
        let is_known = topics.is_valid(row) && partitions.is_valid(row);
        is_known.then(|| (topics.value(row), partitions.value(row)))
    };
    let mut parts = Vec::new();
    let mut start = 0;
    for row in 1..=rows.num_rows() {
        let goes_on = row < rows.num_rows() && origin(row) == origin(start);
        if !goes_on {
            let partition = origin(start).map(|(topic, partition)| TopicPartition {
                topic: Arc::from(topic),
                partition,
            });
            parts.push((partition, rows.slice(start, row - start)));
            start = row;
        }
    }
    parts
}

#[cfg(test)]
#[path = "origin_test.rs"]
mod tests;
