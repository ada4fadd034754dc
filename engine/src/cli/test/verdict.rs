//! A case beside what came of it.

use crate::cli::difference::{Difference, Rows};
use crate::error::{Fault, Result};
use crate::guest::OnError;
use crate::pipeline::{Pipeline, TrialGuest, TrialReport, TrialTable};

use super::case::Case;
use super::expected;

/// Columns of dead letters that a case is about: the others are the record's, or change with each build of the module.
const ERROR_COLUMNS: [&str; 4] = ["topic", "partition", "offset", "reason"];
/// How Kafka's columns begin in a guest's rows: they are the record's, and not what the module made of it.
const OF_THE_RECORD: &str = "kafka_";

/// What became of a case.
pub(super) struct Verdict {
    pub(super) name: String,
    pub(super) records: u64,
    pub(super) outcome: Outcome,
    /// What a run would have said.
    pub(super) notices: Vec<String>,
    pub(super) guests: Vec<TrialGuest>,
}

/// How it ended.
pub(super) enum Outcome {
    /// As expected.
    Passed,
    /// Tables that are not as expected.
    Different(Vec<TableDifference>),
    /// It could not be compared.
    Broken(Fault),
    /// The expected files are what came out now.
    Blessed(Vec<Written>),
}

/// A table that is not as expected.
pub(super) struct TableDifference {
    pub(super) table: String,
    /// The file of what was expected; there may be none, if nothing was.
    pub(super) file: String,
    /// From what was expected to what came.
    pub(super) difference: Difference,
    pub(super) expected: Rows,
    pub(super) actual: Rows,
    pub(super) is_ordered: bool,
}

/// A file of `--bless`.
pub(super) struct Written {
    pub(super) file: String,
    pub(super) rows: usize,
    pub(super) change: Change,
}

/// What was done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// It was not there before.
    New,
    /// It had other rows.
    Changed,
    /// It was left as it was.
    None,
}

/// Compares a case with what came of it.
///
/// # Errors
/// If a file can't be read, nothing is expected, or the batch came to nothing where that was not expected.
pub(super) fn differences(case: &Case, pipeline: &Pipeline, report: &TrialReport) -> Result<Vec<TableDifference>> {
    if case.expected.is_empty() {
        return Err(
            Fault::usage("nothing is expected: there is no file of rows beside the records")
                .at(format!("`{}`", case.folder.display()))
                .hint("look at what comes out, and keep it: `wasmill test --bless` writes it there"),
        );
    }
    if let Some(fault) = &report.failure
        && !fails_as_expected(case, pipeline, report)
    {
        return Err(again(fault));
    }
    let mut differences = Vec::new();
    for (table, file) in &case.expected {
        let Some(found) = report.tables.iter().find(|found| found.name == *table) else {
            return Err(Fault::internal(format!("the trial gave no table `{table}`")));
        };
        let expected = expected::read(file, &found.schema)?;
        let columns = match expected.rows.is_empty() {
            true => columns_of(found, pipeline),
            false => expected.columns.clone(),
        };
        let actual = Rows::of(&found.schema, &found.rows)?.project(&columns);
        differences.extend(differing(table, case, expected, actual, found.is_ordered));
    }
    for (guest, table) in pipeline.guests_and_errors() {
        let guest = report.guests.iter().find(|report| report.name == guest);
        if let Some(guest) = guest
            && guest.errors.num_rows() > 0
            && !case.expected.contains_key(&table)
        {
            let actual = Rows::of(&guest.errors.schema(), std::slice::from_ref(&guest.errors))?;
            let actual = actual.project(&ERROR_COLUMNS.map(str::to_owned));
            differences.extend(differing(&table, case, Rows::default(), actual, true));
        }
    }
    Ok(differences)
}

fn differing(
    table: &str,
    case: &Case,
    mut expected: Rows,
    mut actual: Rows,
    is_ordered: bool,
) -> Option<TableDifference> {
    if expected.rows.is_empty() {
        // An empty file names no columns.
        expected.columns.clone_from(&actual.columns);
    }
    if !is_ordered {
        (expected, actual) = (expected.sorted(), actual.sorted());
    }
    let difference = Difference::of(&expected, &actual);
    (!difference.is_empty()).then(|| TableDifference {
        table: table.to_owned(),
        file: case.file_of(table).display().to_string(),
        difference,
        expected,
        actual,
        is_ordered,
    })
}

/// Whether the batch failed since a record did, under `on_error = "fail"`, and the case expects errors of that guest.
pub(super) fn fails_as_expected(case: &Case, pipeline: &Pipeline, report: &TrialReport) -> bool {
    let tables = pipeline.guests_and_errors();
    let failed = report
        .guests
        .iter()
        .filter(|guest| guest.on_error == OnError::Fail && guest.errors.num_rows() > 0);
    let mut names = failed.filter_map(|guest| tables.iter().find(|(name, _)| *name == guest.name));
    names.any(|(_, table)| case.expected.contains_key(table))
}

/// The columns of a table that a case is about, where it does not say so.
pub(super) fn columns_of(table: &TrialTable, pipeline: &Pipeline) -> Vec<String> {
    let guests = pipeline.guests_and_errors();
    if guests.iter().any(|(_, errors)| *errors == table.name) {
        return ERROR_COLUMNS.map(str::to_owned).to_vec();
    }
    let is_guest = guests.iter().any(|(guest, _)| *guest == table.name);
    let names = table.schema.fields().iter().map(|field| field.name());
    names
        .filter(|name| !(is_guest && name.starts_with(OF_THE_RECORD)))
        .cloned()
        .collect()
}

/// The fault once more: a report is looked at, not taken apart.
pub(super) fn again(fault: &Fault) -> Fault {
    let same = Fault::new(fault.kind(), fault.to_string());
    match fault.advice() {
        Some(hint) => same.hint(hint),
        None => same,
    }
}
