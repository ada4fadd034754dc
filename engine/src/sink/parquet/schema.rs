//! The columns of a file, as every reader expects them: microseconds in UTC, three-level lists, all nullable.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::batch::timestamp_type;

/// The schema of the files for rows of `schema`.
pub(super) fn file_schema(schema: &Schema) -> SchemaRef {
    Arc::new(Schema::new(
        schema
            .fields()
            .iter()
            .map(|field| file_field(field))
            .collect::<Fields>(),
    ))
}

/// The columns with their types, in words.
pub(super) fn columns(schema: &Schema) -> Vec<String> {
    let columns = schema.fields().iter();
    columns
        .map(|field| format!("{} {}", field.name(), field.data_type()))
        .collect()
}

fn file_field(field: &Field) -> FieldRef {
    // Without metadata: an Arrow extension type would follow the column into the file.
    Arc::new(Field::new(field.name(), file_type(field.data_type()), true))
}

fn file_type(data_type: &DataType) -> DataType {
    let list =
        |element: &FieldRef| DataType::List(Arc::new(Field::new("element", file_type(element.data_type()), true)));
    match data_type {
        DataType::Timestamp(..) => timestamp_type(),
        DataType::Date64 => DataType::Date32,
        DataType::Float16 => DataType::Float32,
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::Dictionary(_, values) => file_type(values),
        DataType::List(element)
        | DataType::LargeList(element)
        | DataType::ListView(element)
        | DataType::LargeListView(element)
        | DataType::FixedSizeList(element, _) => list(element),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(|field| file_field(field)).collect()),
        DataType::Map(entries, sorted) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => {
                let key = Field::new("key", file_type(fields[0].data_type()), false);
                let value = Field::new("value", file_type(fields[1].data_type()), true);
                let entries = DataType::Struct(Fields::from(vec![key, value]));
                DataType::Map(Arc::new(Field::new("key_value", entries, false)), *sorted)
            }
            _ => data_type.clone(),
        },
        plain => plain.clone(),
    }
}

/// The rows with the columns of `schema`; a column that has its type already is not copied.
pub(super) fn conform(rows: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let convert = |(column, field): (&ArrayRef, &FieldRef)| {
        if column.data_type() == field.data_type() {
            Ok(Arc::clone(column))
        } else {
            cast(column, field.data_type())
        }
    };
    let columns = rows
        .columns()
        .iter()
        .zip(schema.fields())
        .map(convert)
        .collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
}

#[cfg(test)]
#[path = "schema_test.rs"]
mod tests;
