//! One value as Spark's console shows it (`ToPrettyString`): `NULL`, `{a, b}`, `[a, b]`, `{k -> v}`, `[53 70 61]`.

use std::fmt::Write;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DecimalType,
    Float16Type, Float32Type, Float64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::number::{write_double, write_float};
use crate::time::{put_date, put_shown, to_micros};

const MILLIS_PER_DAY: i64 = 86_400_000;

/// Appends the text of `array`'s value at `row`.
///
/// # Errors
/// If Arrow can't format a value of a type that Spark doesn't have (an interval, a time of day).
pub(crate) fn write_cell(out: &mut String, array: &dyn Array, row: usize) -> Result<(), ArrowError> {
    if array.is_null(row) {
        out.push_str("NULL");
        return Ok(());
    }
    match array.data_type() {
        DataType::Null => out.push_str("NULL"),
        DataType::Boolean => out.push_str(if array.as_boolean().value(row) { "true" } else { "false" }),
        DataType::Float16 => write_float(out, array.as_primitive::<Float16Type>().value(row).to_f32()),
        DataType::Float32 => write_float(out, array.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => write_double(out, array.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => out.push_str(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => out.push_str(array.as_string::<i64>().value(row)),
        DataType::Utf8View => out.push_str(array.as_string_view().value(row)),
        DataType::Binary => write_binary(out, array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => write_binary(out, array.as_binary::<i64>().value(row)),
        DataType::BinaryView => write_binary(out, array.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => write_binary(out, array.as_fixed_size_binary().value(row)),
        DataType::Timestamp(unit, _) => put_shown(out, timestamp_micros(array, *unit, row)),
        DataType::Date32 => put_date(out, i64::from(array.as_primitive::<Date32Type>().value(row))),
        DataType::Date64 => put_date(
            out,
            array.as_primitive::<Date64Type>().value(row).div_euclid(MILLIS_PER_DAY),
        ),
        DataType::Struct(_) => {
            let columns = array.as_struct().columns();
            write_between(out, '{', '}', columns, |out, column: &ArrayRef| {
                write_cell(out, column, row)
            })?;
        }
        DataType::List(_) => write_list(out, &array.as_list::<i32>().value(row))?,
        DataType::LargeList(_) => write_list(out, &array.as_list::<i64>().value(row))?,
        DataType::ListView(_) => write_list(out, &array.as_list_view::<i32>().value(row))?,
        DataType::LargeListView(_) => write_list(out, &array.as_list_view::<i64>().value(row))?,
        DataType::FixedSizeList(..) => write_list(out, &array.as_fixed_size_list().value(row))?,
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            let (keys, values) = (entries.column(0), entries.column(1));
            write_between(out, '{', '}', 0..entries.len(), |out, entry| {
                write_cell(out, keys, entry)?;
                out.push_str(" -> ");
                write_cell(out, values, entry)
            })?;
        }
        DataType::Dictionary(..) => {
            let one = array.slice(row, 1);
            let dictionary = one.as_any_dictionary();
            let key = dictionary.normalized_keys().first().copied().unwrap_or_default();
            write_cell(out, dictionary.values(), key)?;
        }
        DataType::Decimal32(..) => write_decimal::<Decimal32Type>(out, array, row),
        DataType::Decimal64(..) => write_decimal::<Decimal64Type>(out, array, row),
        DataType::Decimal128(..) => write_decimal::<Decimal128Type>(out, array, row),
        DataType::Decimal256(..) => write_decimal::<Decimal256Type>(out, array, row),
        _ => {
            let formatter = ArrayFormatter::try_new(array, &FormatOptions::default())?;
            let _infallible = write!(out, "{}", formatter.value(row));
        }
    }
    Ok(())
}

/// A timestamp of any unit in microseconds; `row` must not be null.
pub(crate) fn timestamp_micros(array: &dyn Array, unit: TimeUnit, row: usize) -> i64 {
    let value = match unit {
        TimeUnit::Second => array.as_primitive::<TimestampSecondType>().value(row),
        TimeUnit::Millisecond => array.as_primitive::<TimestampMillisecondType>().value(row),
        TimeUnit::Microsecond => array.as_primitive::<TimestampMicrosecondType>().value(row),
        TimeUnit::Nanosecond => array.as_primitive::<TimestampNanosecondType>().value(row),
    };
    to_micros(value, unit)
}

fn write_decimal<T: DecimalType>(out: &mut String, array: &dyn Array, row: usize) {
    out.push_str(&array.as_primitive::<T>().value_as_string(row));
}

fn write_binary(out: &mut String, bytes: &[u8]) {
    out.push('[');
    for (index, byte) in bytes.iter().enumerate() {
        let separator = if index == 0 { "" } else { " " };
        let _infallible = write!(out, "{separator}{byte:02X}");
    }
    out.push(']');
}

fn write_list(out: &mut String, elements: &ArrayRef) -> Result<(), ArrowError> {
    write_between(out, '[', ']', 0..elements.len(), |out, index| {
        write_cell(out, elements, index)
    })
}

fn write_between<T>(
    out: &mut String,
    open: char,
    close: char,
    parts: impl IntoIterator<Item = T>,
    mut write_part: impl FnMut(&mut String, T) -> Result<(), ArrowError>,
) -> Result<(), ArrowError> {
    out.push(open);
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write_part(out, part)?;
    }
    out.push(close);
    Ok(())
}
