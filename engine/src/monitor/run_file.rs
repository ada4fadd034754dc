//! The file by which a running pipeline is found.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::announce::{self, Announced};
use crate::error::{Fault, Result};

const BEGIN: &str = "run-";
const END: &str = ".json";

/// Which pipeline it is that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunName {
    /// The pipeline's name.
    pub pipeline: String,
    /// Its file, from the root on where that can be told.
    pub file: PathBuf,
    /// When it was started, in milliseconds since the epoch.
    pub started_ms: i64,
}

/// What the file says.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Contents {
    #[serde(flatten)]
    pub run: RunName,
    pub process_id: u32,
    pub port: u16,
    pub token: String,
}

/// Writes it; it is there until what is returned is dropped.
pub(super) fn publish(folder: &Path, contents: &Contents) -> Result<Announced> {
    // A part of the token keeps runs apart that a process may have beside each other.
    let part = contents.token.get(..8).unwrap_or_default();
    let file = format!("{BEGIN}{}-{part}{END}", contents.process_id);
    announce::publish(folder, &file, &contents.token, contents).map_err(|error| {
        Fault::machine("this run can't be announced")
            .at(format!("`{}`", folder.join(file).display()))
            .because(error)
    })
}

/// All that are there, with their names.
pub(super) fn all(folder: &Path) -> Vec<(String, Contents)> {
    let files = announce::list(folder, BEGIN, END).into_iter();
    files
        .filter_map(|file| Some((file.clone(), announce::read(folder, &file)?)))
        .collect()
}
