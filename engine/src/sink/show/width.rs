//! How wide a text is on Spark's console, and where it is cut. Spark counts UTF-16 units, as Java does.

/// Characters that take two columns: the ranges of Spark's `Utils.fullWidthRegex`. The Unicode tables know more of them;
/// the tables must line up as Spark's do.
fn is_full_width(character: char) -> bool {
    matches!(character,
        '\u{1100}'..='\u{115F}'
        | '\u{2E80}'..='\u{A4CF}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FE30}'..='\u{FE6F}'
        | '\u{FF00}'..='\u{FF60}'
        | '\u{FFE0}'..='\u{FFE6}')
}

/// Columns a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.chars()
        .map(|character| character.len_utf16() + usize::from(is_full_width(character)))
        .sum()
}

/// The text cut to `limit` UTF-16 units, the last three of them dots if `limit` leaves room for that.
pub(super) fn cut(text: String, limit: usize) -> String {
    // No text has more units than bytes.
    if text.len() <= limit || text.chars().map(char::len_utf16).sum::<usize>() <= limit {
        return text;
    }
    if limit < 4 {
        first_units(&text, limit)
    } else {
        first_units(&text, limit - 3) + "..."
    }
}

/// The first `units` UTF-16 units; half of a surrogate pair prints as `?`, as Java encodes it.
fn first_units(text: &str, units: usize) -> String {
    let mut kept = String::new();
    let mut left = units;
    for character in text.chars() {
        match left.checked_sub(character.len_utf16()) {
            Some(rest) => {
                kept.push(character);
                left = rest;
            }
            None => {
                if left > 0 {
                    kept.push('?');
                }
                break;
            }
        }
    }
    kept
}

/// Line breaks, tabs and the like as their escapes, so that a cell stays on its line.
pub(super) fn escape(text: String) -> String {
    if !text.bytes().any(|byte| matches!(byte, 7..=13)) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '\u{0C}' => escaped.push_str("\\f"),
            '\u{08}' => escaped.push_str("\\b"),
            '\u{0B}' => escaped.push_str("\\v"),
            '\u{07}' => escaped.push_str("\\a"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
#[path = "width_test.rs"]
mod tests;
