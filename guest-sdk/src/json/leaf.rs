//! Values of one type each, by the rules of the two settings.

use super::reader::{Miss, Read, Reader};
use crate::{Date, Timestamp};

const AN_INT32: &str = "a 32-bit integer";
const AN_INT64: &str = "a 64-bit integer";
const A_DOUBLE: &str = "a number that fits a double";
const A_TIMESTAMP: &str = "a timestamp such as `\"2026-01-18T10:08:23Z\"`";
const A_DATE: &str = "a date such as `\"2026-01-18\"`";

impl<const SPARK: bool> Reader<'_, SPARK> {
    /// Goes over a null if one stands here.
    #[inline(always)]
    pub(crate) fn take_null(&mut self) -> bool {
        let null = self.peek() == b'n' && self.is_null();
        self.at += if null { "null".len() } else { 0 };
        null
    }

    /// Reads an array's elements in turn.
    #[inline(always)]
    pub(crate) fn elements(&mut self, mut element: impl FnMut(&mut Self) -> Read) -> Read {
        if self.peek() != b'[' {
            return self.other_type(self.at, "an array");
        }
        self.enter()?;
        let mut index = 0;
        while self.peek() != b']' {
            element(self)
                .and_then(|()| self.next(b']'))
                .inspect_err(|_| self.in_element(index))?;
            index += 1;
        }
        self.leave();
        Ok(())
    }

    /// Goes over an object, whatever is in it.
    pub(crate) fn any_object(&mut self) -> Read {
        if self.peek() != b'{' {
            return self.other_type(self.at, "an object");
        }
        self.skip_value()
    }

    #[inline(always)]
    pub(crate) fn boolean(&mut self) -> Read<bool> {
        match self.peek() {
            b't' => self.literal("true").map(|()| true),
            b'f' => self.literal("false").map(|()| false),
            _ => self.other_type(self.at, "`true` or `false`"),
        }
    }

    #[inline(always)]
    pub(crate) fn int32(&mut self) -> Read<i32> {
        let start = self.at;
        match i32::try_from(self.integer(AN_INT32)?) {
            Ok(value) => Ok(value),
            Err(_) => self.other_type(start, AN_INT32),
        }
    }

    #[inline(always)]
    pub(crate) fn int64(&mut self) -> Read<i64> {
        self.integer(AN_INT64)
    }

    #[inline(always)]
    pub(crate) fn double(&mut self) -> Read<f64> {
        match self.short_decimal() {
            Some(value) => Ok(value),
            None => self.long_double(),
        }
    }

    #[cold]
    fn long_double(&mut self) -> Read<f64> {
        let start = self.at;
        match self.number(A_DOUBLE) {
            Ok(number) => {
                let value = number.double();
                if SPARK {
                    // Java reads the integer -0 as a plain 0, and what is too large as an infinity.
                    return Ok(if number.integer { value + 0.0 } else { value });
                }
                if value.is_infinite() {
                    self.other_type(start, A_DOUBLE)
                } else {
                    Ok(value)
                }
            }
            Err(Miss::Type) if SPARK => {
                self.at = start;
                self.spark_double()
            }
            Err(miss) => Err(miss),
        }
    }

    /// NaN and the infinities, bare or as a text.
    #[cold]
    fn spark_double(&mut self) -> Read<f64> {
        let start = self.at;
        if let Some(value) = self.no_number() {
            return Ok(value);
        }
        if !self.at_text() {
            return self.other_type(start, A_DOUBLE);
        }
        match &*self.text()? {
            "NaN" => Ok(f64::NAN),
            "Infinity" | "+Infinity" | "+INF" => Ok(f64::INFINITY),
            "-Infinity" | "-INF" => Ok(f64::NEG_INFINITY),
            _ => self.other_type(start, A_DOUBLE),
        }
    }

    /// Appends a text to `out`. Spark takes any other value as a text too, as Jackson writes it.
    #[inline(always)]
    pub(crate) fn append_as_text(&mut self, out: &mut Vec<u8>) -> Read {
        if !SPARK || self.at_text() || self.is_null() {
            return self.append_text(out);
        }
        self.append_compact(out)
    }

    pub(crate) fn timestamp(&mut self) -> Read<Timestamp> {
        let start = self.at;
        let value = if self.at_text() {
            Timestamp::parse(&self.text()?)
        } else if SPARK {
            // A bare number is whole seconds. In strict reading it is an `i64` whose unit the program says.
            self.integer(A_TIMESTAMP)?
                .checked_mul(1_000_000)
                .map(Timestamp::from_micros)
        } else {
            None
        };
        match value {
            Some(value) => Ok(value),
            None => self.other_type(start, A_TIMESTAMP),
        }
    }

    pub(crate) fn date(&mut self) -> Read<Date> {
        let start = self.at;
        let value = if self.at_text() {
            let text = self.text()?;
            // Spark takes a text that is a whole number as days, as it stored dates long ago.
            let days = || text.parse().ok().filter(|_| SPARK).map(Date::from_days);
            Date::parse(&text).or_else(days)
        } else {
            None
        };
        match value {
            Some(value) => Ok(value),
            None => self.other_type(start, A_DATE),
        }
    }
}
