//! From a place inside a query to the place in the file that the query was written at.

use super::reader::Spanned;
use super::tree::{Origin, Span};

/// Where a word of a query stands in the file; the whole query if it can't be told.
pub(super) fn place_in_sql(sql: &Spanned<String>, word: &str) -> Span {
    let lower = sql.value.to_lowercase();
    let word = word.to_lowercase();
    let whole_word = |start: &usize| {
        let boundary = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        boundary(lower[..*start].chars().next_back()) && boundary(lower[start + word.len()..].chars().next())
    };
    match lower.match_indices(&word).map(|(start, _)| start).find(whole_word) {
        // Lower case may move bytes in some scripts; then the place is that of the whole query.
        Some(start) if lower.len() == sql.value.len() => offset_in_sql(sql, start, start + word.len()),
        _ => sql.span,
    }
}

/// Where these bytes of a query stand in the file. The span of the text covers its quotes; `skip` is what stands
/// between the span's start and the text's.
pub(super) fn offset_in_sql(sql: &Spanned<String>, start: usize, end: usize) -> Span {
    let length = sql.span.end - sql.span.start;
    // A text without escapes lies between its quotes as it is: one quote or three on either side, and perhaps the line
    // break behind the opening three, which does not count.
    let skip = match length.checked_sub(sql.value.len()) {
        Some(2) => 1,
        Some(6) => 3,
        Some(7) => 4,
        _ => return sql.span,
    };
    match sql.span.origin {
        Origin::File => Span {
            origin: Origin::File,
            start: sql.span.start + skip + start,
            end: sql.span.start + skip + end,
        },
        Origin::Override(_) => sql.span,
    }
}

/// Where a line and a column of a query (both from 1, in characters) stand in the file: the word that begins there.
pub(super) fn position_in_sql(sql: &Spanned<String>, line: u64, column: u64) -> Span {
    let skip = |n: u64| usize::try_from(n.saturating_sub(1)).unwrap_or(usize::MAX);
    let before: usize = sql.value.split_inclusive('\n').take(skip(line)).map(str::len).sum();
    let text = &sql.value[before..];
    let in_line: usize = text
        .chars()
        .take_while(|c| *c != '\n')
        .take(skip(column))
        .map(char::len_utf8)
        .sum();
    let start = before + in_line;
    let word: usize = sql.value[start..]
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .map(char::len_utf8)
        .sum();
    // What is no word is one character; behind the end there is none.
    let character = sql.value[start..].chars().next().map_or(1, char::len_utf8);
    offset_in_sql(sql, start, start + word.max(character))
}

#[cfg(test)]
#[path = "sql_place_test.rs"]
mod tests;
