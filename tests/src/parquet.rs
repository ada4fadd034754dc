//! Parquet files read by the arrow and parquet crates alone, into rows of the golden files' form.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::ChunkReader;
use serde_json::{Map, Number, Value};

use crate::rows::Row;

/// The rows of all Parquet files in a local folder and the folders in it, passing over names that begin with `_` or `.`
/// as other readers do. Columns that only folders' names hold (`key=value`) are left out.
pub fn rows(folder: &Path) -> Vec<Row> {
    let mut files = Vec::new();
    find_files(folder, &mut files);
    files.sort();
    files.iter().flat_map(|file| file_rows(file)).collect()
}

fn find_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{} can't be read: {error}", folder.display()));
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(['_', '.']) {
            continue;
        }
        if path.is_dir() {
            find_files(&path, files);
        } else if name.ends_with(".parquet") {
            files.push(path);
        }
    }
}

fn file_rows(path: &Path) -> Vec<Row> {
    let fail = |error: &dyn std::fmt::Display| -> ! { panic!("{} can't be read: {error}", path.display()) };
    let file = File::open(path).unwrap_or_else(|error| fail(&error));
    rows_in(file).unwrap_or_else(|error| fail(&error))
}

/// The rows of one Parquet file: an open one, or its bytes.
pub fn rows_in(file: impl ChunkReader + 'static) -> Result<Vec<Row>, String> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(ParquetRecordBatchReaderBuilder::build);
    let mut rows = Vec::new();
    for batch in reader.map_err(|error| error.to_string())? {
        rows.extend(batch_rows(&batch.map_err(|error| error.to_string())?));
    }
    Ok(rows)
}

/// The rows of a batch, in the golden files' form.
pub fn batch_rows(batch: &RecordBatch) -> Vec<Row> {
    let schema = batch.schema();
    let row = |at| {
        let columns = schema.fields().iter().zip(batch.columns());
        columns
            .map(|(field, column)| (field.name().clone(), value(column, at)))
            .collect()
    };
    (0..batch.num_rows()).map(row).collect()
}

fn value(array: &dyn Array, at: usize) -> Value {
    if array.is_null(at) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Boolean => Value::Bool(array.as_boolean().value(at)),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(at).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(at).into(),
        DataType::Float64 => double(array.as_primitive::<Float64Type>().value(at)),
        DataType::Utf8 => array.as_string::<i32>().value(at).into(),
        DataType::Binary => bytes(array.as_binary::<i32>().value(at)),
        DataType::Timestamp(TimeUnit::Microsecond, _) => timestamp(array, at),
        DataType::List(_) => {
            let elements = array.as_list::<i32>().value(at);
            Value::Array((0..elements.len()).map(|element| value(&elements, element)).collect())
        }
        DataType::Struct(fields) => {
            let columns = fields.iter().zip(array.as_struct().columns());
            Value::Object(
                columns
                    .map(|(field, column)| (field.name().clone(), value(column, at)))
                    .collect(),
            )
        }
        other => panic!("a column of type {other}: no pipeline here writes that"),
    }
}

/// JSON has no text for the three doubles that are no numbers; the golden files write their names.
fn double(value: f64) -> Value {
    match Number::from_f64(value) {
        Some(number) => Value::Number(number),
        None if value.is_nan() => "NaN".into(),
        None if value > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    }
}

fn timestamp(array: &dyn Array, at: usize) -> Value {
    let time = array.as_primitive::<TimestampMicrosecondType>().value_as_datetime(at);
    time.map_or(Value::Null, |time| {
        time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string().into()
    })
}

fn bytes(value: &[u8]) -> Value {
    Value::Object(Map::from_iter([("b64".to_owned(), Value::String(base64(value)))]))
}

/// Bytes as the golden files have them, in base64.
pub fn base64(value: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(value.len().div_ceil(3) * 4);
    for group in value.chunks(3) {
        let bits = group
            .iter()
            .chain([&0, &0])
            .take(3)
            .fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        for digit in 0..4 {
            let is_padding = digit > group.len();
            text.push(if is_padding {
                '='
            } else {
                char::from(DIGITS[bits >> (18 - 6 * digit) & 63])
            });
        }
    }
    text
}

#[cfg(test)]
#[path = "parquet_test.rs"]
mod tests;
