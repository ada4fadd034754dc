//! The conversions behind Spark's casts.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, StringArray, StringBuilder, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimestampMicrosecondType};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::ScalarUDF;

use super::of_types;
use super::timestamp::parse;
use crate::batch::timestamp_type;
use crate::number::write_double;
use crate::time::put_shown;

const MICROS: i64 = 1_000_000;

/// What is no UTF-8 becomes the replacement character.
pub(in crate::sql) fn text_of_bytes() -> ScalarUDF {
    of_types("text_of_bytes", vec![DataType::Binary], DataType::Utf8, |args| {
        let bytes = first(args)?.as_binary::<i32>();
        // Nearly always all of it is UTF-8: then its buffers are the text's.
        if let Ok(text) = StringArray::try_new(bytes.offsets().clone(), bytes.values().clone(), bytes.nulls().cloned())
        {
            return Ok(Arc::new(text));
        }
        let mut text = StringBuilder::new();
        for value in bytes {
            text.append_option(value.map(String::from_utf8_lossy));
        }
        Ok(Arc::new(text.finish()))
    })
}

/// `2026-01-18 10:08:23.143`, without trailing zeros.
pub(in crate::sql) fn text_of_timestamp() -> ScalarUDF {
    of_types("text_of_timestamp", vec![timestamp_type()], DataType::Utf8, |args| {
        let mut texts = StringBuilder::new();
        let mut text = String::new();
        for time in first(args)?.as_primitive::<TimestampMicrosecondType>() {
            text.clear();
            texts.append_option(time.map(|time| {
                put_shown(&mut text, time);
                text.as_str()
            }));
        }
        Ok(Arc::new(texts.finish()))
    })
}

/// As Java prints it: `1.0`, `1.0E7`, `NaN`.
pub(in crate::sql) fn text_of_double() -> ScalarUDF {
    of_types("text_of_double", vec![DataType::Float64], DataType::Utf8, |args| {
        let numbers = first(args)?.as_primitive::<Float64Type>();
        let mut texts = StringBuilder::with_capacity(numbers.len(), numbers.len() * 8);
        let mut text = String::new();
        for number in numbers {
            text.clear();
            texts.append_option(number.map(|number| {
                write_double(&mut text, number);
                text.as_str()
            }));
        }
        Ok(Arc::new(texts.finish()))
    })
}

/// The time that a text says; a text that says none is an error.
pub(in crate::sql) fn timestamp_of_text() -> ScalarUDF {
    of_types("timestamp_of_text", vec![DataType::Utf8], timestamp_type(), |args| {
        let texts = first(args)?.as_string::<i32>();
        let times = texts.iter().map(|text| match text {
            None => Ok(None),
            Some(text) => match parse(text) {
                Some(time) => Ok(Some(time)),
                None => exec_err!(
                    "`{}` is no timestamp; `try_to_timestamp` gives null for such a text",
                    text.chars().take(60).collect::<String>()
                ),
            },
        });
        Ok(timestamps(times.collect::<Result<_>>()?))
    })
}

/// The time that a text says, null if it says none.
pub(in crate::sql) fn try_timestamp_of_text() -> ScalarUDF {
    of_types(
        "try_timestamp_of_text",
        vec![DataType::Utf8],
        timestamp_type(),
        |args| {
            let texts = first(args)?.as_string::<i32>();
            Ok(timestamps(texts.iter().map(|text| text.and_then(parse)).collect()))
        },
    )
}

/// Seconds since the epoch as a time.
pub(in crate::sql) fn timestamp_of_seconds() -> ScalarUDF {
    of_types(
        "timestamp_of_seconds",
        vec![DataType::Int64],
        timestamp_type(),
        |args| {
            let seconds = first(args)?.as_primitive::<Int64Type>();
            Ok(timestamps(seconds.unary::<_, TimestampMicrosecondType>(|seconds| {
                seconds.saturating_mul(MICROS)
            })))
        },
    )
}

/// Whole seconds since the epoch, rounded down.
pub(in crate::sql) fn seconds_of_timestamp() -> ScalarUDF {
    of_types(
        "seconds_of_timestamp",
        vec![timestamp_type()],
        DataType::Int64,
        |args| {
            let times = first(args)?.as_primitive::<TimestampMicrosecondType>();
            let seconds: Int64Array = times.unary(|time| time.div_euclid(MICROS));
            Ok(Arc::new(seconds))
        },
    )
}

/// Seconds since the epoch with their fraction.
pub(in crate::sql) fn fractional_seconds_of_timestamp() -> ScalarUDF {
    of_types(
        "fractional_seconds_of_timestamp",
        vec![timestamp_type()],
        DataType::Float64,
        |args| {
            let times = first(args)?.as_primitive::<TimestampMicrosecondType>();
            let seconds: Float64Array = times.unary(|time| time as f64 / MICROS as f64);
            Ok(Arc::new(seconds))
        },
    )
}

fn timestamps(times: TimestampMicrosecondArray) -> ArrayRef {
    Arc::new(times.with_timezone("UTC"))
}

fn first(args: &[ArrayRef]) -> Result<&ArrayRef> {
    args.first()
        .ok_or_else(|| exec_datafusion_err!("a conversion of nothing"))
}
