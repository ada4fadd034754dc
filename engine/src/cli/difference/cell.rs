//! A value: what it is equal to, and how it is shown.

use std::fmt::Write;

use serde_json::{Number, Value};

/// Up to here every whole number has a double of its own.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Equal for values that are equal: `1`, `1.0` and `1e0` are, and so are objects with their members in another order.
pub(super) fn key(value: &Value) -> String {
    let mut key = String::new();
    put_key(&mut key, value);
    key
}

fn put_key(out: &mut String, value: &Value) {
    match value {
        Value::Number(number) => put_number(out, number),
        Value::Array(values) => {
            out.push('[');
            for value in values {
                put_key(out, value);
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(object) => {
            let mut members: Vec<_> = object.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (name, value) in members {
                let _infallible = write!(out, "{name:?}:");
                put_key(out, value);
                out.push(',');
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {
            let _infallible = write!(out, "{value}");
        }
    }
}

fn put_number(out: &mut String, number: &Number) {
    let _infallible = match number.as_f64() {
        Some(double) if number.is_f64() && double.fract() == 0.0 && double.abs() < EXACT => {
            write!(out, "{}", double as i64)
        }
        Some(double) if number.is_f64() => write!(out, "{double:?}"),
        _ => write!(out, "{number}"),
    };
}

/// A value on one line: texts without quotes where they can't be taken for something else, with nothing in them that moves a
/// terminal's cursor.
pub(super) fn shown(value: Option<&Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::String(text)) if is_plain(text) => text.clone(),
        Some(value) => escaped(&value.to_string()),
    }
}

/// Two values that stand below each other: both in quotes if one of them has to be.
pub(super) fn shown_beside(one: Option<&Value>, other: Option<&Value>) -> (String, String) {
    if let (Some(Value::String(one)), Some(Value::String(other))) = (one, other)
        && is_plain(one) != is_plain(other)
    {
        let quoted = |text: &String| escaped(&Value::String(text.clone()).to_string());
        return (quoted(one), quoted(other));
    }
    (shown(one), shown(other))
}

/// Whether a text without quotes is seen to be one.
fn is_plain(text: &str) -> bool {
    let looks_otherwise = text.is_empty()
        || text != text.trim()
        || text.starts_with(['"', '{', '['])
        || text.parse::<f64>().is_ok()
        || ["true", "false", "null"].contains(&text);
    !looks_otherwise && !text.chars().any(is_hidden)
}

fn escaped(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match is_hidden(character) {
            true => line.extend(character.escape_unicode()),
            false => line.push(character),
        }
    }
    line
}

/// Control characters, and marks that break lines, turn text around, or are not seen.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Whether a value stands on the right of its cell.
pub(super) fn is_number(value: Option<&Value>) -> bool {
    matches!(value, Some(Value::Number(_)))
}
