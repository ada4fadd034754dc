//! Where the demo finds the lab's modules, and where its Parquet goes.

use std::path::{Path, PathBuf};

use crate::error::{Fault, Result};

/// The folder of the lab's modules: here or above, or above the binary, which stands in the checkout's target folder.
pub(super) fn find_transforms() -> Result<PathBuf> {
    let here = std::env::current_dir().ok();
    let binary = std::env::current_exe().ok();
    let starts = [here.as_deref(), binary.as_deref()];
    let places = starts
        .into_iter()
        .flatten()
        .flat_map(Path::ancestors)
        .map(|folder| folder.join("transforms"));
    places
        .into_iter()
        .find(|place| place.join("commandes/batch.toml").is_file())
        .ok_or_else(|| {
            Fault::usage("the lab's modules are not here: no folder `transforms/commandes`")
                .hint("run the demo inside a checkout of wasmill")
        })
}

/// Where the demo's Parquet goes.
pub(super) struct Place(String);

impl Place {
    /// What the user named, or a folder in the temporary one.
    pub(super) fn of(output: Option<&str>) -> Result<Self> {
        let output = match output {
            Some(url) if url.contains("://") => url.trim_end_matches('/').to_owned(),
            // From where the user stands, not from the pipeline file.
            Some(path) => std::path::absolute(path)
                .map_err(|error| Fault::usage(format!("`{path}` can't be a folder")).because(error))?
                .to_string_lossy()
                .into_owned(),
            None => std::env::temp_dir().join("wasmill-demo").to_string_lossy().into_owned(),
        };
        Ok(Self(output))
    }

    pub(super) fn commandes(&self) -> String {
        format!("{}/commandes", self.0)
    }

    pub(super) fn items(&self) -> String {
        format!("{}/items", self.0)
    }

    /// What makes the pipeline of orders write there.
    pub(super) fn overrides(&self) -> Vec<String> {
        vec![
            format!("sink.bronze_commandes.parquet={}", self.commandes()),
            format!("sink.bronze_items.parquet={}", self.items()),
        ]
    }
}
