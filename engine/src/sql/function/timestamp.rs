//! Times as text, both ways.

use chrono::{NaiveDate, NaiveTime};

/// Microseconds since the epoch of a text in Spark's form of ISO 8601: a date, perhaps a time behind `T` or a blank
/// with up to six digits of a second (more are cut off), perhaps a zone: `Z`, `UTC`, `+01:00`. Without a zone it is
/// UTC.
pub(super) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    // A minus in front of the year is not the date's.
    let date_end = text.find(['T', ' ']).unwrap_or(text.len());
    let (date, rest) = text.split_at_checked(date_end)?;
    let date = parse_date(date)?;
    let (time, zone) = match rest.get(1..) {
        None => (NaiveTime::MIN, 0),
        Some(rest) => {
            let zone_at = rest.find(['Z', 'U', 'G', '+', '-', ' ']).unwrap_or(rest.len());
            let (time, zone) = rest.split_at_checked(zone_at)?;
            (parse_time(time)?, parse_zone(zone.trim())?)
        }
    };
    let local = date.and_time(time).and_utc().timestamp_micros();
    local.checked_sub(zone.checked_mul(1_000_000)?)
}

fn parse_date(text: &str) -> Option<NaiveDate> {
    let mut parts = text.splitn(3, '-');
    let year = parts.next().filter(|year| (4..=6).contains(&year.len()))?;
    let month = parts.next().map_or(Some(1), |month| digits(month, 2))?;
    let day = parts.next().map_or(Some(1), |day| digits(day, 2))?;
    NaiveDate::from_ymd_opt(i32::try_from(digits(year, 6)?).ok()?, month, day)
}

fn parse_time(text: &str) -> Option<NaiveTime> {
    let mut parts = text.splitn(3, ':');
    let hour = digits(parts.next()?, 2)?;
    let minute = digits(parts.next()?, 2)?;
    let (second, micros) = match parts.next() {
        None => (0, 0),
        Some(second) => match second.split_once('.') {
            None => (digits(second, 2)?, 0),
            Some((second, fraction)) => (digits(second, 2)?, fraction_micros(fraction)?),
        },
    };
    NaiveTime::from_hms_micro_opt(hour, minute, second, micros)
}

fn fraction_micros(fraction: &str) -> Option<u32> {
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let micros = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
    Some(micros.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
}

/// Seconds east of UTC.
fn parse_zone(text: &str) -> Option<i64> {
    let text = ["UTC", "GMT", "Z"]
        .iter()
        .find_map(|utc| text.strip_prefix(utc))
        .unwrap_or(text);
    let (sign, offset) = match text.as_bytes().first() {
        None => return Some(0),
        Some(b'+') => (1, &text[1..]),
        Some(b'-') => (-1, &text[1..]),
        Some(_) => return None,
    };
    let (hours, minutes) = match offset.split_once(':') {
        Some(parts) => parts,
        None if offset.len() == 4 => offset.split_at_checked(2)?,
        None => (offset, "0"),
    };
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours <= 18 && minutes <= 59).then(|| sign * i64::from(hours * 3600 + minutes * 60))
}

/// One to `most` ASCII digits.
pub(super) fn digits(text: &str, most: usize) -> Option<u32> {
    let fits = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

#[cfg(test)]
#[path = "timestamp_test.rs"]
mod tests;
