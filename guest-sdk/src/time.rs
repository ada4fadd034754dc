//! Points in time and days, and the texts they are written as.

use std::fmt;

const DAY_MICROS: i64 = 86_400_000_000;

/// A point in time: microseconds since the epoch, UTC.
///
/// ```
/// use wasmill_sdk::Timestamp;
///
/// let time = Timestamp::parse("2026-01-18T11:08:23.5+01:00").unwrap();
/// assert_eq!(time, Timestamp::from_millis(1_768_730_903_500));
/// assert_eq!(time.to_string(), "2026-01-18T10:08:23.500000Z");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the epoch.
    pub fn from_micros(micros: i64) -> Timestamp {
        Timestamp(micros)
    }

    /// From milliseconds since the epoch, as Kafka counts; times that microseconds can't hold become the first or last one.
    pub fn from_millis(millis: i64) -> Timestamp {
        Timestamp(millis.saturating_mul(1000))
    }

    /// Microseconds since the epoch.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// The day it is in, UTC.
    pub fn date(self) -> Date {
        // An i64 of microseconds is less than 2^31 days.
        Date(self.0.div_euclid(DAY_MICROS) as i32)
    }

    /// Reads a text as Spark's cast from string does: a year, month, day, hour, minute, second, fraction (digits behind the sixth
    /// are dropped), zone (none is UTC; `Z`, `UTC`, `GMT` or an offset), and any of them from the month on may be missing.
    /// Anything else is `None`, also a time without a day and a zone by its place (`Europe/Paris`).
    pub fn parse(text: &str) -> Option<Timestamp> {
        let mut scan = Scan::new(text);
        let days = i64::from(scan.date(6)?);
        let (mut micros, mut offset) = (0, 0);
        if scan.take(b" T") {
            let (hour, minute, second);
            (hour, minute, second, micros, offset) = scan.time()?;
            micros += ((hour * 60 + minute) * 60 + second) * 1_000_000;
        }
        let micros = days.checked_mul(DAY_MICROS)?.checked_add(micros)?;
        scan.is_done()
            .then_some(Timestamp(micros.checked_sub(offset * 1_000_000)?))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.rem_euclid(DAY_MICROS);
        let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(out, "{}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z", self.date())
    }
}

/// A day: days since the epoch.
///
/// ```
/// use wasmill_sdk::Date;
///
/// let day = Date::parse("2026-01-18").unwrap();
/// assert_eq!(day.days(), 20_471);
/// assert_eq!(day.to_string(), "2026-01-18");
/// assert_eq!(Date::parse("2026-02-30"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

impl Date {
    /// From days since the epoch.
    pub fn from_days(days: i32) -> Date {
        Date(days)
    }

    /// Days since the epoch.
    pub fn days(self) -> i32 {
        self.0
    }

    /// Reads a text as Spark's cast from string does: a year, month and day, of which the latter may be missing; behind a whole
    /// date and a blank or `T` may stand anything.
    pub fn parse(text: &str) -> Option<Date> {
        let mut scan = Scan::new(text);
        let days = scan.date(7)?;
        (scan.is_done() || (scan.segments == 3 && scan.take(b" T"))).then_some(Date(days))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(i64::from(self.0));
        let sign = if year < 0 { "-" } else { "" };
        write!(out, "{sign}{:04}-{month:02}-{day:02}", year.abs())
    }
}

/// A text and how far it is read.
struct Scan<'a> {
    rest: &'a [u8],
    /// How many of year, month and day the date had.
    segments: u32,
}

impl<'a> Scan<'a> {
    /// Without white space and control characters around it, as Spark.
    fn new(text: &'a str) -> Scan<'a> {
        let rest = text.trim_matches(|char: char| char <= ' ' || char == '\x7f').as_bytes();
        Scan { rest, segments: 0 }
    }

    fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    fn take(&mut self, any: &[u8]) -> bool {
        match self.rest {
            [first, rest @ ..] if any.contains(first) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Between `least` and `most` digits, and no more behind them.
    fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits < least || digits > most {
            return None;
        }
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        Some(
            number
                .iter()
                .fold(0, |value, digit| value * 10 + i64::from(digit - b'0')),
        )
    }

    /// `[+-]year[-month[-day]]` as days since the epoch.
    fn date(&mut self, year_digits: usize) -> Option<i32> {
        let negative = self.rest.first() == Some(&b'-');
        self.take(b"+-");
        let year = self.number(4, year_digits)?;
        let year = if negative { -year } else { year };
        let (mut month, mut day) = (1, 1);
        self.segments = 1;
        if self.take(b"-") {
            month = self.number(1, 2)?;
            self.segments = 2;
            if self.take(b"-") {
                day = self.number(1, 2)?;
                self.segments = 3;
            }
        }
        let valid = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
        if valid {
            days_from_civil(year, month, day).try_into().ok()
        } else {
            None
        }
    }

    /// Hour, minute, second, microseconds and the zone's seconds east of Greenwich.
    fn time(&mut self) -> Option<(i64, i64, i64, i64, i64)> {
        if self.segments < 3 {
            return None;
        }
        let hour = self.number(1, 2)?;
        let (mut minute, mut second, mut micros, mut offset) = (0, 0, 0, 0);
        if self.take(b":") {
            minute = self.number(1, 2)?;
            if self.take(b":") {
                second = self.number(1, 2)?;
                if self.take(b".") {
                    let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                    let (fraction, rest) = self.rest.split_at(digits);
                    self.rest = rest;
                    micros = (0..6).fold(0, |micros, place| {
                        micros * 10 + fraction.get(place).map_or(0, |digit| i64::from(digit - b'0'))
                    });
                }
                if !self.is_done() {
                    offset = zone(std::str::from_utf8(self.rest).ok()?)?;
                    self.rest = &[];
                }
            }
        }
        (hour < 24 && minute < 60 && second < 60).then_some((hour, minute, second, micros, offset))
    }
}

/// A zone's seconds east of Greenwich, as Java's `ZoneId.of` reads it: `Z`, or `UTC`, `GMT` or `UT` with an offset or none, or
/// an offset: `+h`, `+hh`, `+hh:mm`, `+hhmm`, `+hh:mm:ss`, `+hhmmss`, and Spark's `+h:mm` and `+hh:m`.
fn zone(zone: &str) -> Option<i64> {
    let zone = zone.trim();
    if zone == "Z" {
        return Some(0);
    }
    let offset = ["UTC", "GMT", "UT"]
        .into_iter()
        .find_map(|name| zone.strip_prefix(name));
    let offset = match offset {
        Some("") => return Some(0),
        Some(offset) => offset,
        None => zone,
    };
    let sign = match offset.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let offset = &offset[1..];
    let digits = |text: &str, most: usize| {
        let plain = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if plain { text.parse::<i64>().ok() } else { None }
    };
    let (hours, minutes, seconds) = if offset.contains(':') {
        let mut parts = offset.split(':');
        let (hours, minutes) = (digits(parts.next()?, 2)?, parts.next()?);
        let seconds = parts.next();
        // One digit of minutes is Spark's own, and only at the end.
        let whole = |part: &str| digits(part, 2).filter(|_| part.len() == 2);
        let minutes = if seconds.is_some() {
            whole(minutes)?
        } else {
            digits(minutes, 2)?
        };
        let seconds = seconds.map_or(Some(0), whole)?;
        if parts.next().is_some() {
            return None;
        }
        (hours, minutes, seconds)
    } else {
        let all = digits(offset, 6)?;
        match offset.len() {
            1 | 2 => (all, 0, 0),
            4 => (all / 100, all % 100, 0),
            6 => (all / 10_000, all / 100 % 100, all % 100),
            _ => return None,
        }
    };
    let total = (hours * 60 + minutes) * 60 + seconds;
    (minutes < 60 && seconds < 60 && total <= 18 * 3600).then_some(sign * total)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since the epoch of a date in the Gregorian calendar, also before its time (Hinnant, "chrono-compatible low-level date
/// algorithms"): years that begin in March, in eras of 400 of them.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The way back: year, month, day.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
#[path = "time_test.rs"]
mod tests;
