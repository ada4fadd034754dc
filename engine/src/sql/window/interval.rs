//! Lengths of time as Spark writes them: `1 minute`, `1 hour 30 minutes`, `INTERVAL 10 SECONDS`.

/// Microseconds of an interval text.
///
/// # Errors
/// Why it is none; months and years are refused, since they have no fixed length.
pub fn micros(text: &str) -> Result<i64, String> {
    let lower = text.trim().to_lowercase();
    let bare = lower.strip_prefix("interval ").unwrap_or(&lower).trim();
    let mut words = bare.split_whitespace().peekable();
    if words.peek().is_none() {
        return Err("the interval is empty".to_owned());
    }
    let mut total = 0_i64;
    while let Some(amount) = words.next() {
        let Some(unit) = words.next() else {
            return Err(format!("`{text}` lacks a unit behind `{amount}`"));
        };
        let micros_each = unit_micros(unit).map_err(|why| format!("`{text}`: {why}"))?;
        let part =
            scaled(amount, micros_each).ok_or_else(|| format!("`{text}`: `{amount} {unit}` is no length of time"))?;
        total = total.checked_add(part).ok_or_else(|| format!("`{text}` is too long"))?;
    }
    Ok(total)
}

fn unit_micros(unit: &str) -> Result<i64, String> {
    const SECOND: i64 = 1_000_000;
    match unit.strip_suffix('s').unwrap_or(unit) {
        "microsecond" => Ok(1),
        "millisecond" => Ok(1_000),
        "second" => Ok(SECOND),
        "minute" => Ok(60 * SECOND),
        "hour" => Ok(3_600 * SECOND),
        "day" => Ok(86_400 * SECOND),
        "week" => Ok(7 * 86_400 * SECOND),
        "month" | "quarter" | "year" => Err(format!(
            "a {} has no fixed length; count in days",
            unit.trim_end_matches('s')
        )),
        _ => Err(format!(
            "no unit `{unit}`; the units are weeks, days, hours, minutes, seconds, milliseconds and microseconds"
        )),
    }
}

/// `amount` times the unit; a fraction counts for seconds only, as in Spark.
fn scaled(amount: &str, micros_each: i64) -> Option<i64> {
    let (negative, digits) = match amount.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, amount.strip_prefix('+').unwrap_or(amount)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let mut micros = whole.parse::<i64>().ok()?.checked_mul(micros_each)?;
    if !fraction.is_empty() {
        let seconds = micros_each == 1_000_000;
        if !seconds || fraction.len() > 9 {
            return None;
        }
        micros = micros.checked_add(format!("{fraction:0<6}")[..6].parse::<i64>().ok()?)?;
    }
    Some(if negative { -micros } else { micros })
}

#[cfg(test)]
#[path = "interval_test.rs"]
mod tests;
