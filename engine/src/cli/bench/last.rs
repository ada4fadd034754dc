//! The figures of the last run, kept in the crate's target folder.

use std::path::{Path, PathBuf};

use super::figures::Figures;
use crate::error::{Fault, Result};
use crate::guest::Built;

/// The file that keeps the figures of a pipeline of this name: cargo's target folder may be that of many crates.
pub(super) fn file(built: &Built, pipeline: &str) -> Option<PathBuf> {
    // <target>/wasm32-unknown-unknown/release/NAME.component.wasm
    let target = built.component.ancestors().nth(3)?;
    Some(
        target
            .join("wasmill")
            .join(format!("bench-{}-{pipeline}.json", built.name)),
    )
}

/// What is kept there; nothing if there is nothing, or nothing that this version of wasmill understands.
pub(super) fn read(file: &Path) -> Option<Figures> {
    serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()
}

/// Keeps figures in the place of the last ones.
///
/// # Errors
/// If the file can't be written.
pub(super) fn keep(file: &Path, figures: &Figures) -> Result<()> {
    let text = serde_json::to_string_pretty(figures)
        .map_err(|error| Fault::internal("the figures can't be written as JSON").because(error))?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(file, text + "\n"));
    written.map_err(|error| {
        Fault::machine("the figures can't be kept for the next run")
            .at(format!("`{}`", file.display()))
            .because(error)
    })
}
