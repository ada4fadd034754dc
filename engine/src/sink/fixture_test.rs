//! Loads the golden rows as typed Arrow columns: `NAME.schema.txt` says the types, `NAME.rows.jsonl` has the values.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::*;
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::batch::timestamp_type;

pub(super) fn golden(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures/golden")
        .join(relative)
}

pub(super) fn read(relative: &str) -> String {
    std::fs::read_to_string(golden(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
}

/// The rows of `batch/orders-items` and the like, as one batch.
pub(super) fn load(name: &str) -> RecordBatch {
    let schema = parse_schema(&read(&format!("{name}.schema.txt")));
    let text = read(&format!("{name}.rows.jsonl"));
    let rows: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(&quote_numbers(line)).unwrap())
        .collect();
    let columns = schema.fields().iter().map(|field| column(field, &rows)).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(schema, columns, &options).unwrap()
}

/// Numbers as text, since serde_json may read a double one unit off.
fn quote_numbers(line: &str) -> String {
    let mut out = String::new();
    let mut in_text = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        if in_text {
            out.push(character);
            if character == '\\' {
                out.extend(characters.next());
            } else if character == '"' {
                in_text = false;
            }
        } else if character.is_ascii_digit() || character == '-' {
            out.push('"');
            out.push(character);
            while let Some(next) = characters.next_if(|next| next.is_ascii_digit() || "+-.eE".contains(*next)) {
                out.push(next);
            }
            out.push('"');
        } else {
            in_text = character == '"';
            out.push(character);
        }
    }
    out
}

pub(super) fn parse_schema(tree: &str) -> SchemaRef {
    let mut lines = tree
        .lines()
        .skip(1)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (indent, rest) = line.split_once("-- ").unwrap();
            (indent.chars().filter(|c| *c == '|').count(), rest)
        })
        .peekable();
    let mut fields = Vec::new();
    while lines.peek().is_some() {
        fields.push(parse_field(&mut lines));
    }
    Arc::new(Schema::new(fields))
}

fn parse_field<'a>(lines: &mut std::iter::Peekable<impl Iterator<Item = (usize, &'a str)>>) -> Field {
    let (level, text) = lines.next().unwrap();
    let (name, rest) = text.rsplit_once(": ").unwrap();
    let (type_text, nullable) = rest
        .split_once(" (")
        .map_or((rest, false), |(t, n)| (t, n.ends_with("= true)")));
    let mut inner = Vec::new();
    while lines.peek().is_some_and(|(next, _)| *next > level) {
        inner.push(parse_field(lines));
    }
    let data_type = match type_text {
        "integer" => DataType::Int32,
        "long" => DataType::Int64,
        "double" => DataType::Float64,
        "float" => DataType::Float32,
        "boolean" => DataType::Boolean,
        "string" => DataType::Utf8,
        "binary" => DataType::Binary,
        "date" => DataType::Date32,
        "timestamp" => timestamp_type(),
        "decimal(10,2)" => DataType::Decimal128(10, 2),
        "struct" => DataType::Struct(Fields::from(inner)),
        "array" => DataType::List(Arc::new(inner.remove(0))),
        "map" => {
            let entries = Field::new("entries", DataType::Struct(Fields::from(inner)), false);
            DataType::Map(Arc::new(entries), false)
        }
        other => panic!("type {other}"),
    };
    Field::new(name, data_type, nullable)
}

fn column(field: &Field, rows: &[Value]) -> ArrayRef {
    let values: Vec<&Value> = rows
        .iter()
        .map(|row| row.get(field.name()).unwrap_or(&Value::Null))
        .collect();
    build(field.data_type(), &values)
}

fn parsed<T: std::str::FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}

fn double(value: &Value) -> Option<f64> {
    // Rust reads NaN, Infinity and -Infinity too.
    parsed(value)
}

fn micros(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
}

fn days(text: &str) -> i32 {
    let date: chrono::NaiveDate = text.parse().unwrap();
    date.signed_duration_since(chrono::NaiveDate::default()).num_days() as i32
}

fn build(data_type: &DataType, values: &[&Value]) -> ArrayRef {
    let each = values.iter();
    match data_type {
        DataType::Int32 => Arc::new(each.map(|v| parsed::<i32>(v)).collect::<Int32Array>()),
        DataType::Int64 => Arc::new(each.map(|v| parsed::<i64>(v)).collect::<Int64Array>()),
        DataType::Float64 => Arc::new(each.map(|v| double(v)).collect::<Float64Array>()),
        DataType::Float32 => Arc::new(each.map(|v| double(v).map(|d| d as f32)).collect::<Float32Array>()),
        DataType::Boolean => Arc::new(each.map(|v| v.as_bool()).collect::<BooleanArray>()),
        DataType::Utf8 => Arc::new(each.map(|v| v.as_str()).collect::<StringArray>()),
        DataType::Binary => {
            let bytes = each.map(|v| Some(BASE64_STANDARD.decode(v.get("b64")?.as_str()?).unwrap()));
            Arc::new(bytes.collect::<BinaryArray>())
        }
        DataType::Date32 => Arc::new(each.map(|v| v.as_str().map(days)).collect::<Date32Array>()),
        DataType::Timestamp(..) => {
            let stamps = each
                .map(|v| v.as_str().map(micros))
                .collect::<TimestampMicrosecondArray>();
            Arc::new(stamps.with_timezone("UTC"))
        }
        DataType::Decimal128(precision, scale) => {
            let units = each.map(|v| v.as_str().map(|text| text.replace('.', "").parse::<i128>().unwrap()));
            let units = units.collect::<Decimal128Array>();
            Arc::new(units.with_precision_and_scale(*precision, *scale).unwrap())
        }
        DataType::Struct(fields) => {
            let columns = fields.iter().map(|field| {
                let inner: Vec<&Value> = values
                    .iter()
                    .map(|v| v.get(field.name()).unwrap_or(&Value::Null))
                    .collect();
                build(field.data_type(), &inner)
            });
            let columns = columns.collect();
            Arc::new(StructArray::try_new_with_length(fields.clone(), columns, validity(values), values.len()).unwrap())
        }
        DataType::List(element) => {
            let inner: Vec<&Value> = values.iter().filter_map(|v| v.as_array()).flatten().collect();
            let lengths = values.iter().map(|v| v.as_array().map_or(0, Vec::len));
            let offsets = OffsetBuffer::from_lengths(lengths);
            let array = ListArray::new(
                Arc::clone(element),
                offsets,
                build(element.data_type(), &inner),
                validity(values),
            );
            Arc::new(array)
        }
        DataType::Map(entries, _) => {
            let DataType::Struct(fields) = entries.data_type() else {
                panic!("{entries}")
            };
            let pairs: Vec<(Value, &Value)> = values
                .iter()
                .filter_map(|v| v.as_object())
                .flatten()
                .map(|(key, value)| (Value::String(key.clone()), value))
                .collect();
            let keys: Vec<&Value> = pairs.iter().map(|(key, _)| key).collect();
            let inner: Vec<&Value> = pairs.iter().map(|(_, value)| *value).collect();
            let columns = vec![
                build(fields[0].data_type(), &keys),
                build(fields[1].data_type(), &inner),
            ];
            let offsets = OffsetBuffer::from_lengths(values.iter().map(|v| v.as_object().map_or(0, |o| o.len())));
            let structs = StructArray::new(fields.clone(), columns, None);
            Arc::new(MapArray::new(
                Arc::clone(entries),
                offsets,
                structs,
                validity(values),
                false,
            ))
        }
        other => panic!("{other}"),
    }
}

fn validity(values: &[&Value]) -> Option<NullBuffer> {
    Some(NullBuffer::from_iter(values.iter().map(|value| !value.is_null())))
}
