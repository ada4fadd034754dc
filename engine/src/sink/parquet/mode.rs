//! What happens to files that are in the folder already.

use std::str::FromStr;

use crate::error::{Fault, Result};
use crate::storage::Folder;

/// Spark's save modes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SaveMode {
    /// They stay; new files stand beside them.
    #[default]
    Append,
    /// They are removed once the new files are there. A reader may see both for a moment, but never nothing.
    Overwrite,
    /// The run stops before it starts.
    ErrorIfExists,
    /// Nothing is written.
    Ignore,
}

impl FromStr for SaveMode {
    type Err = String;

    /// Reads `append`, `overwrite`, `error_if_exists` (also Spark's `errorifexists` and `error`) or `ignore`, in any case.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "append" => Ok(Self::Append),
            "overwrite" => Ok(Self::Overwrite),
            "error_if_exists" | "errorifexists" | "error" => Ok(Self::ErrorIfExists),
            "ignore" => Ok(Self::Ignore),
            _ => Err(format!(
                "unknown mode `{text}`: use `append`, `overwrite`, `error_if_exists` or `ignore`"
            )),
        }
    }
}

/// An empty file that says, as in Spark, that a batch came to its end.
pub(super) const SUCCESS: &str = "_SUCCESS";

/// What a mode makes of a folder, decided when the sink is opened.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Write new files.
    Write,
    /// Write new files, then remove these.
    Replace(Vec<String>),
    /// Write nothing.
    Skip,
}

/// Folders in which others keep the list of a table's files: their readers would never see ours.
const LISTS: [(&str, &str); 2] = [("_spark_metadata", "a Spark stream"), ("_delta_log", "Delta Lake")];

pub(super) async fn decide(mode: SaveMode, folder: &Folder) -> Result<Decision> {
    for (list, owner) in LISTS {
        if folder.has_folder(list).await? {
            return Err(Fault::usage(format!(
                "{owner} keeps a list of its files there (`{list}`), and its readers see no others"
            ))
            .at(format!("folder `{folder}`"))
            .hint(format!("write to another folder, or remove `{list}`")));
        }
    }
    if mode == SaveMode::Append {
        return Ok(Decision::Write);
    }
    let mut present = folder.list().await?;
    present.retain(|path| is_table_file(path));
    if mode == SaveMode::Overwrite {
        // The mark of the last run is written over, not removed.
        present.retain(|path| path != SUCCESS);
        return Ok(Decision::Replace(present));
    }
    present.retain(|path| path.ends_with(".parquet"));
    match mode {
        SaveMode::Ignore if !present.is_empty() => Ok(Decision::Skip),
        SaveMode::ErrorIfExists if !present.is_empty() => {
            let files = if present.len() == 1 { "file" } else { "files" };
            Err(Fault::usage(format!("there are {} {files} already", present.len()))
                .at(format!("folder `{folder}`"))
                .hint("`mode = \"append\"` adds to them, `mode = \"overwrite\"` replaces them"))
        }
        _ => Ok(Decision::Write),
    }
}

/// Whether a Parquet writer put this file there: nothing else in a folder is ever removed. Hadoop keeps checksums in
/// `.NAME.crc`; folders that begin with `_` or `.` belong to somebody else (`_delta_log`, `_spark_metadata`).
fn is_table_file(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    if folders.split('/').any(|folder| folder.starts_with(['_', '.'])) {
        return false;
    }
    let name = match name.strip_suffix(".crc").and_then(|name| name.strip_prefix('.')) {
        Some(summed) => summed,
        None => name,
    };
    matches!(name, SUCCESS | "_metadata" | "_common_metadata")
        || (name.ends_with(".parquet") && !name.starts_with(['_', '.']))
}

#[cfg(test)]
#[path = "mode_test.rs"]
mod tests;
