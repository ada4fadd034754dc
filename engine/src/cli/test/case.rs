//! Cases as files: a folder a case, with the records that go in and the rows that shall come out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Fault, Result};
use crate::pipeline::{Pipeline, Project, nearest};

/// The records of the only source, whatever it is called.
const RECORDS: &str = "records";

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Case {
    /// Its folder's name.
    pub(super) name: String,
    /// Its folder.
    pub(super) folder: PathBuf,
    /// Files of records, by their source.
    pub(super) records: BTreeMap<String, PathBuf>,
    /// Files of rows, by their table, spelled as the pipeline has it.
    pub(super) expected: BTreeMap<String, PathBuf>,
}

impl Case {
    /// The file of a table's rows.
    pub(super) fn file_of(&self, table: &str) -> PathBuf {
        let known = self.expected.get(table);
        known.map_or_else(|| self.folder.join(format!("{table}.jsonl")), Clone::clone)
    }
}

/// All cases of a project, by their names.
///
/// # Errors
/// `Usage`: there are none, or a file in one of them belongs to no source and no table.
pub(super) fn all(project: &Project, pipeline: &Pipeline) -> Result<Vec<Case>> {
    let folder = project.cases_folder();
    let at = |fault: Fault| fault.at(format!("`{}`", folder.display()));
    let unreadable = |error: std::io::Error| at(Fault::usage("the folder of cases can't be read").because(error));
    let mut cases = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && !name.starts_with('.') {
                cases.push(read(name, path, pipeline)?);
            }
        }
    }
    if cases.is_empty() {
        return Err(at(Fault::usage("there are no cases")).hint(format!(
            "a case is a folder in it, with a file `records.jsonl`, a record a line; `wasmill test --bless {}` writes the rows \
             that come of it beside it",
            project.name()
        )));
    }
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(cases)
}

/// The case in this folder.
fn read(name: String, folder: PathBuf, pipeline: &Pipeline) -> Result<Case> {
    let (sources, tables) = (pipeline.source_names(), pipeline.tables());
    let named = |names: &[String], file: &str| names.iter().find(|name| name.eq_ignore_ascii_case(file)).cloned();
    let mut case = Case {
        name,
        records: BTreeMap::new(),
        expected: BTreeMap::new(),
        folder,
    };
    for (stem, path) in files(&case.folder)? {
        let only = (stem == RECORDS && sources.len() == 1).then(|| sources[0].clone());
        let source = only.or_else(|| named(&sources, &stem));
        if let Some(source) = source {
            if let Some(other) = case.records.insert(source.clone(), path.clone()) {
                let what = format!("source `{source}` has two files of records in a case");
                return Err(Fault::usage(what).at(format!("`{}` and `{}`", other.display(), path.display())));
            }
        } else if let Some(table) = named(&tables, &stem) {
            case.expected.insert(table, path);
        } else {
            return Err(unknown(&stem, &path, &sources, &tables));
        }
    }
    if case.records.is_empty() {
        let files: Vec<String> = match sources.as_slice() {
            [_] => vec![format!("`{RECORDS}.jsonl`")],
            sources => sources.iter().map(|source| format!("`{source}.jsonl`")).collect(),
        };
        return Err(Fault::usage("the case has no records")
            .at(format!("`{}`", case.folder.display()))
            .hint(format!(
                "put them into {}, a line each: a value as it stands, or {{\"key\": ..., \"value\": ...}}",
                files.join(" and ")
            )));
    }
    Ok(case)
}

/// The `.jsonl` files of a folder, by their names without that, in order.
fn files(folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let unreadable = |error: std::io::Error| {
        Fault::usage("a case can't be read")
            .at(format!("`{}`", folder.display()))
            .because(error)
    };
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(stem) = name.strip_suffix(".jsonl") {
            files.insert(stem.to_owned(), path);
        }
    }
    Ok(files)
}

fn unknown(stem: &str, path: &Path, sources: &[String], tables: &[String]) -> Fault {
    let names = || sources.iter().chain(tables).map(String::as_str);
    let hint = match nearest(stem, names()) {
        Some(near) => format!("did you mean `{near}.jsonl`?"),
        None => format!(
            "files are called by a source or a table, which are {}",
            tables
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    };
    Fault::usage(format!("the pipeline has neither a source nor a table `{stem}`"))
        .at(format!("`{}`", path.display()))
        .hint(hint)
}

#[cfg(test)]
#[path = "case_test.rs"]
mod tests;
