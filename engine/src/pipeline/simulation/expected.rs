//! What has to come out: a batch query over the same records. And what did.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use arrow::array::RecordBatch;
use object_store::path::Path;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::server::Server;
use super::tables::{Block, Kind};
use crate::sink::json::write_rows;

/// Rows, each with how often it is there. A row is its values by their columns' names.
pub(super) type Rows = BTreeMap<String, usize>;

/// A row with its columns in order.
pub(super) type Row = BTreeMap<String, Value>;

/// Rows as JSON.
pub(super) fn rows_of(batches: &[RecordBatch]) -> Vec<Row> {
    let mut text = Vec::new();
    batches.iter().for_each(|batch| write_rows(&mut text, batch).unwrap());
    let lines = std::str::from_utf8(&text).unwrap().lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How often each row is there. The values that name folders come back from them as texts.
pub(super) fn counted(rows: impl IntoIterator<Item = Row>, kind: Kind) -> Rows {
    let mut counted = Rows::new();
    for mut row in rows {
        if let Kind::Files { partition_by } = kind {
            for column in partition_by {
                if let Some(value) = row.get_mut(*column)
                    && !value.is_string()
                {
                    *value = Value::String(value.to_string());
                }
            }
        }
        *counted.entry(serde_json::to_string(&row).unwrap()).or_default() += 1;
    }
    counted
}

/// What is in one and not in the other, for a message; none if they are the same.
pub(super) fn difference(name: &str, expected: &Rows, found: &Rows) -> Option<String> {
    let mut lines = Vec::new();
    for (row, times) in expected {
        let has = found.get(row).copied().unwrap_or(0);
        if has < *times {
            lines.push(format!("missing: {row} ({has} times instead of {times})"));
        }
    }
    lines.extend(too_many(expected, found));
    match lines.is_empty() {
        true => None,
        false => Some(format!("sink `{name}`:\n  {}", lines.join("\n  "))),
    }
}

/// Rows that are there more often than they should.
pub(super) fn too_many(expected: &Rows, found: &Rows) -> Vec<String> {
    let most = |row: &String| expected.get(row).copied().unwrap_or(0);
    let surplus = found.iter().filter(|(row, times)| **times > most(row));
    surplus
        .map(|(row, times)| format!("too many: {row} ({times} times instead of {})", most(row)))
        .collect()
}

/// Reads what readers of a folder see, each file once.
#[derive(Default)]
pub(super) struct Reader {
    read: Mutex<HashMap<(Path, Option<String>), Vec<Row>>>,
}

impl Reader {
    /// The rows in the visible files of a folder.
    pub(super) fn visible(&self, server: &Server, folder: &str, kind: Kind) -> Result<Rows, String> {
        let mut rows = Vec::new();
        for object in server.paths(&Path::from(folder)) {
            let relative = object.location.as_ref().strip_prefix(folder).unwrap_or_default();
            let is_hidden = relative.split('/').any(|part| part.starts_with(['.', '_']));
            if is_hidden || !relative.ends_with(".parquet") {
                continue;
            }
            let key = (object.location.clone(), object.e_tag.clone());
            let mut read = self.read.lock().unwrap();
            if !read.contains_key(&key) {
                let file = file(server, &object.location, relative)?;
                read.insert(key.clone(), file);
            }
            rows.extend(read[&key].iter().cloned());
        }
        Ok(counted(rows, kind))
    }
}

/// The rows of a file, with the values that its folders are named after.
fn file(server: &Server, path: &Path, relative: &str) -> Result<Vec<Row>, String> {
    let unreadable = |error: &dyn std::fmt::Display| format!("`{path}` is visible and can't be read: {error}");
    let bytes = server.bytes(path).ok_or_else(|| unreadable(&"it is gone"))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).and_then(ParquetRecordBatchReaderBuilder::build);
    let batches: Result<Vec<RecordBatch>, _> = reader.map_err(|error| unreadable(&error))?.collect();
    let mut rows = rows_of(&batches.map_err(|error| unreadable(&error))?);
    for (column, value) in relative.split('/').filter_map(|part| part.split_once('=')) {
        let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
        rows.iter_mut().for_each(|row| {
            row.insert(column.to_owned(), Value::String(value.clone()));
        });
    }
    Ok(rows)
}

/// What a process printed for one table, in order: each row with the number of its batch.
#[derive(Debug, Default, Clone)]
pub(super) struct Printed(pub(super) Vec<(u64, Row)>);

/// What is left of all that was printed, by one process after the other, for somebody who looks at the screen.
pub(super) fn on_screen(block: &Block, printed: &[Printed]) -> Rows {
    let all = || printed.iter().flat_map(|printed| &printed.0);
    match block.kind {
        Kind::Files { .. } => Rows::new(),
        // Those since a checkpoint come again.
        Kind::Printed => {
            let rows = all().map(|(_, row)| (serde_json::to_string(row).unwrap(), 1));
            rows.collect()
        }
        Kind::Updated { keys } => {
            let mut last: BTreeMap<String, Row> = BTreeMap::new();
            for (_, row) in all() {
                let key: Vec<&Value> = keys.iter().filter_map(|key| row.get(*key)).collect();
                last.insert(serde_json::to_string(&key).unwrap(), row.clone());
            }
            counted(last.into_values(), block.kind)
        }
        Kind::Whole => {
            let last = printed.iter().rev().find(|printed| !printed.0.is_empty());
            let rows = last.map_or(&[][..], |printed| &printed.0);
            let batch = rows.last().map_or(0, |(batch, _)| *batch);
            let rows = rows.iter().filter(|(of, _)| *of == batch).map(|(_, row)| row.clone());
            counted(rows, block.kind)
        }
    }
}
