//! Times by a pattern of letters: `date_format(time, 'dd/MM/yyyy HH:mm')` and `to_timestamp(text, pattern)`.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringBuilder, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use chrono::format::{Parsed, StrftimeItems, parse};
use chrono::{DateTime, NaiveTime};
use datafusion::common::{Result, exec_datafusion_err, exec_err, internal_err};
use datafusion::logical_expr::ScalarUDF;

use super::of_types;
use crate::batch::timestamp_type;

/// `date_format(time, pattern)`.
pub(super) fn date_format() -> ScalarUDF {
    of_types(
        "date_format",
        vec![timestamp_type(), DataType::Utf8],
        DataType::Utf8,
        |args| {
            let [times, patterns] = args else {
                return internal_err!("`date_format` of {} arguments", args.len());
            };
            let mut pattern_read = LastPattern::default();
            let mut texts = StringBuilder::new();
            for (time, pattern) in times
                .as_primitive::<TimestampMicrosecondType>()
                .iter()
                .zip(patterns.as_string::<i32>())
            {
                let (Some(time), Some(pattern)) = (time, pattern) else {
                    texts.append_null();
                    continue;
                };
                // Beyond some 262,000 years there is no calendar to write by: one such row must not end the query.
                match DateTime::from_timestamp_micros(time) {
                    Some(time) => texts.append_value(time.format(pattern_read.get(pattern)?).to_string()),
                    None => texts.append_null(),
                }
            }
            Ok(Arc::new(texts.finish()) as ArrayRef)
        },
    )
}

/// `to_timestamp(text, pattern)`: a text that does not fit is an error.
pub(super) fn parse_timestamp() -> ScalarUDF {
    of_types(
        "parse_timestamp",
        vec![DataType::Utf8, DataType::Utf8],
        timestamp_type(),
        |args| {
            parsed(args, |text, pattern| {
                exec_err!("`{text}` does not fit `{pattern}`; `try_to_timestamp` gives null for such a text")
            })
        },
    )
}

/// `try_to_timestamp(text, pattern)`: a text that does not fit is null.
pub(super) fn try_parse_timestamp() -> ScalarUDF {
    of_types(
        "try_parse_timestamp",
        vec![DataType::Utf8, DataType::Utf8],
        timestamp_type(),
        |args| parsed(args, |_, _| Ok(None)),
    )
}

fn parsed(args: &[ArrayRef], unfit: impl Fn(&str, &str) -> Result<Option<i64>>) -> Result<ArrayRef> {
    let [texts, patterns] = args else {
        return internal_err!("`to_timestamp` of {} arguments", args.len());
    };
    let mut pattern_read = LastPattern::default();
    let mut times = Vec::with_capacity(texts.len());
    for (text, pattern) in texts.as_string::<i32>().iter().zip(patterns.as_string::<i32>()) {
        times.push(match (text, pattern) {
            (Some(text), Some(pattern)) => match read(text, pattern_read.get(pattern)?) {
                Some(time) => Some(time),
                None => unfit(text, pattern)?,
            },
            _ => None,
        });
    }
    Ok(Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC")))
}

/// A text by chrono's pattern; what the pattern leaves out is midnight and UTC.
fn read(text: &str, pattern: &str) -> Option<i64> {
    let mut parsed = Parsed::new();
    parse(&mut parsed, text, StrftimeItems::new(pattern)).ok()?;
    let date = parsed.to_naive_date().ok()?;
    let minute = parsed.minute().unwrap_or(0);
    let time = match parsed.to_naive_time() {
        Ok(time) => time,
        Err(_) => {
            let hour = parsed
                .hour_div_12()
                .zip(parsed.hour_mod_12())
                .map_or(0, |(half, hour)| half * 12 + hour);
            NaiveTime::from_hms_opt(hour, minute, 0)?
        }
    };
    let offset = i64::from(parsed.offset().unwrap_or(0)) * 1_000_000;
    date.and_time(time).and_utc().timestamp_micros().checked_sub(offset)
}

/// The pattern that was translated last: nearly always the same for all rows.
#[derive(Default)]
struct LastPattern {
    spark: String,
    chrono: String,
}

impl LastPattern {
    fn get(&mut self, spark: &str) -> Result<&str> {
        if self.spark != spark || self.chrono.is_empty() {
            self.chrono = translate(spark).map_err(|why| exec_datafusion_err!("date pattern `{spark}`: {why}"))?;
            self.spark = spark.to_owned();
        }
        Ok(&self.chrono)
    }
}

/// Java's pattern letters as chrono's.
fn translate(pattern: &str) -> Result<String, String> {
    let mut chrono = String::new();
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\'' {
            quoted(&mut letters, &mut chrono);
            continue;
        }
        if !letter.is_ascii_alphabetic() {
            literal(letter, &mut chrono);
            continue;
        }
        let mut count = 1;
        while letters.next_if_eq(&letter).is_some() {
            count += 1;
        }
        // A point before a fraction belongs to it in chrono's form.
        let code = match (letter, count) {
            ('y' | 'u', 2) => "%y",
            ('y' | 'u', _) => "%Y",
            ('M' | 'L', 1) => "%-m",
            ('M' | 'L', 2) => "%m",
            ('M' | 'L', 3) => "%b",
            ('M' | 'L', _) => "%B",
            ('d', 1) => "%-d",
            ('d', 2) => "%d",
            ('D', 3) => "%j",
            ('D', _) => "%-j",
            ('E', 1..=3) => "%a",
            ('E', _) => "%A",
            ('H', 1) => "%-H",
            ('H', 2) => "%H",
            ('h', 1) => "%-I",
            ('h', 2) => "%I",
            ('m', 1) => "%-M",
            ('m', 2) => "%M",
            ('s', 1) => "%-S",
            ('s', 2) => "%S",
            ('S', 3) => "%3f",
            ('S', 6) => "%6f",
            ('S', 9) => "%9f",
            ('a', _) => "%p",
            ('X' | 'x' | 'Z', 1 | 2) => "%z",
            ('X' | 'x', _) => "%:z",
            _ => {
                return Err(format!(
                    "the letters `{}` mean nothing here",
                    letter.to_string().repeat(count)
                ));
            }
        };
        chrono.push_str(code);
    }
    Ok(chrono)
}

fn quoted(letters: &mut std::iter::Peekable<std::str::Chars<'_>>, chrono: &mut String) {
    // Two quotes are one.
    if letters.next_if_eq(&'\'').is_some() {
        chrono.push('\'');
        return;
    }
    for letter in letters.take_while(|letter| *letter != '\'') {
        literal(letter, chrono);
    }
}

fn literal(letter: char, chrono: &mut String) {
    if letter == '%' {
        chrono.push('%');
    }
    chrono.push(letter);
}

#[cfg(test)]
#[path = "pattern_test.rs"]
mod tests;
