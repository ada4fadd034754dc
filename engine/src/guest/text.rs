//! Words of a guest, made fit to be shown: cut to a length, on one line, with nothing in them that moves a terminal's cursor.

/// What stands where a text was cut.
const CUT: &str = "...";

/// The text on one line: line breaks become blanks, control characters and what reorders text are escaped, and what is
/// behind `max_bytes` is cut.
pub fn one_line(text: &str, max_bytes: usize) -> String {
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
pub(super) fn escaped(text: &str, max_bytes: usize) -> String {
    let (kept, cut) = cut(text, max_bytes);
    let mut line = String::with_capacity(kept.len());
    kept.chars().for_each(|character| push_shown(&mut line, character));
    line.push_str(cut);
    line
}

fn cut(text: &str, max_bytes: usize) -> (&str, &'static str) {
    if text.len() <= max_bytes {
        return (text, "");
    }
    (&text[..text.floor_char_boundary(max_bytes)], CUT)
}

fn push_shown(line: &mut String, character: char) {
    if character.is_control() || reorders_text(character) {
        line.extend(character.escape_default());
    } else {
        line.push(character);
    }
}

/// Marks that change the direction of what follows, break lines, or are not seen at all.
fn reorders_text(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
#[path = "text_test.rs"]
mod tests;
