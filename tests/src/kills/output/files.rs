//! The Parquet files that a reader of a folder sees. One that is visible stays, as it is.

use std::collections::BTreeMap;
use std::path::Path;

use crate::folder::{READERS, reading};
use crate::kills::place::{Place, Stamp, Unseen};
use crate::kills::servers::Servers;
use crate::rows::Row;

/// A folder, and what was seen in it.
#[derive(Debug)]
pub(super) struct Files {
    place: Place,
    known: BTreeMap<String, Stamp>,
    rows: usize,
}

/// The rows of a file that is new.
pub(super) struct Seen {
    pub(super) file: String,
    pub(super) rows: Vec<Row>,
}

impl Files {
    pub(super) fn open(url: &str, servers: &Servers) -> Self {
        Self::at(Place::open(url, servers))
    }

    pub(super) fn at(place: Place) -> Self {
        Self {
            place,
            known: BTreeMap::new(),
            rows: 0,
        }
    }

    /// The files that came since it was called last. None if nobody answers.
    ///
    /// # Errors
    /// A file that was seen is gone or another one; one that is visible can't be read.
    pub(super) fn look(&mut self) -> Result<Option<Vec<Seen>>, String> {
        let Ok(mut listed) = self.place.list() else {
            return Ok(None);
        };
        listed.retain(|name, _| is_visible(name));
        for (name, known) in &self.known {
            match listed.remove(name) {
                None => return Err(format!("`{name}` was visible, and is gone")),
                Some(stamp) if stamp != *known => return Err(format!("`{name}` was visible, and has changed")),
                Some(_) => {}
            }
        }
        let mut seen = Vec::new();
        for (name, stamp) in listed {
            let bytes = match self.place.get(&name) {
                Ok(bytes) => bytes,
                Err(Unseen::Gone) => return Err(format!("`{name}` was listed, and is gone")),
                // What is read of the others counts all the same.
                Err(Unseen::Unavailable) => break,
            };
            let rows = crate::parquet::rows_in(bytes);
            let rows = rows.map_err(|error| format!("`{name}` is visible, and can't be read: {error}"))?;
            self.known.insert(name.clone(), stamp);
            self.rows += rows.len();
            seen.push(Seen { file: name, rows });
        }
        Ok(Some(seen))
    }

    /// Asks the readers that others use, where `tests/servers` has made them ready, whether they see as many rows.
    ///
    /// # Errors
    /// They don't.
    pub(super) fn others_agree(&self, servers: &Servers) -> Result<(), String> {
        let python = Path::new(servers.variable("WASMILL_TEST_PYTHON"));
        if python.as_os_str().is_empty() {
            return Ok(());
        }
        let url = self.place.url();
        for reader in READERS {
            let command = servers.environment(reading(python, &url, reader));
            let rows = command.succeed().stdout.lines().count();
            if rows != self.rows {
                let ours = self.rows;
                return Err(format!("{reader} sees {rows} rows in {url}, and we see {ours}"));
            }
        }
        Ok(())
    }

    pub(super) fn keep(&self, folder: &Path) {
        self.place.copy_to(folder);
    }
}

/// As Spark, pyarrow and DuckDB see it.
fn is_visible(name: &str) -> bool {
    name.ends_with(".parquet") && !name.split('/').any(|part| part.starts_with(['.', '_']))
}

#[cfg(test)]
#[path = "files_test.rs"]
pub(super) mod tests;
