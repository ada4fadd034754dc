//! `[guest.NAME.limits]` and `[aggregate.NAME.limits]`: a profile, and single limits over it.

use crate::guest::{LimitField, LimitUnit, Limits};

use super::mistake::Mistake;
use super::parse_values::{duration, parse_size};
use super::reader::{Reader, described, list};
use super::tree::Value;

/// Reads the limits of `whose` (``guest `x` ``), whose table the reader is at; the default ones if nothing is said.
pub(super) fn limits(reader: &mut Reader<'_, '_>, whose: &str) -> Limits {
    let Some(table) = reader.table("limits") else {
        return Limits::default();
    };
    let mut reader = Reader::new(table.value, format!("the limits of {whose}"), reader.mistakes());
    let mut limits = profile(&mut reader);
    for field in Limits::FIELDS {
        if let Err(mistake) = read(field, &mut reader, &mut limits) {
            reader.mistakes().push(mistake);
        }
    }
    reader.finish();
    limits
}

fn profile(reader: &mut Reader<'_, '_>) -> Limits {
    let Some(text) = reader.string("profile") else {
        return Limits::default();
    };
    let known = Limits::PROFILES.iter().find(|(name, _)| *name == text.value);
    match known {
        Some((_, limits)) => limits(),
        None => {
            let message = format!("`profile` of {} can't be {:?}", reader.title(), text.value);
            let hint = format!("one of {}", list(Limits::PROFILES.iter().map(|(name, _)| *name)));
            reader.mistakes().push(Mistake::new(message).at(text.span).hint(hint));
            Limits::default()
        }
    }
}

fn read(field: &LimitField, reader: &mut Reader<'_, '_>, limits: &mut Limits) -> Result<(), Mistake> {
    let Some(entry) = reader.entry(field.name) else {
        return Ok(());
    };
    let value = &entry.item.value;
    let at_it = |message: String| Mistake::new(message).at(entry.item.span);
    let (number, wanted) = match field.unit {
        LimitUnit::Bytes => (bytes(value), "a size such as \"64 MB\""),
        LimitUnit::Time => (milliseconds(value), "a length of time such as \"10 seconds\""),
        LimitUnit::Count => (count(value), "a whole number"),
    };
    let Some(number) = number else {
        let is = match value {
            Value::String(text) => format!("{text:?}"),
            other => described(other),
        };
        let message = format!("`{}` of {} must be {wanted}, and is {is}", field.name, reader.title());
        return Err(at_it(message).hint(bounds(field, limits)));
    };
    if field.set(limits, number) {
        return Ok(());
    }
    let much = match number < field.least {
        true => "little",
        false => "much",
    };
    let message = format!(
        "`{}` of {} is too {much}: {}",
        field.name,
        reader.title(),
        field.text(number)
    );
    Err(at_it(message).hint(bounds(field, limits)))
}

/// What may be written, and what holds if nothing is.
fn bounds(field: &LimitField, limits: &Limits) -> String {
    let [least, most, otherwise] = [field.least, field.most, field.get(limits)].map(|value| field.text(value));
    format!("from {least} to {most}; without it {otherwise}")
}

fn bytes(value: &Value) -> Option<u64> {
    match value {
        Value::Integer(bytes) => u64::try_from(*bytes).ok(),
        Value::String(text) => parse_size(text),
        _ => None,
    }
}

fn milliseconds(value: &Value) -> Option<u64> {
    let Value::String(text) = value else { return None };
    let milliseconds = duration(text).ok()?.as_millis();
    u64::try_from(milliseconds).ok()
}

fn count(value: &Value) -> Option<u64> {
    let Value::Integer(number) = value else { return None };
    u64::try_from(*number).ok()
}

#[cfg(test)]
#[path = "parse_limits_test.rs"]
mod tests;
