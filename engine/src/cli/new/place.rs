//! The folder that is being made: all of it, or nothing.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{Fault, Result};

/// A folder, and what was made in it. Dropped before [`Place::keep`], all of that is removed again, and nothing else.
pub(super) struct Place {
    folder: PathBuf,
    shown: String,
    /// Files and folders, in the order they were made.
    made: Vec<PathBuf>,
}

impl Place {
    /// The folder, which is made if it is not there; `shown` is how the user wrote it.
    pub(super) fn prepare(folder: &Path, shown: &Path) -> Result<Self> {
        let mut place = Self {
            folder: folder.to_owned(),
            shown: format!("`{}`", shown.display()),
            made: Vec::new(),
        };
        match fs::read_dir(folder) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(place.refused("the folder is there already, and is not empty"));
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound && fs::symlink_metadata(folder).is_err() => {
                place.make_folders(folder)?;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(place.refused("there is a link of that name already, which leads nowhere"));
            }
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return Err(place.refused("there is a file in its place"));
            }
            Err(error) => {
                return Err(Fault::machine("the folder can't be read")
                    .at(place.shown.clone())
                    .because(error));
            }
        }
        Ok(place)
    }

    fn refused(&self, what: &str) -> Fault {
        Fault::usage(what)
            .at(self.shown.clone())
            .hint("name another; `wasmill new` never writes over a file")
    }

    /// Writes a file, its folders too. `path` is relative, with `/` between its parts.
    pub(super) fn write(&mut self, path: &str, text: &str) -> Result<()> {
        let file = self.folder.join(path);
        if let Some(folder) = file.parent() {
            self.make_folders(folder)?;
        }
        let created = fs::File::create_new(&file);
        if created.is_ok() {
            self.made.push(file);
        }
        created
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| {
                Fault::machine(format!("`{path}` can't be written"))
                    .at(self.shown.clone())
                    .because(error)
            })
    }

    fn make_folders(&mut self, folder: &Path) -> Result<()> {
        let missing: Vec<&Path> = folder.ancestors().take_while(|folder| !folder.is_dir()).collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder).map_err(|error| {
                Fault::machine("the folder can't be made")
                    .at(format!("`{}`", folder.display()))
                    .because(error)
            })?;
            self.made.push(folder.to_owned());
        }
        Ok(())
    }

    /// All is there: it stays.
    pub(super) fn keep(mut self) {
        self.made.clear();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for path in self.made.iter().rev() {
            // A folder in which somebody else has put something meanwhile is not ours to empty.
            let _nothing_left_to_do = fs::remove_file(path).or_else(|_| fs::remove_dir(path));
        }
    }
}

#[cfg(test)]
#[path = "place_test.rs"]
mod tests;
