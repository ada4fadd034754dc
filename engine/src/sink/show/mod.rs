//! Tables as Spark's `show(n, truncate, vertical)` prints them, and schemas as `printSchema()` does, to the character.

mod cell;
mod schema;
mod table;
mod width;

use std::borrow::Cow;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow::error::ArrowError;

use crate::text::for_terminal;

pub(crate) use cell::{timestamp_micros, write_cell};
pub use schema::{schema_tree, type_name};
use table::{Pad, write_table, write_vertical};
pub(crate) use width::width;
use width::{cut, escape};

/// Where a cell is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truncate {
    /// Nowhere; cells stand on the left (`truncate = false`).
    Never,
    /// At this many characters, the last three of them dots from 4 on; cells stand on the right. 0 is the same as
    /// [`Truncate::Never`].
    At(usize),
}

impl Default for Truncate {
    /// At 20 characters (`truncate = true`).
    fn default() -> Self {
        Self::At(20)
    }
}

/// What `show` is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShowOptions {
    /// Rows at most (20).
    pub num_rows: usize,
    /// Where cells are cut (at 20 characters).
    pub truncate: Truncate,
    /// A line a value instead of a line a row.
    pub vertical: bool,
}

impl Default for ShowOptions {
    fn default() -> Self {
        Self {
            num_rows: 20,
            truncate: Truncate::default(),
            vertical: false,
        }
    }
}

/// The rows of `batches` as text: what Spark's `show` prints but for the line feed behind it. One row more than
/// `num_rows` is enough to say that there were more; what lies behind that is not looked at.
///
/// # Errors
/// If Arrow can't format a value of a type Spark doesn't have.
pub fn show(schema: &Schema, batches: &[RecordBatch], options: &ShowOptions) -> Result<String, ArrowError> {
    show_with(schema, batches, options, escape)
}

/// As [`show`], for a terminal: what Spark would print as it is and would steer the terminal (its escape character, control
/// characters, marks that turn the order of text) is escaped in names and cells.
///
/// # Errors
/// As [`show`].
pub fn show_on_terminal(schema: &Schema, batches: &[RecordBatch], options: &ShowOptions) -> Result<String, ArrowError> {
    show_with(schema, batches, options, |text| {
        let text = escape(text);
        match for_terminal(&text) {
            Cow::Owned(escaped) => escaped,
            Cow::Borrowed(_) => text,
        }
    })
}

fn show_with(
    schema: &Schema,
    batches: &[RecordBatch],
    options: &ShowOptions,
    escape: fn(String) -> String,
) -> Result<String, ArrowError> {
    let limit = match options.truncate {
        Truncate::Never | Truncate::At(0) => None,
        Truncate::At(limit) => Some(limit),
    };
    let header: Vec<String> = schema
        .fields()
        .iter()
        .map(|field| escape(field.name().clone()))
        .collect();
    let rows = cells(batches, options.num_rows, limit, escape)?;
    let mut out = String::new();
    if options.vertical {
        write_vertical(&mut out, &header, &rows);
    } else {
        let pad = if limit.is_some() { Pad::Left } else { Pad::Right };
        write_table(&mut out, &header, &rows, pad);
    }

    let has_more = batches.iter().map(RecordBatch::num_rows).sum::<usize>() > options.num_rows;
    if options.vertical && rows.is_empty() {
        out.push_str("(0 rows)");
    } else if has_more {
        let noun = if options.num_rows == 1 { "row" } else { "rows" };
        out.push_str(&format!("only showing top {} {noun}", options.num_rows));
    }
    Ok(out)
}

/// The first `num_rows` rows as texts, cut at `limit`.
fn cells(
    batches: &[RecordBatch],
    num_rows: usize,
    limit: Option<usize>,
    escape: fn(String) -> String,
) -> Result<Vec<Vec<String>>, ArrowError> {
    let places = batches
        .iter()
        .flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)));
    places
        .take(num_rows)
        .map(|(batch, row)| {
            let columns = batch.columns().iter();
            columns
                .map(|column| {
                    let mut text = String::new();
                    write_cell(&mut text, column, row)?;
                    let text = escape(text);
                    Ok(match limit {
                        Some(limit) => cut(text, limit),
                        None => text,
                    })
                })
                .collect()
        })
        .collect()
}

#[cfg(test)]
#[path = "show_test.rs"]
mod tests;
