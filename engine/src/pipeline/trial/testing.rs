//! Trials of pipelines from texts, for the tests of this folder.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::{Trial, TrialReport, TrialTable};
use crate::batch::{RecordRef, Records, RecordsBuilder};
use crate::guest::testing::menagerie_file;
use crate::pipeline::testing::{Heard, pipeline, resources};
use crate::pipeline::{LoadedModules, Pipeline};
use crate::sink::json::write_rows;

/// A pipeline over the topic `raw` with the menagerie's rows as `zoo`, and more below it.
pub(super) fn zoo(folder: &Path, on_error: &str, more: &str) -> Pipeline {
    let module = menagerie_file(folder);
    let text = format!(
        "[source.raw]\nsubscribe = \"t\"\n[guest.zoo]\nfrom = \"raw\"\nmodule = {module:?}\non_error = \"{on_error}\"\n{more}\n\
         [sink.nowhere]\nfrom = \"zoo\"\nparquet = \"nowhere\"\n"
    );
    pipeline(folder, &text, &[])
}

/// A trial for these tables, or what a user reads of all mistakes.
pub(super) async fn trial(pipeline: &Pipeline, tables: &[&str]) -> Result<Trial, String> {
    trial_with(pipeline, tables, &LoadedModules::default()).await
}

pub(super) async fn trial_with(pipeline: &Pipeline, tables: &[&str], modules: &LoadedModules) -> Result<Trial, String> {
    let tables: Vec<String> = tables.iter().map(|&table| table.to_owned()).collect();
    let trial = Trial::plan(pipeline, &tables, modules, &resources(Arc::new(Heard::default()))).await;
    trial.map_err(|invalid| invalid.report(false))
}

/// Records of a source, one a second from 1970-01-01 00:00:01 on.
pub(super) fn records(source: &str, values: &[&str]) -> BTreeMap<String, Vec<Records>> {
    let mut builder = RecordsBuilder::new(false);
    for (offset, value) in (0..).zip(values) {
        let record = RecordRef {
            key: None,
            value: Some(value.as_bytes()),
            topic: "t",
            partition: 0,
            offset,
            timestamp_ms: Some(1000 * (offset + 1)),
            timestamp_type: 0,
        };
        builder.push(record, None::<std::iter::Empty<_>>);
    }
    BTreeMap::from([(source.to_owned(), vec![builder.finish().unwrap()])])
}

/// The rows of a table, a JSON line each.
pub(super) fn rows(table: &TrialTable) -> Vec<String> {
    let mut out = Vec::new();
    for rows in &table.rows {
        write_rows(&mut out, rows).unwrap();
    }
    String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
}

/// The places and reasons of a guest's errors.
pub(super) fn errors(report: &TrialReport) -> Vec<String> {
    let mut out = Vec::new();
    for guest in &report.guests {
        write_rows(&mut out, &guest.errors.project(&[0, 1, 2, 5]).unwrap()).unwrap();
    }
    String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
}
