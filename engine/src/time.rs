//! Points in time as text, for every 64-bit count of microseconds (chrono stops short of their range).

use arrow::datatypes::TimeUnit;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A date of the proleptic Gregorian calendar; year 0 is 1 BC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Date {
    year: i64,
    month: u8,
    day: u8,
}

impl Date {
    /// From days since 1970-01-01, by Howard Hinnant's `civil_from_days`: years begin in March, so that the leap day is
    /// the last of its year.
    fn from_days(days: i64) -> Self {
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 {
            march_month + 3
        } else {
            march_month - 9
        };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month: month as u8,
            day: day as u8,
        }
    }
}

/// Where text goes byte by byte; everything written here is ASCII.
pub(crate) trait Ascii {
    /// Appends one ASCII character.
    fn put(&mut self, character: u8);
}

impl Ascii for Vec<u8> {
    fn put(&mut self, character: u8) {
        self.push(character);
    }
}

impl Ascii for String {
    fn put(&mut self, character: u8) {
        self.push(char::from(character));
    }
}

/// `number` with at least `width` digits.
fn put_digits(out: &mut impl Ascii, number: u64, width: u32) {
    let mut divisor = 10_u64.pow(width - 1);
    while number / divisor >= 10 {
        divisor *= 10;
    }
    while divisor > 0 {
        out.put(b'0' + (number / divisor % 10) as u8);
        divisor /= 10;
    }
}

/// `2026-01-18`; beyond the year 9999 with a sign, as Java and ISO 8601 write it.
pub(crate) fn put_date(out: &mut impl Ascii, days: i64) {
    let date = Date::from_days(days);
    if date.year < 0 {
        out.put(b'-');
    } else if date.year > 9999 {
        out.put(b'+');
    }
    put_digits(out, date.year.unsigned_abs(), 4);
    out.put(b'-');
    put_digits(out, u64::from(date.month), 2);
    out.put(b'-');
    put_digits(out, u64::from(date.day), 2);
}

/// The time of day `10:08:23` of microseconds since midnight, without their fraction, which is returned.
fn put_clock(out: &mut impl Ascii, micros_of_day: u64) -> u64 {
    let seconds = micros_of_day / 1_000_000;
    put_digits(out, seconds / 3600, 2);
    out.put(b':');
    put_digits(out, seconds / 60 % 60, 2);
    out.put(b':');
    put_digits(out, seconds % 60, 2);
    micros_of_day % 1_000_000
}

/// As Spark shows it: `2026-01-18 10:08:23.14`, UTC, no trailing zeros.
pub(crate) fn put_shown(out: &mut impl Ascii, micros: i64) {
    put_date(out, micros.div_euclid(MICROS_PER_DAY));
    out.put(b' ');
    let mut fraction = put_clock(out, micros.rem_euclid(MICROS_PER_DAY) as u64);
    if fraction > 0 {
        let mut width = 6;
        while fraction.is_multiple_of(10) {
            fraction /= 10;
            width -= 1;
        }
        out.put(b'.');
        put_digits(out, fraction, width);
    }
}

/// ISO 8601 in UTC with microseconds: `2026-01-18T10:08:23.140000Z`.
pub(crate) fn put_iso(out: &mut impl Ascii, micros: i64) {
    put_date(out, micros.div_euclid(MICROS_PER_DAY));
    out.put(b'T');
    let fraction = put_clock(out, micros.rem_euclid(MICROS_PER_DAY) as u64);
    out.put(b'.');
    put_digits(out, fraction, 6);
    out.put(b'Z');
}

/// A count of `unit` since the epoch in microseconds; what a microsecond can't hold is cut at the ends of the range.
pub(crate) fn to_micros(value: i64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => value.saturating_mul(1_000_000),
        TimeUnit::Millisecond => value.saturating_mul(1_000),
        TimeUnit::Microsecond => value,
        TimeUnit::Nanosecond => value.div_euclid(1_000),
    }
}

#[cfg(test)]
#[path = "time_test.rs"]
mod tests;
