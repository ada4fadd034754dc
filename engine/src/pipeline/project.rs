//! Where the parts of a transform are: its crate, its pipeline, its sample records, its cases.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Pipeline, TrialSource};
use crate::batch::Records;
use crate::error::{Fault, Result};
use crate::source::Replay;

/// The pipeline's file in a crate's folder, and the one whose cases stand in `cases`.
const PIPELINE: &str = "pipeline.toml";

/// The pipeline of a crate without `pipeline.toml`: the rows of its transform, as they are.
const IMPLIED: &str = r#"[source.records]
replay = "samples.jsonl"

[guest.rows]
from = "records"
module = "."

[sink.rows]
from = "rows"
console = { truncate = false }
"#;

/// A crate's folder, or a pipeline's file with what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// As the user named it.
    name: PathBuf,
    folder: PathBuf,
    /// `pipeline.toml`, or the name of another file.
    file: String,
    /// Whether the file is not there.
    is_implied: bool,
}

impl Project {
    /// What is at this path: a folder with a crate or a `pipeline.toml`, or a pipeline file.
    ///
    /// # Errors
    /// `Usage`: there is nothing, or something else.
    pub fn find(path: &Path) -> Result<Self> {
        let at = |fault: Fault| fault.at(format!("`{}`", path.display()));
        let hint = "name a crate's folder (`wasmill new` makes one), or a pipeline file";
        if path.is_dir() {
            let (has_pipeline, has_crate) = (path.join(PIPELINE).is_file(), path.join("Cargo.toml").is_file());
            if !has_pipeline && !has_crate {
                let what = "there is neither `Cargo.toml` nor `pipeline.toml` in the folder";
                return Err(at(Fault::usage(what).hint(hint)));
            }
            return Ok(Self {
                name: path.to_owned(),
                folder: path.to_owned(),
                file: PIPELINE.to_owned(),
                is_implied: !has_pipeline,
            });
        }
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned());
        match file {
            Some(file) if path.is_file() && file.ends_with(".toml") => Ok(Self {
                name: path.to_owned(),
                folder: path.parent().unwrap_or(Path::new("")).to_owned(),
                file,
                is_implied: false,
            }),
            _ if path.is_file() => Err(at(Fault::usage("this is no pipeline file").hint(hint))),
            _ => Err(at(Fault::usage("there is no such crate or pipeline").hint(hint))),
        }
    }

    /// What it is called: the path that it was found by.
    pub fn name(&self) -> String {
        self.name.display().to_string()
    }

    /// The folder that everything stands in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The crate's folder, if there is a crate.
    pub fn crate_folder(&self) -> Option<&Path> {
        self.folder
            .join("Cargo.toml")
            .is_file()
            .then_some(self.folder.as_path())
    }

    /// The pipeline's file; none if the pipeline is the implied one of a crate.
    pub fn pipeline_file(&self) -> Option<PathBuf> {
        (!self.is_implied).then(|| self.folder.join(&self.file))
    }

    /// Reads the pipeline: the file, or the implied one of a crate without a file, which shows the rows of the crate's transform as
    /// the table `rows`, and reads from a source `records`. `--set KEY=VALUE` is put over either.
    ///
    /// # Errors
    /// If the file can't be read.
    pub fn pipeline(&self, overrides: Vec<String>) -> Result<Pipeline> {
        let path = self.folder.join(&self.file);
        match self.is_implied {
            true => Ok(Pipeline::of_text(&path, IMPLIED.to_owned(), overrides)),
            false => Pipeline::read(&path, overrides),
        }
    }

    /// The folder of its cases: `cases`, or `NAME.cases` for a pipeline `NAME.toml` that is not called `pipeline.toml`.
    pub fn cases_folder(&self) -> PathBuf {
        match self.file.strip_suffix(".toml") {
            Some(stem) if self.file != PIPELINE => self.folder.join(format!("{stem}.cases")),
            _ => self.folder.join("cases"),
        }
    }

    /// The files of its sample records, by their source: `samples.jsonl` for the only source, `samples/SOURCE.jsonl` where there are
    /// several; for a source that replays a file, that file, unless there is one of these. A source without a file is left out.
    ///
    /// # Errors
    /// `Usage`: no source has one.
    pub fn samples(&self, pipeline: &Pipeline) -> Result<BTreeMap<String, PathBuf>> {
        let names = pipeline.source_names();
        let only = self.folder.join("samples.jsonl");
        let mut samples = BTreeMap::new();
        for name in &names {
            let own = match names.len() {
                1 => only.clone(),
                _ => self.folder.join("samples").join(format!("{name}.jsonl")),
            };
            let replayed = pipeline.replay_of(name).map(Path::to_owned);
            let file = [Some(own), replayed].into_iter().flatten().find(|file| file.is_file());
            samples.extend(file.map(|file| (name.clone(), file)));
        }
        if samples.is_empty() {
            let (place, more) = match names.len() {
                0 | 1 => (only, ""),
                _ => (
                    self.folder.join("samples").join(format!("{}.jsonl", names[0])),
                    ", and a file for each other source",
                ),
            };
            return Err(Fault::usage("there are no sample records")
                .at(format!("`{}`", place.display()))
                .hint(format!(
                    "put some there, a line each{more}: a value as it stands, or {{\"key\": ..., \"value\": ...}}"
                )));
        }
        Ok(samples)
    }
}

/// Reads the records of files, by their source, as a trial wants them. Files of other sources are not read.
///
/// # Errors
/// `Usage`: a file can't be read, or a line in it is no record.
pub fn read_records(
    files: &BTreeMap<String, PathBuf>,
    sources: &[TrialSource],
) -> Result<BTreeMap<String, Vec<Records>>> {
    let mut records = BTreeMap::new();
    for source in sources {
        if let Some(file) = files.get(&source.name) {
            let batches = Replay::open(file)?.batches(&source.name, source.include_headers);
            records.insert(source.name.clone(), batches.collect::<Result<Vec<_>>>()?);
        }
    }
    Ok(records)
}

#[cfg(test)]
#[path = "project_test.rs"]
mod tests;
