//! `--bless`: what came out becomes what is expected.

use std::io::ErrorKind;
use std::path::Path;

use crate::cli::difference::Rows;
use crate::error::{Fault, Result};
use crate::pipeline::{Pipeline, TrialReport, TrialTable};

use super::case::Case;
use super::expected;
use super::verdict::{Change, Written, again, columns_of};
use crate::guest::OnError;

/// Writes the files of a case: those that it has, and where it has none those of the tables that the pipeline shows and of records
/// that failed. A file that names only some columns keeps to these.
///
/// # Errors
/// If the batch came to nothing, or a file can't be written. Files that were written before stay.
pub(super) fn bless(case: &Case, pipeline: &Pipeline, report: &TrialReport) -> Result<Vec<Written>> {
    if let Some(fault) = &report.failure {
        let is_a_record =
            |guest: &crate::pipeline::TrialGuest| guest.on_error == OnError::Fail && guest.errors.num_rows() > 0;
        if !report.guests.iter().any(is_a_record) {
            return Err(again(fault));
        }
    }
    let shown = pipeline.shown();
    let errors = pipeline.guests_and_errors();
    let mut written = Vec::new();
    for table in &report.tables {
        let is_known = case.expected.contains_key(&table.name);
        let is_errors = errors.iter().any(|(_, errors)| *errors == table.name);
        let is_shown = shown.iter().any(|shown| shown.eq_ignore_ascii_case(&table.name));
        let is_new = match is_errors {
            true => !table.is_empty(),
            false => {
                is_shown
                    && case
                        .expected
                        .keys()
                        .all(|known| errors.iter().any(|(_, errors)| errors == known))
            }
        };
        if is_known || is_new {
            written.push(write(case, pipeline, table)?);
        }
    }
    Ok(written)
}

fn write(case: &Case, pipeline: &Pipeline, table: &TrialTable) -> Result<Written> {
    let file = case.file_of(&table.name);
    let before = match file.exists() {
        true => Some(expected::read(&file, &table.schema)?),
        false => None,
    };
    let named = before.as_ref().filter(|before| !before.rows.is_empty());
    let columns = named.map_or_else(|| columns_of(table, pipeline), |before| before.columns.clone());
    let mut rows = Rows::of(&table.schema, &table.rows)?.project(&columns);
    if !table.is_ordered {
        rows = rows.sorted();
    }
    let text: String = (0..rows.rows.len())
        .map(|row| format!("{}\n", serde_json::Value::Object(rows.object(row))))
        .collect();
    let change = put(&file, &text)?;
    Ok(Written {
        file: file.display().to_string(),
        rows: rows.rows.len(),
        change,
    })
}

/// Writes a file, unless that is what it says already.
fn put(file: &Path, text: &str) -> Result<Change> {
    let change = match std::fs::read_to_string(file) {
        Ok(before) if before == text => return Ok(Change::None),
        Err(error) if error.kind() == ErrorKind::NotFound => Change::New,
        _ => Change::Changed,
    };
    std::fs::write(file, text).map_err(|error| {
        Fault::machine("a file of rows can't be written")
            .at(format!("`{}`", file.display()))
            .because(error)
    })?;
    Ok(change)
}
