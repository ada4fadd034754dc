//! The rows that a case expects, as its files have them.

use std::path::Path;

use arrow::datatypes::{DataType, Schema};
use chrono::{DateTime, NaiveDateTime};
use serde_json::{Map, Value};

use crate::cli::difference::Rows;
use crate::error::{Fault, Result};
use crate::time::put_iso;

/// Reads a file of rows, an object a line; empty lines are passed over. Times are made what the JSON sink prints of the same time,
/// as far as the table says that they are times.
///
/// # Errors
/// `Usage`: the file can't be read, or a line is no object.
pub(super) fn read(path: &Path, schema: &Schema) -> Result<Rows> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Fault::usage("a file of rows can't be read")
            .at(format!("`{}`", path.display()))
            .because(error)
    })?;
    let mut rows = Rows::default();
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        let mut object: Map<String, Value> = serde_json::from_str(text).map_err(|error| {
            Fault::usage("a line is no row")
                .at(format!("`{}:{line}`", path.display()))
                .because(error)
                .hint("a row is an object, `{\"column\": value}`, as `wasmill run --output json` prints it")
        })?;
        for field in schema.fields() {
            if let Some(value) = object.get_mut(field.name()) {
                as_printed(value, field.data_type());
            }
        }
        rows.push(object);
    }
    Ok(rows)
}

/// Writes a time as the JSON sink does, whatever way it was written: `2026-01-18 10:00`, or in another zone.
fn as_printed(value: &mut Value, data_type: &DataType) {
    match (value, data_type) {
        (Value::String(text), DataType::Timestamp(..)) => {
            if let Some(micros) = micros(text) {
                text.clear();
                put_iso(text, micros);
            }
        }
        (Value::Object(object), DataType::Struct(fields)) => {
            for field in fields {
                if let Some(value) = object.get_mut(field.name()) {
                    as_printed(value, field.data_type());
                }
            }
        }
        (Value::Array(values), DataType::List(field) | DataType::LargeList(field)) => {
            for value in values {
                as_printed(value, field.data_type());
            }
        }
        _ => {}
    }
}

/// Microseconds since the epoch, if that is what the text says. Without a zone it is UTC.
fn micros(text: &str) -> Option<i64> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.timestamp_micros());
    }
    let text = text.replacen('T', " ", 1);
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(&text, form).ok())
        .map(|time| time.and_utc().timestamp_micros())
}

#[cfg(test)]
#[path = "expected_test.rs"]
mod tests;
