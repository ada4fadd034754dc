//! A place for a sink's files: a bucket if the environment names a store, else a temporary folder; and who reads it.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::command::Command;
use crate::rows::{Row, parse_lines};
use crate::unique::random_hex;

/// A folder nobody else uses.
#[derive(Debug)]
pub struct Folder {
    url: String,
    local: Option<TempDir>,
}

impl Folder {
    /// A new one: in the bucket `bronze` of the store of `WASMILL_TEST_S3`, or a local one.
    pub fn new() -> Self {
        if std::env::var_os("WASMILL_TEST_S3").is_none() {
            return Self::local();
        }
        Self {
            url: format!("s3://bronze/tests/{}", random_hex(16)),
            local: None,
        }
    }

    /// A new one on the local disk, gone when it is dropped: for what only a disk has.
    pub fn local() -> Self {
        let local = TempDir::new().unwrap_or_else(|error| panic!("no temporary folder can be made: {error}"));
        Self {
            url: format!("file://{}", local.path().display()),
            local: Some(local),
        }
    }

    /// Where it is on the local disk, if it is there.
    pub fn path(&self) -> Option<&Path> {
        self.local.as_ref().map(TempDir::path)
    }

    /// Whether it is in a real object store.
    pub fn is_real(&self) -> bool {
        self.local.is_none()
    }

    /// The URL of a folder in it.
    pub fn url(&self, name: &str) -> String {
        format!("{}/{name}", self.url)
    }

    /// The rows of a Parquet folder in it, as each reader at hand sees them: this workspace's own crates where the
    /// files are local, pyarrow and DuckDB where `tests/servers` has made them ready.
    pub fn read(&self, name: &str) -> Vec<(&'static str, Vec<Row>)> {
        let mut seen = Vec::new();
        if let Some(local) = &self.local {
            seen.push(("arrow-rs", crate::parquet::rows(&local.path().join(name))));
        }
        if let Some(python) = python() {
            for reader in READERS {
                let output = reading(&python, &self.url(name), reader).succeed();
                seen.push((reader, parse_lines(reader, &output.stdout)));
            }
        }
        assert!(
            !seen.is_empty(),
            "nothing here reads {}; run `tests/servers run cargo test -p wasmill-tests`",
            self.url
        );
        seen
    }

    /// What pyarrow says of the files of a Parquet folder in it (`readers/read_parquet.py`, `describe`), one object a file.
    /// None if pyarrow is not at hand.
    pub fn describe(&self, name: &str) -> Option<Vec<Row>> {
        let output = Command::other(python()?, [&script()])
            .arg("describe")
            .arg(self.url(name))
            .succeed();
        Some(parse_lines("describe", &output.stdout))
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

/// Readers that are not ours.
pub const READERS: [&str; 2] = ["pyarrow", "duckdb"];

/// The command that prints the rows of a Parquet folder, a line each, as one of the [`READERS`] sees them by this Python.
pub fn reading(python: &Path, url: &str, reader: &str) -> Command {
    let command = Command::other(python, [&script()]);
    command.arg("rows").arg(url).arg("--reader").arg(reader)
}

fn python() -> Option<PathBuf> {
    std::env::var_os("WASMILL_TEST_PYTHON").map(PathBuf::from)
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("readers/read_parquet.py")
}

#[cfg(test)]
#[path = "folder_test.rs"]
mod tests;
