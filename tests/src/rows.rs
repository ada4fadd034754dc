//! Rows in the golden files' form, and their comparison.

use std::fmt::Write;

use serde_json::{Map, Value};

/// A row: its columns in order.
pub type Row = Map<String, Value>;

/// How many rows a report of differences shows of each kind.
const SHOWN: usize = 8;

/// The rows of a text that has one JSON object a line; `name` is for the message if a line is none.
pub fn parse_lines(name: &str, text: &str) -> Vec<Row> {
    let parse = |(at, line): (usize, &str)| {
        serde_json::from_str(line)
            .unwrap_or_else(|error| panic!("{name}:{}: not a JSON object: {error}\n{line}", at + 1))
    };
    text.lines().enumerate().map(parse).collect()
}

/// What makes two tables equal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Comparison<'a> {
    /// Whether the rows are a list; a set (in which a row may be several times) if not.
    pub ordered: bool,
    /// Columns that hold sums or averages of doubles: equal to 1e-9 relative, since the order of addition is not defined.
    pub sums: &'a [&'a str],
}

impl Comparison<'_> {
    /// `Err` tells what is different, for a person to read.
    pub fn compare(&self, expected: &[Row], actual: &[Row]) -> Result<(), String> {
        if self.ordered {
            self.compare_lists(expected, actual)
        } else {
            self.compare_sets(expected, actual)
        }
    }

    fn compare_lists(&self, expected: &[Row], actual: &[Row]) -> Result<(), String> {
        let mut report = String::new();
        let differing = expected
            .iter()
            .zip(actual)
            .enumerate()
            .filter(|(_, (want, got))| !self.same_row(want, got));
        for (at, (want, got)) in differing.take(SHOWN) {
            let _ = writeln!(report, "row {at}: {}", self.differing_columns(want, got));
        }
        let common = expected.len().min(actual.len());
        list_rows(&mut report, "missing at the end", &expected[common..]);
        list_rows(&mut report, "too many at the end", &actual[common..]);
        finish(report, expected.len(), actual.len())
    }

    fn compare_sets(&self, expected: &[Row], actual: &[Row]) -> Result<(), String> {
        // Sums can't be looked up, being equal only roughly, so rows are brought together by what else they hold.
        let mut unmatched: Vec<(String, &Row)> = actual.iter().map(|row| (self.identity(row), row)).collect();
        unmatched.sort_by(|a, b| a.0.cmp(&b.0));
        let mut missing = Vec::new();
        for want in expected {
            let identity = self.identity(want);
            let from = unmatched.partition_point(|(other, _)| *other < identity);
            let found = unmatched[from..]
                .iter()
                .take_while(|(other, _)| *other == identity)
                .position(|(_, row)| self.same_row(want, row));
            match found {
                Some(ahead) => drop(unmatched.remove(from + ahead)),
                None => missing.push(want.clone()),
            }
        }
        let unexpected: Vec<Row> = unmatched.into_iter().map(|(_, row)| row.clone()).collect();
        let mut report = String::new();
        list_rows(&mut report, "missing", &missing);
        list_rows(&mut report, "not expected", &unexpected);
        for want in missing.iter().take(SHOWN) {
            // Most often one column of a row is wrong: then the row that has all others right is its counterpart.
            let nearest = unexpected.iter().max_by_key(|got| self.equal_columns(want, got));
            if let Some(got) = nearest.filter(|got| self.equal_columns(want, got) * 2 >= want.len()) {
                let _ = writeln!(
                    report,
                    "nearest to a missing one: {}",
                    self.differing_columns(want, got)
                );
            }
        }
        finish(report, expected.len(), actual.len())
    }

    fn equal_columns(&self, want: &Row, got: &Row) -> usize {
        let is_equal =
            |(name, want): &(&String, &Value)| got.get(*name).is_some_and(|got| self.same_value(name, want, got));
        want.iter().filter(is_equal).count()
    }

    /// A row's text without its sums.
    fn identity(&self, row: &Row) -> String {
        let mut identity = String::new();
        for (name, value) in row.iter().filter(|(name, _)| !self.sums.contains(&name.as_str())) {
            let _ = write!(identity, "{name}={};", canonical(value));
        }
        identity
    }

    /// Equal in the names of the columns, their order and their values.
    fn same_row(&self, want: &Row, got: &Row) -> bool {
        want.len() == got.len()
            && want
                .iter()
                .zip(got)
                .all(|((name, want), (other, got))| name == other && self.same_value(name, want, got))
    }

    fn same_value(&self, column: &str, want: &Value, got: &Value) -> bool {
        match (want.as_f64(), got.as_f64()) {
            (Some(want), Some(got)) if self.sums.contains(&column) => nearly_equal(want, got),
            _ => canonical(want) == canonical(got),
        }
    }

    fn differing_columns(&self, want: &Row, got: &Row) -> String {
        let names = |row: &Row| row.keys().cloned().collect::<Vec<_>>().join(", ");
        if names(want) != names(got) {
            return format!("columns {} instead of {}", names(got), names(want));
        }
        let differing = want
            .iter()
            .zip(got.values())
            .filter(|((name, want), got)| !self.same_value(name, want, got));
        let told: Vec<String> = differing
            .map(|((name, want), got)| {
                let (want, got) = (want.to_string(), got.to_string());
                let common = want
                    .chars()
                    .zip(got.chars())
                    .take_while(|(want, got)| want == got)
                    .count();
                format!(
                    "`{name}` is {} instead of {}",
                    excerpt(&got, common),
                    excerpt(&want, common)
                )
            })
            .collect();
        told.join(", ")
    }
}

/// Equal to 1e-9 relative.
pub fn nearly_equal(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

/// A value's text, the same for values that are equal: a double with an integral value is the same number as that
/// integer, however either was written.
fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (None, Some(double)) => double.to_string(),
            _ => number.to_string(),
        },
        Value::Array(elements) => format!("[{}]", elements.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, field)| format!("{name:?}:{}", canonical(field)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value.to_string(),
    }
}

fn list_rows(report: &mut String, what: &str, rows: &[Row]) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(report, "{} {what}:", rows.len());
    for row in rows.iter().take(SHOWN) {
        let _ = writeln!(report, "  {}", excerpt(&Value::Object(row.clone()).to_string(), 0));
    }
    if rows.len() > SHOWN {
        report.push_str("  ...\n");
    }
}

/// What a person needs of a text that may be long: the part around the character numbered `from`.
fn excerpt(text: &str, from: usize) -> String {
    const BEFORE: usize = 30;
    const LENGTH: usize = 240;
    let start = from.saturating_sub(BEFORE);
    let mut part: String = text.chars().skip(start).take(LENGTH).collect();
    if start > 0 {
        part.insert_str(0, "...");
    }
    if text.chars().count() > start + LENGTH {
        part += "...";
    }
    part
}

fn finish(report: String, expected: usize, actual: usize) -> Result<(), String> {
    if report.is_empty() {
        return Ok(());
    }
    Err(format!("{actual} rows where {expected} were expected\n{report}"))
}

#[cfg(test)]
#[path = "rows_test.rs"]
mod tests;
