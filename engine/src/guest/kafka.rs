//! Kafka's own columns beside a module's: each row gets those of the record it came from.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::batch::{Records, kafka_schema};

/// Which of a source's columns stand beside a module's, in this order: key, topic, partition, offset, timestamp, and
/// headers if the source has them.
const JOINED: [usize; 5] = [0, 2, 3, 4, 5];
const HEADERS: usize = 7;

fn joined(include_headers: bool) -> impl Iterator<Item = usize> {
    JOINED.into_iter().chain(include_headers.then_some(HEADERS))
}

/// A module's fields, then Kafka's as `kafka_key`, `kafka_topic`, ...
pub(super) fn with_kafka_fields(own: &Schema, include_headers: bool) -> SchemaRef {
    let source = kafka_schema(include_headers);
    let mut fields: Vec<_> = own.fields().iter().cloned().collect();
    fields.extend(joined(include_headers).map(|column| {
        let field = source.field(column);
        Arc::new(Field::new(
            format!("kafka_{}", field.name()),
            field.data_type().clone(),
            true,
        ))
    }));
    Arc::new(Schema::new(fields))
}

/// Puts the columns of each row's record behind the module's own. `origins` count from the beginning of `range`.
pub(super) fn with_kafka_columns(
    schema: &SchemaRef,
    own: &[ArrayRef],
    origins: &[u32],
    records: &Records,
    range: &Range<usize>,
) -> Result<RecordBatch, ArrowError> {
    let source = records.slice(range.start, range.len());
    let include_headers = schema.fields().len() > own.len() + JOINED.len();
    // Mostly each record is one row, and its columns are there already.
    let one_to_one = origins.len() == range.len() && origins.iter().zip(0..).all(|(origin, row)| *origin == row);
    let taken = (!one_to_one).then(|| UInt32Array::from(origins.to_vec()));
    let mut columns = own.to_vec();
    for column in joined(include_headers) {
        let column = source.table().column(column);
        columns.push(match &taken {
            None => Arc::clone(column),
            Some(origins) => take(column, origins, None)?,
        });
    }
    RecordBatch::try_new(Arc::clone(schema), columns)
}
