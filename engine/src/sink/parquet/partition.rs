//! Rows to folders: `country=fr/day=2026-01-18/`, as Hive and Spark name them.

use std::collections::HashMap;

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use arrow::row::{RowConverter, SortField};

use crate::error::{Fault, Result};
use crate::sink::show::write_cell;
use crate::storage::LONGEST_NAME;

/// The folder of rows whose value is null, or an empty text, which readers can't tell apart.
const NULL_FOLDER: &str = "__HIVE_DEFAULT_PARTITION__";

/// Splits rows by the values of the partition columns.
pub(super) struct Partitioner {
    /// Index and name of each partition column, in the order of the folders.
    columns: Vec<(usize, String)>,
    /// The columns that stay in the files.
    rest: Vec<usize>,
    keys: RowConverter,
}

impl Partitioner {
    /// Of rows of this schema by these columns, which must be there; `None` if there are none to split by.
    pub(super) fn new(schema: &Schema, partition_by: &[String]) -> Result<Option<Self>> {
        if partition_by.is_empty() {
            return Ok(None);
        }
        let index = |name: &String| schema.index_of(name).map(|index| (index, name.clone()));
        let columns = partition_by
            .iter()
            .map(index)
            .collect::<Result<Vec<_>, _>>()
            .map_err(cannot)?;
        let is_rest = |index: &usize| columns.iter().all(|(partition, _)| partition != index);
        let rest = (0..schema.fields().len()).filter(is_rest).collect();
        let types = columns
            .iter()
            .map(|(index, _)| SortField::new(schema.field(*index).data_type().clone()));
        let keys = RowConverter::new(types.collect()).map_err(cannot)?;
        Ok(Some(Self { columns, rest, keys }))
    }

    /// The columns that stay in the files.
    pub(super) fn file_columns(&self) -> &[usize] {
        &self.rest
    }

    /// The rows of each folder, without the partition columns and in their order. Two values of one text (null and the empty
    /// text) give the same folder twice.
    pub(super) fn split(&self, rows: &RecordBatch) -> Result<Vec<(String, RecordBatch)>> {
        let values: Vec<&ArrayRef> = self.columns.iter().map(|(index, _)| rows.column(*index)).collect();
        let owned: Vec<ArrayRef> = values.iter().map(|column| ArrayRef::clone(column)).collect();
        let keys = self.keys.convert_columns(&owned).map_err(cannot)?;
        let mut groups: Vec<Vec<u32>> = Vec::new();
        let mut group_of = HashMap::new();
        for (row, key) in (0_u32..).zip(keys.iter()) {
            let group = *group_of.entry(key).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            groups[group].push(row);
        }

        let kept = rows.project(&self.rest).map_err(cannot)?;
        let one_folder = groups.len() == 1;
        let folder_of = |group: Vec<u32>| {
            let first = group.first().copied().unwrap_or_default() as usize;
            let folder = self.folder(&values, first)?;
            let rows = if one_folder {
                Ok(kept.clone())
            } else {
                take_record_batch(&kept, &UInt32Array::from(group))
            };
            Ok((folder, rows.map_err(cannot)?))
        };
        groups.into_iter().map(folder_of).collect()
    }

    fn folder(&self, values: &[&ArrayRef], row: usize) -> Result<String> {
        let mut folder = String::new();
        for ((_, name), column) in self.columns.iter().zip(values) {
            let start = folder.len();
            escape_into(&mut folder, name);
            folder.push('=');
            let mut text = String::new();
            if !column.is_null(row) {
                write_cell(&mut text, column, row).map_err(cannot)?;
            }
            if text.is_empty() {
                folder.push_str(NULL_FOLDER);
            } else {
                escape_into(&mut folder, &text);
            }
            if folder.len() - start > LONGEST_NAME {
                let shown: String = text.chars().take(40).collect();
                return Err(Fault::data(format!(
                    "a value of {} bytes is too long for a folder's name",
                    text.len()
                ))
                .at(format!("partition column `{name}`, value `{shown}...`"))
                .hint(format!("shorten it in the SQL: `left({name}, 40) AS {name}`")));
            }
            folder.push('/');
        }
        folder.pop();
        Ok(folder)
    }
}

fn cannot(error: ArrowError) -> Fault {
    Fault::internal("can't split rows by the partition columns").because(error)
}

/// Appends a name or a value with what Spark and Hive escape as `%2F`, and 0 besides, which no file system takes. With `/`
/// escaped and `name=` before it no value leaves its folder.
fn escape_into(out: &mut String, text: &str) {
    for character in text.chars() {
        let escaped = character.is_ascii_control()
            || matches!(
                character,
                '"' | '#' | '%' | '\'' | '*' | '/' | ':' | '=' | '?' | '\\' | '{' | '[' | ']' | '^'
            );
        if escaped {
            out.push_str(&format!("%{:02X}", u32::from(character)));
        } else {
            out.push(character);
        }
    }
}

#[cfg(test)]
#[path = "partition_test.rs"]
mod tests;
