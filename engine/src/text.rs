//! Words of others (a guest's, a record's, a server's), made fit to be shown: nothing in them moves a terminal's cursor, changes
//! its colours or turns the order of what is read; what is too long is cut, and says so.

use std::borrow::Cow;
use std::fmt::Display;

/// What stands where a text was cut.
const CUT: &str = "...";

/// Bytes of a library's words that are kept.
const LIBRARY_BYTES: usize = 1 << 10;

/// The text on one line: line breaks become blanks, control characters and what reorders text are escaped, and what is
/// behind `max_bytes` is cut.
pub(crate) fn one_line(text: &str, max_bytes: usize) -> String {
    let (kept, cut) = cut(text.trim_end(), max_bytes);
    let mut line = String::with_capacity(kept.len());
    for character in kept.chars() {
        match character {
            '\n' => line.push(' '),
            _ => push_shown(&mut line, character),
        }
    }
    line.push_str(cut);
    line
}

/// As [`one_line`], with line breaks escaped as well: so a guest can't forge a second line of a log.
pub(crate) fn escaped(text: &str, max_bytes: usize) -> String {
    let (kept, cut) = cut(text, max_bytes);
    let mut line = String::with_capacity(kept.len());
    kept.chars().for_each(|character| push_shown(&mut line, character));
    line.push_str(cut);
    line
}

/// What a library says of a module, on one line: it quotes names that the module has chosen, and quotes them as they are.
pub(crate) fn of_library(error: impl Display) -> String {
    let text = format!("{error:#}");
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    escaped(&lines.join(" "), LIBRARY_BYTES)
}

/// The text as a terminal may have it: lines and tabs stay, the rest of what steers a terminal is escaped. For texts that are
/// put together of many parts, of which one might have been forgotten.
pub(crate) fn for_terminal(text: &str) -> Cow<'_, str> {
    let stays = |character: char| matches!(character, '\n' | '\t') || !steers(character);
    if text.chars().all(stays) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match stays(character) {
            true => shown.push(character),
            false => shown.extend(character.escape_default()),
        }
    }
    Cow::Owned(shown)
}

/// As [`for_terminal`], for a text that is coloured on purpose: escape sequences that set colours stay, others don't.
pub(crate) fn for_terminal_coloured(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return for_terminal(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        shown.push_str(&for_terminal(&rest[..at]));
        rest = &rest[at..];
        let length = colour(rest).unwrap_or(0);
        shown.push_str(&rest[..length]);
        if length == 0 {
            shown.extend('\u{1b}'.escape_default());
        }
        rest = &rest[length.max(1)..];
    }
    shown.push_str(&for_terminal(rest));
    Cow::Owned(shown)
}

/// JSON without what steers a terminal: inside its texts, where alone it may stand, it is escaped as JSON has it. JSON's own
/// line breaks stay.
pub(crate) fn json_for_terminal(json: &str) -> Cow<'_, str> {
    // What is below 0x20 is escaped in all JSON; outside of texts it is white space.
    let stays = |character: char| character < ' ' || !steers(character);
    if json.chars().all(stays) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        match stays(character) {
            true => shown.push(character),
            // All of them are in the first plane.
            false => shown.push_str(&format!("\\u{:04x}", u32::from(character))),
        }
    }
    Cow::Owned(shown)
}

/// The length of the sequence that sets a colour at the start of this text: `ESC [ 1 ; 31 m`.
fn colour(text: &str) -> Option<usize> {
    let numbers = text.strip_prefix("\u{1b}[")?;
    let end = numbers.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    numbers[end..].starts_with('m').then_some("\u{1b}[".len() + end + 1)
}

fn cut(text: &str, max_bytes: usize) -> (&str, &'static str) {
    if text.len() <= max_bytes {
        return (text, "");
    }
    (&text[..text.floor_char_boundary(max_bytes)], CUT)
}

fn push_shown(line: &mut String, character: char) {
    if steers(character) || is_unseen(character) {
        line.extend(character.escape_default());
    } else {
        line.push(character);
    }
}

/// Whether a terminal does something else with this character than to show it: control characters (the escape character among
/// them, and those of 0x80 to 0x9f, which some terminals take as escape sequences), breaks of lines, and marks that turn the
/// order of what follows.
pub(crate) fn steers(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

/// Whether it is not seen at all. Data may have such a character for a reason (some emoji do); names and messages may not.
fn is_unseen(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
#[path = "text_test.rs"]
mod tests;
