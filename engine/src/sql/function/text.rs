//! Texts: parts by position and by regular expression.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, ListBuilder, StringArray, StringBuilder};
use arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::common::{DataFusionError, Result, exec_datafusion_err, exec_err, internal_err};
use datafusion::logical_expr::ScalarUDF;
use regex::Regex;

use super::of_types;

/// `split(text, pattern)`: the parts between the matches of a regular expression.
pub(super) fn split() -> ScalarUDF {
    let part = Field::new("element", DataType::Utf8, false);
    let list = DataType::List(Arc::new(part.clone()));
    of_types("split", vec![DataType::Utf8, DataType::Utf8], list, move |args| {
        let [texts, patterns] = args else {
            return internal_err!("`split` of {} arguments", args.len());
        };
        let mut patterns_seen = Patterns::default();
        let mut lists = ListBuilder::new(StringBuilder::new()).with_field(part.clone());
        for (text, pattern) in texts.as_string::<i32>().iter().zip(patterns.as_string::<i32>()) {
            match (text, pattern) {
                (Some(text), Some(pattern)) => {
                    for part in patterns_seen.get(pattern)?.split(text) {
                        lists.values().append_value(part);
                    }
                    lists.append(true);
                }
                _ => lists.append(false),
            }
        }
        Ok(Arc::new(lists.finish()) as ArrayRef)
    })
}

/// `regexp_extract(text, pattern, group)`: the group of the first match; an empty text if nothing matches.
pub(super) fn regexp_extract() -> ScalarUDF {
    let from = vec![DataType::Utf8, DataType::Utf8, DataType::Int64];
    of_types("regexp_extract", from, DataType::Utf8, |args| {
        let [texts, patterns, groups] = args else {
            return internal_err!("`regexp_extract` of {} arguments", args.len());
        };
        let mut patterns_seen = Patterns::default();
        let mut found = StringBuilder::new();
        let rows = texts
            .as_string::<i32>()
            .iter()
            .zip(patterns.as_string::<i32>())
            .zip(groups.as_primitive::<Int64Type>());
        for ((text, pattern), group) in rows {
            let (Some(text), Some(pattern), Some(group)) = (text, pattern, group) else {
                found.append_null();
                continue;
            };
            let pattern = patterns_seen.get(pattern)?;
            let Some(group) = usize::try_from(group)
                .ok()
                .filter(|group| *group < pattern.captures_len())
            else {
                return exec_err!("`regexp_extract`: `{pattern}` has no group {group}");
            };
            let matched = pattern.captures(text).and_then(|captures| captures.get(group));
            found.append_value(matched.map_or("", |matched| matched.as_str()));
        }
        Ok(Arc::new(found.finish()) as ArrayRef)
    })
}

/// Compiled patterns; nearly always one for all rows.
#[derive(Default)]
struct Patterns(HashMap<String, Regex>);

impl Patterns {
    fn get(&mut self, pattern: &str) -> Result<&Regex, DataFusionError> {
        if !self.0.contains_key(pattern) {
            let compiled = Regex::new(pattern)
                // The parser draws a picture of several lines; the last one says it.
                .map_err(|error| {
                    error
                        .to_string()
                        .lines()
                        .last()
                        .unwrap_or_default()
                        .replace("error: ", "")
                })
                .map_err(|why| exec_datafusion_err!("`{pattern}` is no regular expression: {why}"))?;
            self.0.insert(pattern.to_owned(), compiled);
        }
        self.0
            .get(pattern)
            .ok_or_else(|| exec_datafusion_err!("`{pattern}` was not compiled"))
    }
}

/// `substring(text, from, length)` in characters: `from` counts from 1, a negative one from the end; 0 is 1.
pub(super) fn substring() -> ScalarUDF {
    let from = vec![DataType::Utf8, DataType::Int64, DataType::Int64];
    of_types("spark_substring", from, DataType::Utf8, |args| {
        let [texts, froms, lengths] = args else {
            return internal_err!("`substring` of {} arguments", args.len());
        };
        let rows = texts
            .as_string::<i32>()
            .iter()
            .zip(froms.as_primitive::<Int64Type>())
            .zip(lengths.as_primitive::<Int64Type>());
        let parts: StringArray = rows
            .map(|((text, from), length)| Some(part(text?, from?, length?)))
            .collect();
        Ok(Arc::new(parts) as ArrayRef)
    })
}

fn part(text: &str, from: i64, length: i64) -> &str {
    let start = match from {
        1.. => from - 1,
        0 => 0,
        _ => from.saturating_add(text.chars().count() as i64),
    };
    // A start before the text uses up some of the length.
    let end = start.saturating_add(length).max(0);
    let at = |character: i64| {
        let character = usize::try_from(character).unwrap_or(0);
        text.char_indices().nth(character).map_or(text.len(), |(at, _)| at)
    };
    let (start, end) = (at(start.max(0)), at(end));
    text.get(start..end).unwrap_or("")
}

#[cfg(test)]
#[path = "text_test.rs"]
mod tests;
