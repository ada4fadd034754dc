//! What differs between two tables: the rows expected and those that came, the rows of a module's last version and those of this one.
//!
//! Rows are compared by value ([`Rows::of`], [`Rows::push`]), put side by side (`align`) and shown as a table in which rows that are
//! gone, new or changed are marked (`text`).

mod align;
mod cell;
mod text;

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use serde_json::{Map, Value};

use crate::error::{Fault, Result};
use crate::sink::json::write_rows;

use align::align;
use cell::key;

/// Rows as JSON has them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rows {
    /// The names of the columns.
    pub(super) columns: Vec<String>,
    /// The values of each row, as many as there are columns.
    pub(super) rows: Vec<Vec<Value>>,
}

/// A row's fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// It is in both, at these positions.
    Same { before: usize, after: usize },
    /// These are taken to be the same row, with other values in these columns of the difference.
    Changed {
        before: usize,
        after: usize,
        columns: Vec<usize>,
    },
    /// It is not there any more.
    Removed { before: usize },
    /// It is new.
    Added { after: usize },
}

/// How many rows had which fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) same: usize,
    pub(super) changed: usize,
    pub(super) removed: usize,
    pub(super) added: usize,
}

/// What differs between two tables.
#[derive(Debug)]
pub(super) struct Difference {
    /// Those of the table after, then those that only the table before has.
    columns: Vec<String>,
    /// Columns that only one of them has.
    gone: Vec<String>,
    new: Vec<String>,
    /// In the order of `columns`; nothing where the table has no such column.
    before: Vec<Vec<Option<Value>>>,
    after: Vec<Vec<Option<Value>>>,
    lines: Vec<Line>,
}

impl Rows {
    /// The rows of a table, as the JSON sink prints them.
    pub(super) fn of(schema: &Schema, batches: &[RecordBatch]) -> Result<Self> {
        let broken = || Fault::internal("the rows can't be written as JSON");
        let mut rows = Self {
            columns: schema.fields().iter().map(|field| field.name().clone()).collect(),
            rows: Vec::new(),
        };
        let mut text = Vec::new();
        for batch in batches {
            text.clear();
            write_rows(&mut text, batch).map_err(|_| broken())?;
            for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                let object: Map<String, Value> =
                    serde_json::from_slice(line).map_err(|error| broken().because(error))?;
                rows.push(object);
            }
        }
        Ok(rows)
    }

    /// Adds a row. A column that it does not name is null in it; one that was not known is a new column, null in the rows before.
    pub(super) fn push(&mut self, mut object: Map<String, Value>) {
        for name in object.keys() {
            if !self.columns.contains(name) {
                self.columns.push(name.clone());
                self.rows.iter_mut().for_each(|row| row.push(Value::Null));
            }
        }
        let values = self.columns.iter().map(|name| object.remove(name).unwrap_or_default());
        let values = values.collect();
        self.rows.push(values);
    }

    /// The same with these columns only, in this order; one that it does not have is left out.
    #[must_use]
    pub(super) fn project(&self, columns: &[String]) -> Self {
        let found: Vec<usize> = columns
            .iter()
            .filter_map(|name| self.columns.iter().position(|known| known == name))
            .collect();
        Self {
            columns: found.iter().map(|at| self.columns[*at].clone()).collect(),
            rows: self
                .rows
                .iter()
                .map(|row| found.iter().map(|at| row[*at].clone()).collect())
                .collect(),
        }
    }

    /// The same rows in an order that depends on nothing but their values.
    #[must_use]
    pub(super) fn sorted(mut self) -> Self {
        self.rows
            .sort_by_cached_key(|row| row.iter().map(key).collect::<Vec<_>>());
        self
    }

    /// A row as an object.
    pub(super) fn object(&self, row: usize) -> Map<String, Value> {
        self.columns
            .iter()
            .cloned()
            .zip(self.rows[row].iter().cloned())
            .collect()
    }
}

impl Difference {
    /// Compares two tables, rows in their order.
    pub(super) fn of(before: &Rows, after: &Rows) -> Self {
        let only = |one: &Rows, other: &Rows| -> Vec<String> {
            let names = one.columns.iter().filter(|name| !other.columns.contains(name));
            names.cloned().collect()
        };
        let (gone, new) = (only(before, after), only(after, before));
        let columns: Vec<String> = after.columns.iter().chain(&gone).cloned().collect();
        let spread = |rows: &Rows| -> Vec<Vec<Option<Value>>> {
            let places: Vec<Option<usize>> = columns
                .iter()
                .map(|name| rows.columns.iter().position(|known| known == name))
                .collect();
            let row = |row: &Vec<Value>| places.iter().map(|place| Some(row[(*place)?].clone())).collect();
            rows.rows.iter().map(row).collect()
        };
        let (before, after) = (spread(before), spread(after));
        // A column that only one of them has makes no row another one.
        let common: Vec<usize> = (0..columns.len() - gone.len())
            .filter(|at| !new.contains(&columns[*at]))
            .collect();
        let keys = |rows: &[Vec<Option<Value>>]| -> Vec<Vec<String>> {
            let cell = |row: &Vec<Option<Value>>, at: usize| row[at].as_ref().map_or_else(String::new, key);
            let row = |row: &Vec<Option<Value>>| common.iter().map(|at| cell(row, *at)).collect();
            rows.iter().map(row).collect()
        };
        let mut lines = align(&keys(&before), &keys(&after));
        for line in &mut lines {
            if let Line::Changed { columns, .. } = line {
                columns.iter_mut().for_each(|column| *column = common[*column]);
            }
        }
        Self {
            columns,
            gone,
            new,
            before,
            after,
            lines,
        }
    }

    /// Whether nothing differs.
    pub(super) fn is_empty(&self) -> bool {
        let is_same = |line: &Line| matches!(line, Line::Same { .. });
        self.gone.is_empty() && self.new.is_empty() && self.lines.iter().all(is_same)
    }

    /// How many rows had which fate.
    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for line in &self.lines {
            match line {
                Line::Same { .. } => counts.same += 1,
                Line::Changed { .. } => counts.changed += 1,
                Line::Removed { .. } => counts.removed += 1,
                Line::Added { .. } => counts.added += 1,
            }
        }
        counts
    }

    /// Columns that only the table before has.
    pub(super) fn gone_columns(&self) -> &[String] {
        &self.gone
    }

    /// Columns that only the table after has.
    pub(super) fn new_columns(&self) -> &[String] {
        &self.new
    }

    /// How often each column has another value, of rows that changed; those that never do are left out.
    pub(super) fn changed_columns(&self) -> Vec<(&str, usize)> {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for line in &self.lines {
            if let Line::Changed { columns, .. } = line {
                for column in columns {
                    *counts.entry(*column).or_default() += 1;
                }
            }
        }
        let counts = counts.into_iter();
        counts
            .map(|(column, count)| (self.columns[column].as_str(), count))
            .collect()
    }

    /// What became of the rows, in their order.
    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The name of a column, by its position in [`Line::Changed`].
    pub(super) fn column(&self, position: usize) -> &str {
        &self.columns[position]
    }
}

#[cfg(test)]
#[path = "difference_test.rs"]
mod tests;
