//! The golden files, typed. `fixtures/golden/README.md` says what each of them is.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::rows::Row;

/// The path of a golden file, such as `batch/orders.rows.jsonl`.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden").join(name)
}

/// A golden file's text.
pub fn text(name: &str) -> String {
    let path = path(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{} can't be read: {error}", path.display()))
}

/// The rows of a golden file, such as `batch/orders-items.rows.jsonl`.
pub fn rows(name: &str) -> Vec<Row> {
    crate::rows::parse_lines(name, &text(name))
}

/// The path of a pipeline file of the tests, such as `commandes.toml`.
pub fn pipeline(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines").join(name)
}

/// A topic's contents: the records of a file that `wasmill produce --from` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Records {
    /// The file.
    pub path: PathBuf,
    /// The topic they were in when Spark read them.
    pub topic: String,
    /// How many partitions that topic had: one more than the greatest number seen.
    pub partitions: i64,
    /// How many records they are.
    pub count: usize,
}

impl Records {
    /// The records of a set: `orders`, `dirty`, `orders-2000`, `logs` or `metrics`.
    pub fn of(set: &str) -> Self {
        let name = format!("records/{set}.jsonl");
        let records = rows(&name);
        let first = records.first().unwrap_or_else(|| panic!("{name} holds no record"));
        Self {
            topic: text_field(first, "topic"),
            partitions: 1 + records
                .iter()
                .map(|record| int_field(record, "partition"))
                .max()
                .unwrap_or(0),
            count: records.len(),
            path: path(&name),
        }
    }
}

/// A case of `batch/index.json`: a query over a topic as it is, and what Spark made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchCase {
    /// The case's name, which begins with the name of its records.
    pub name: String,
    /// The set of records it reads.
    pub records: String,
    /// The notebook's cell, or the SQL.
    pub about: String,
    /// How `show` was called, where the rows have an order it could show them in.
    pub show: Option<Show>,
    /// Whether the rows are a list; a set if not.
    pub ordered: bool,
}

/// What `DataFrame.show` was called with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Show {
    /// The number of rows shown at most.
    pub num_rows: i64,
    /// Whether cells are cut, and at how many characters.
    pub truncate: Truncate,
}

/// What `show` does with long cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truncate {
    /// Leaves them whole.
    Never,
    /// Cuts them to as many characters; Spark's `true` is 20.
    At(i64),
}

impl BatchCase {
    /// Every case, in the index's order.
    pub fn all() -> Vec<Self> {
        let name = "batch/index.json";
        let index: Vec<Row> = serde_json::from_str(&text(name))
            .unwrap_or_else(|error| panic!("{name} is not a list of objects: {error}"));
        index.iter().map(Self::of).collect()
    }

    fn of(entry: &Row) -> Self {
        Self {
            name: text_field(entry, "name"),
            records: text_field(entry, "records"),
            about: text_field(entry, "about"),
            show: entry.get("show").and_then(Value::as_object).map(Show::of),
            ordered: entry.get("ordered") == Some(&Value::Bool(true)),
        }
    }

    /// What the case is within its set of records: `items` for `orders-items`, `logs` for `logs` itself.
    pub fn short_name(&self) -> &str {
        self.name
            .strip_prefix(&format!("{}-", self.records))
            .unwrap_or(&self.name)
    }

    /// All rows.
    pub fn rows(&self) -> Vec<Row> {
        rows(&format!("batch/{}.rows.jsonl", self.name))
    }

    /// What `printSchema()` printed.
    pub fn schema_text(&self) -> String {
        text(&format!("batch/{}.schema.txt", self.name))
    }

    /// What `show` printed, where it was called.
    pub fn show_text(&self) -> Option<String> {
        self.show.map(|_| text(&format!("batch/{}.show.txt", self.name)))
    }
}

impl Show {
    /// From `{"n": 10, "truncate": true | false | 50}`; what is absent is Spark's default.
    fn of(options: &Map<String, Value>) -> Self {
        Self {
            num_rows: options.get("n").and_then(Value::as_i64).unwrap_or(20),
            truncate: match options.get("truncate") {
                Some(Value::Bool(false)) => Truncate::Never,
                Some(Value::Number(width)) => Truncate::At(width.as_i64().unwrap_or(20)),
                _ => Truncate::At(20),
            },
        }
    }
}

fn text_field(object: &Row, name: &str) -> String {
    match object.get(name) {
        Some(Value::String(text)) => text.clone(),
        other => panic!("field `{name}` should be a text, not {other:?}"),
    }
}

fn int_field(object: &Row, name: &str) -> i64 {
    object
        .get(name)
        .and_then(Value::as_i64)
        .unwrap_or_else(|| panic!("field `{name}` should be an integer in {object:?}"))
}

#[cfg(test)]
#[path = "golden_test.rs"]
mod tests;
