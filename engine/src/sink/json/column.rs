//! A column ready to be written as JSON: its type is looked at once a batch, not once a value.

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    DataType, Date32Type, Field, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow::error::ArrowError;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::sink::show::{timestamp_micros, write_cell};
use crate::text::json_for_terminal;
use crate::time::{put_date, put_iso};

type PutValue<'a> = Box<dyn Fn(&mut Vec<u8>, usize) -> Result<(), ArrowError> + Send + Sync + 'a>;

/// Writes the values of one column.
pub(crate) struct Encoder<'a> {
    nulls: Option<NullBuffer>,
    put_value: PutValue<'a>,
}

impl<'a> Encoder<'a> {
    /// An encoder of whole rows, as objects with the columns in their order.
    pub(crate) fn of_rows(rows: &'a RecordBatch) -> Result<Self, ArrowError> {
        Ok(Self {
            nulls: None,
            put_value: object(rows.schema_ref().fields(), rows.columns())?,
        })
    }

    fn of(array: &'a dyn Array) -> Result<Self, ArrowError> {
        Ok(Self {
            // A dictionary's nulls may stand in its values.
            nulls: array.logical_nulls(),
            put_value: values(array)?,
        })
    }

    /// Appends the value at `row`.
    pub(crate) fn put(&self, out: &mut Vec<u8>, row: usize) -> Result<(), ArrowError> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            out.extend_from_slice(b"null");
            Ok(())
        } else {
            (self.put_value)(out, row)
        }
    }
}

fn values(array: &dyn Array) -> Result<PutValue<'_>, ArrowError> {
    Ok(match array.data_type() {
        DataType::Null => infallible(|out, _| out.extend_from_slice(b"null")),
        DataType::Boolean => booleans(array.as_boolean()),
        DataType::Int8 => numbers::<Int8Type>(array),
        DataType::Int16 => numbers::<Int16Type>(array),
        DataType::Int32 => numbers::<Int32Type>(array),
        DataType::Int64 => numbers::<Int64Type>(array),
        DataType::UInt8 => numbers::<UInt8Type>(array),
        DataType::UInt16 => numbers::<UInt16Type>(array),
        DataType::UInt32 => numbers::<UInt32Type>(array),
        DataType::UInt64 => numbers::<UInt64Type>(array),
        DataType::Float32 => doubles::<Float32Type>(array),
        DataType::Float64 => doubles::<Float64Type>(array),
        DataType::Utf8 => {
            let array = array.as_string::<i32>();
            infallible(|out, row| put_text(out, array.value(row)))
        }
        DataType::LargeUtf8 => {
            let array = array.as_string::<i64>();
            infallible(|out, row| put_text(out, array.value(row)))
        }
        DataType::Utf8View => {
            let array = array.as_string_view();
            infallible(|out, row| put_text(out, array.value(row)))
        }
        DataType::Binary => {
            let array = array.as_binary::<i32>();
            infallible(|out, row| put_binary(out, array.value(row)))
        }
        DataType::LargeBinary => {
            let array = array.as_binary::<i64>();
            infallible(|out, row| put_binary(out, array.value(row)))
        }
        DataType::BinaryView => {
            let array = array.as_binary_view();
            infallible(|out, row| put_binary(out, array.value(row)))
        }
        DataType::FixedSizeBinary(_) => {
            let array = array.as_fixed_size_binary();
            infallible(|out, row| put_binary(out, array.value(row)))
        }
        DataType::Timestamp(unit, _) => {
            let unit = *unit;
            infallible(move |out, row| quoted(out, |out| put_iso(out, timestamp_micros(array, unit, row))))
        }
        DataType::Date32 => {
            let array = array.as_primitive::<Date32Type>();
            infallible(|out, row| quoted(out, |out| put_date(out, i64::from(array.value(row)))))
        }
        DataType::Struct(fields) => object(fields, array.as_struct().columns())?,
        DataType::List(_) => {
            let array = array.as_list::<i32>();
            let range = |row| {
                (
                    array.value_offsets()[row] as usize,
                    array.value_offsets()[row + 1] as usize,
                )
            };
            list(array.values(), range)?
        }
        DataType::LargeList(_) => {
            let array = array.as_list::<i64>();
            let range = |row| {
                (
                    array.value_offsets()[row] as usize,
                    array.value_offsets()[row + 1] as usize,
                )
            };
            list(array.values(), range)?
        }
        DataType::FixedSizeList(_, length) => {
            let (array, length) = (array.as_fixed_size_list(), *length as usize);
            list(array.values(), move |row| (row * length, (row + 1) * length))?
        }
        DataType::Map(..) => map(array)?,
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let keys = dictionary.normalized_keys();
            let value = Encoder::of(dictionary.values())?;
            Box::new(move |out, row| value.put(out, keys[row]))
        }
        _ => shown(array),
    })
}

fn infallible<'a>(put: impl Fn(&mut Vec<u8>, usize) + Send + Sync + 'a) -> PutValue<'a> {
    Box::new(move |out, row| {
        put(out, row);
        Ok(())
    })
}

fn booleans(array: &BooleanArray) -> PutValue<'_> {
    infallible(|out, row| out.extend_from_slice(if array.value(row) { b"true" } else { b"false" }))
}

fn numbers<T: ArrowPrimitiveType<Native: serde::Serialize>>(array: &dyn Array) -> PutValue<'_> {
    let array: &PrimitiveArray<T> = array.as_primitive();
    infallible(|out, row| put_number(out, &array.value(row)))
}

fn doubles<T: ArrowPrimitiveType<Native: Into<f64>>>(array: &dyn Array) -> PutValue<'_> {
    let array: &PrimitiveArray<T> = array.as_primitive();
    infallible(|out, row| {
        let value: f64 = array.value(row).into();
        if value.is_finite() {
            put_number(out, &value);
        } else if value.is_nan() {
            out.extend_from_slice(b"\"NaN\"");
        } else {
            out.extend_from_slice(if value > 0.0 { b"\"Infinity\"" } else { b"\"-Infinity\"" });
        }
    })
}

fn object<'a>(
    fields: impl IntoIterator<Item = &'a std::sync::Arc<Field>>,
    columns: &'a [ArrayRef],
) -> Result<PutValue<'a>, ArrowError> {
    let mut members = Vec::with_capacity(columns.len());
    for (index, (field, column)) in fields.into_iter().zip(columns).enumerate() {
        let mut name = if index == 0 { Vec::new() } else { vec![b','] };
        put_text(&mut name, field.name());
        name.push(b':');
        members.push((name, Encoder::of(column)?));
    }
    Ok(Box::new(move |out, row| {
        out.push(b'{');
        for (name, value) in &members {
            out.extend_from_slice(name);
            value.put(out, row)?;
        }
        out.push(b'}');
        Ok(())
    }))
}

fn list<'a>(
    elements: &'a ArrayRef,
    range: impl Fn(usize) -> (usize, usize) + Send + Sync + 'a,
) -> Result<PutValue<'a>, ArrowError> {
    let element = Encoder::of(elements)?;
    Ok(Box::new(move |out, row| {
        let (from, until) = range(row);
        out.push(b'[');
        for index in from..until {
            if index > from {
                out.push(b',');
            }
            element.put(out, index)?;
        }
        out.push(b']');
        Ok(())
    }))
}

fn map(array: &dyn Array) -> Result<PutValue<'_>, ArrowError> {
    let map = array.as_map();
    let value = Encoder::of(map.values())?;
    Ok(Box::new(move |out, row| {
        let mut key = String::new();
        let range = map.value_offsets()[row] as usize..map.value_offsets()[row + 1] as usize;
        out.push(b'{');
        for entry in range.clone() {
            if entry > range.start {
                out.push(b',');
            }
            key.clear();
            write_cell(&mut key, map.keys(), entry)?;
            put_text(out, &key);
            out.push(b':');
            value.put(out, entry)?;
        }
        out.push(b'}');
        Ok(())
    }))
}

/// The text the console would show: decimals, and types Spark doesn't have.
fn shown(array: &dyn Array) -> PutValue<'_> {
    Box::new(move |out, row| {
        let mut text = String::new();
        write_cell(&mut text, array, row)?;
        put_text(out, &text);
        Ok(())
    })
}

fn put_number(out: &mut Vec<u8>, number: &impl serde::Serialize) {
    let _infallible = serde_json::to_writer(out, number);
}

/// A text in quotes, escaped.
pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    if text.is_ascii() && !text.contains('\u{7f}') {
        let _infallible = serde_json::to_writer(out, text);
        return;
    }
    // Any terminal may come to show the line: what would steer it is escaped, which JSON leaves to the writer.
    let json = serde_json::Value::from(text).to_string();
    out.extend_from_slice(json_for_terminal(&json).as_bytes());
}

fn quoted(out: &mut Vec<u8>, put: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'"');
    put(out);
    out.push(b'"');
}

fn put_binary(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(b"{\"b64\":\"");
    let start = out.len();
    // Four characters for each three bytes begun.
    let length = bytes.len().div_ceil(3) * 4;
    out.resize(start + length, b'=');
    let _infallible = BASE64_STANDARD.encode_slice(bytes, &mut out[start..]);
    out.extend_from_slice(b"\"}");
}
