//! Tables out of the golden files: a schema as `printSchema` prints it, rows as JSON lines; and both compared with
//! what a query gave.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryBuilder, BooleanArray, Float64Array, Int32Array, Int64Array, ListArray,
    RecordBatch, StringArray, StructArray, TimestampMicrosecondArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{
    DataType, Field, Fields, Float64Type, Int32Type, Int64Type, Schema, SchemaRef, TimestampMicrosecondType,
};
use serde_json::{Map, Value, json};

use crate::batch::timestamp_type;

/// A golden file's text.
pub(super) fn golden(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures/golden")
        .join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of `NAME.rows.jsonl`.
pub(super) fn golden_rows(name: &str) -> Vec<Value> {
    golden(&format!("{name}.rows.jsonl"))
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The schema of `NAME.schema.txt`.
pub(super) fn golden_schema(name: &str) -> SchemaRef {
    let text = golden(&format!("{name}.schema.txt"));
    let lines: Vec<&str> = text.lines().skip(1).filter(|line| !line.is_empty()).collect();
    let mut rest = lines.as_slice();
    Arc::new(Schema::new(fields(&mut rest, 1)))
}

/// A golden case as a table: name in the query, schema, rows.
pub(super) fn golden_table(name: &str) -> (SchemaRef, RecordBatch) {
    let schema = golden_schema(name);
    let batch = batch(&schema, &golden_rows(name));
    (schema, batch)
}

fn fields(lines: &mut &[&str], depth: usize) -> Fields {
    let mut found = Vec::new();
    while let Some((line, rest)) = lines.split_first() {
        let at = line.find("-- ").unwrap();
        if (at - 2) / 5 + 1 != depth {
            break;
        }
        *lines = rest;
        let (name, type_and_null) = line[at + 3..].split_once(": ").unwrap();
        let (type_name, null) = type_and_null.split_once(" (").unwrap();
        let data_type = match type_name {
            "string" => DataType::Utf8,
            "integer" => DataType::Int32,
            "long" => DataType::Int64,
            "double" => DataType::Float64,
            "boolean" => DataType::Boolean,
            "binary" => DataType::Binary,
            "timestamp" => timestamp_type(),
            "struct" => DataType::Struct(fields(lines, depth + 1)),
            "array" => DataType::List(Arc::clone(&fields(lines, depth + 1)[0])),
            other => panic!("no type {other}"),
        };
        found.push(Field::new(name, data_type, null.ends_with("= true)")));
    }
    found.into()
}

/// Rows of JSON as columns.
pub(super) fn batch(schema: &SchemaRef, rows: &[Value]) -> RecordBatch {
    let columns = schema
        .fields()
        .iter()
        .map(|field| column(field.data_type(), rows.iter().map(|row| &row[field.name()]).collect()))
        .collect();
    RecordBatch::try_new(Arc::clone(schema), columns).unwrap()
}

fn column(data_type: &DataType, values: Vec<&Value>) -> ArrayRef {
    match data_type {
        DataType::Utf8 => Arc::new(values.iter().map(|value| value.as_str()).collect::<StringArray>()),
        DataType::Boolean => Arc::new(values.iter().map(|value| value.as_bool()).collect::<BooleanArray>()),
        DataType::Int32 => Arc::new(
            values
                .iter()
                .map(|value| Some(value.as_i64()? as i32))
                .collect::<Int32Array>(),
        ),
        DataType::Int64 => Arc::new(values.iter().map(|value| value.as_i64()).collect::<Int64Array>()),
        DataType::Float64 => Arc::new(values.iter().map(|value| double(value)).collect::<Float64Array>()),
        DataType::Timestamp(..) => {
            let micros = values.iter().map(|value| value.as_str().map(micros));
            Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
        }
        DataType::Binary => {
            let mut bytes = BinaryBuilder::new();
            values
                .iter()
                .for_each(|value| bytes.append_option(value["b64"].as_str().map(base64)));
            Arc::new(bytes.finish())
        }
        DataType::Struct(fields) => {
            let columns = fields
                .iter()
                .map(|field| {
                    let part = |value: &&'_ Value| -> Value { value.get(field.name()).cloned().unwrap_or_default() };
                    let parts: Vec<Value> = values.iter().map(part).collect();
                    column(field.data_type(), parts.iter().collect())
                })
                .collect();
            let valid = NullBuffer::from_iter(values.iter().map(|value| !value.is_null()));
            Arc::new(StructArray::new(fields.clone(), columns, Some(valid)))
        }
        DataType::List(element) => {
            let lists: Vec<&[Value]> = values
                .iter()
                .map(|value| value.as_array().map_or(&[][..], Vec::as_slice))
                .collect();
            let inner = column(element.data_type(), lists.iter().copied().flatten().collect());
            let valid = NullBuffer::from_iter(values.iter().map(|value| !value.is_null()));
            let offsets = OffsetBuffer::from_lengths(lists.iter().map(|list| list.len()));
            Arc::new(ListArray::new(Arc::clone(element), offsets, inner, Some(valid)))
        }
        other => panic!("no rows of {other}"),
    }
}

fn double(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_f64(),
    }
}

fn micros(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text
        .bytes()
        .filter(|byte| *byte != b'=')
        .map(|byte| DIGITS.find(byte as char).unwrap() as u32);
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for digit in digits {
        bits = bits << 6 | digit;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

/// Columns as rows of JSON, in the golden files' form.
pub(super) fn rows(batches: &[RecordBatch]) -> Vec<Value> {
    let of_batch = |batch: &RecordBatch| {
        let schema = batch.schema();
        let row = |i: usize| {
            let cells = schema.fields().iter().zip(batch.columns());
            Value::Object(
                cells
                    .map(|(field, column)| (field.name().clone(), cell(column, i)))
                    .collect(),
            )
        };
        (0..batch.num_rows()).map(row).collect::<Vec<_>>()
    };
    batches.iter().flat_map(of_batch).collect()
}

fn cell(column: &ArrayRef, i: usize) -> Value {
    if column.is_null(i) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Utf8 => json!(column.as_string::<i32>().value(i)),
        DataType::Boolean => json!(column.as_boolean().value(i)),
        DataType::Int32 => json!(column.as_primitive::<Int32Type>().value(i)),
        DataType::Int64 => json!(column.as_primitive::<Int64Type>().value(i)),
        DataType::Float64 => {
            let number = column.as_primitive::<Float64Type>().value(i);
            if number.is_finite() {
                json!(number)
            } else {
                json!(number.to_string().replace("inf", "Infinity"))
            }
        }
        DataType::Timestamp(..) => {
            let micros = column.as_primitive::<TimestampMicrosecondType>().value(i);
            let time = chrono::DateTime::from_timestamp_micros(micros).unwrap();
            json!(time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
        }
        DataType::Date32 => json!(chrono::NaiveDate::from_epoch_days(
            column.as_primitive::<arrow::datatypes::Date32Type>().value(i)
        )),
        DataType::Struct(fields) => {
            let columns = fields.iter().zip(column.as_struct().columns());
            Value::Object(
                columns
                    .map(|(field, column)| (field.name().clone(), cell(column, i)))
                    .collect::<Map<_, _>>(),
            )
        }
        DataType::List(_) => {
            let list = column.as_list::<i32>().value(i);
            Value::Array((0..list.len()).map(|i| cell(&list, i)).collect())
        }
        other => panic!("no cell of {other}"),
    }
}

/// Equal, sums to 1e-9 of themselves.
pub(super) fn alike(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            let (left, right) = (left.as_f64().unwrap(), right.as_f64().unwrap());
            (left - right).abs() <= 1e-9 * left.abs().max(right.abs())
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(a, b)| a.0 == b.0 && alike(a.1, b.1))
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(a, b)| alike(a, b))
        }
        _ => left == right,
    }
}

/// A schema's types and nullability as one line each. An array's element has no name of its own in Spark.
pub(super) fn types(schema: &Schema) -> String {
    fn of(field: &Field) -> String {
        let null = if field.is_nullable() { "?" } else { "" };
        let text = match field.data_type() {
            DataType::Struct(fields) => {
                format!(
                    "{{{}}}",
                    fields
                        .iter()
                        .map(|field| format!("{}: {}", field.name(), of(field)))
                        .collect::<Vec<_>>()
                        .join(", ")
                )
            }
            DataType::List(element) => format!("[{}]", of(element)),
            other => other.to_string(),
        };
        format!("{text}{null}")
    }
    schema
        .fields()
        .iter()
        .map(|field| format!("{}: {}", field.name(), of(field)))
        .collect::<Vec<_>>()
        .join("\n")
}
