//! A folder on a disk: hidden temporary names, then rename.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::fault::disk_fault;
use super::folder::{Created, Hidden, Prepared, hidden_name};
use crate::error::{Fault, Result};

/// Longest name of a file or folder on the usual file systems, in bytes.
pub(crate) const LONGEST_NAME: usize = 255;

/// The folder's root, which is made when it is first needed.
#[derive(Debug, Clone)]
pub(crate) struct Disk {
    root: PathBuf,
}

impl Disk {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(crate) async fn probe(&self) -> Result<()> {
        let this = self.clone();
        blocking(move || {
            this.make_folders(&this.root)?;
            let path = this.root.join(format!(".probe-{}", uuid::Uuid::new_v4()));
            let tried = File::create_new(&path).map(drop).and_then(|()| fs::remove_file(&path));
            tried.map_err(|error| disk_fault("write to the folder", &this.root, error))
        })
        .await
    }

    pub(crate) async fn list(&self) -> Result<Vec<String>> {
        let this = self.clone();
        blocking(move || {
            let mut found = Vec::new();
            match list_into(&mut found, &this.root, "") {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(disk_fault("list the folder", &this.root, error))
                }
                _ => Ok(found),
            }
        })
        .await
    }

    /// What [`Disk::begin`] named, and nobody completed.
    pub(crate) async fn hidden(&self) -> Result<Vec<Prepared>> {
        Ok(self.list().await?.into_iter().filter_map(Prepared::of_hidden).collect())
    }

    pub(crate) fn has_folder(&self, name: &str) -> bool {
        self.root.join(name).is_dir()
    }

    pub(crate) async fn begin(&self, path: String) -> Result<DiskUpload> {
        let this = self.clone();
        blocking(move || {
            let hidden = hidden_name(&path);
            let full = this.root.join(&hidden);
            this.make_folders(full.parent().unwrap_or(&this.root))?;
            let file = File::create_new(&full).map_err(|error| disk_fault("create a file", &full, error))?;
            Ok(DiskUpload {
                disk: this,
                path,
                hidden,
                bytes: 0,
                file: Some(file),
                guard: RemoveOnDrop(Some(full)),
            })
        })
        .await
    }

    pub(crate) async fn complete(&self, path: &str, hidden: &str) -> Result<()> {
        let (this, from, to) = (self.clone(), self.root.join(hidden), self.root.join(path));
        blocking(move || {
            match fs::rename(&from, &to) {
                // Completed before.
                Err(error) if error.kind() == io::ErrorKind::NotFound && to.exists() => {}
                Err(error) => return Err(disk_fault("make a finished file visible", &to, error)),
                Ok(()) => {}
            }
            this.sync_folders(&to)
        })
        .await
    }

    pub(crate) fn discard(&self, hidden: &str) {
        let _nothing_left_to_do = fs::remove_file(self.root.join(hidden));
    }

    /// Like [`Disk::discard`]; folders that are empty then go too.
    pub(crate) fn discard_file(&self, prepared: &Prepared) {
        if let Hidden::File(hidden) = &prepared.hidden {
            self.discard(hidden);
            self.remove_empty_folders(&self.root.join(hidden));
        }
    }

    pub(crate) async fn put(&self, path: &str, bytes: Bytes) -> Result<()> {
        let (this, path) = (self.clone(), self.root.join(path));
        blocking(move || {
            let written = this.write_beside(&path, &bytes)?;
            fs::rename(&written, &path).map_err(|error| disk_fault("write a file", &path, error))?;
            this.sync_folders(&path)
        })
        .await
    }

    pub(crate) async fn create(&self, path: &str, bytes: Bytes) -> Result<Created> {
        let (this, path) = (self.clone(), self.root.join(path));
        blocking(move || {
            let written = this.write_beside(&path, &bytes)?;
            // A link, unlike a rename, never takes the place of another; unlike a file that is opened as a new one it is whole at once.
            let linked = fs::hard_link(&written, &path);
            let removed = fs::remove_file(&written);
            match linked {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(Created::AlreadyThere),
                Err(error) if error.kind() == io::ErrorKind::Unsupported || is_refused(&error) => {
                    return Err(Fault::machine(
                        "the file system has no hard links, by which one run is told from another",
                    )
                    .at(format!("`{}`", path.display()))
                    .because(error)
                    .hint("use a folder on another file system"));
                }
                Err(error) => return Err(disk_fault("create a file", &path, error)),
            }
            removed.map_err(|error| disk_fault("remove a file", &path, error))?;
            this.sync_folders(&path)?;
            Ok(Created::New)
        })
        .await
    }

    /// Writes a file of a name of its own beside the one that is meant: what a process that died left is in nobody's way.
    fn write_beside(&self, path: &Path, bytes: &Bytes) -> Result<PathBuf> {
        self.make_folders(path.parent().unwrap_or(&self.root))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let beside = path.with_file_name(format!(".{name}.{}.tmp", uuid::Uuid::new_v4().simple()));
        let mut guard = RemoveOnDrop(Some(beside.clone()));
        let written = File::create_new(&beside).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.map_err(|error| disk_fault("write a file", &beside, error))?;
        guard.0 = None;
        Ok(beside)
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Option<Bytes>> {
        let path = self.root.join(path);
        blocking(move || match fs::read(&path) {
            Ok(bytes) => Ok(Some(Bytes::from(bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(disk_fault("read a file", &path, error)),
        })
        .await
    }

    pub(crate) async fn remove(&self, paths: Vec<String>) -> Result<()> {
        let this = self.clone();
        blocking(move || {
            for path in paths {
                let full = this.root.join(&path);
                match fs::remove_file(&full) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(disk_fault("remove a file", &full, error));
                    }
                    _ => this.remove_empty_folders(&full),
                }
            }
            Ok(())
        })
        .await
    }

    fn make_folders(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).map_err(|error| disk_fault("create the folder", folder, error))
    }

    /// A new name survives a power cut only when its folder is synced, and so does a new folder in its own.
    fn sync_folders(&self, file: &Path) -> Result<()> {
        for folder in file
            .ancestors()
            .skip(1)
            .take_while(|folder| folder.starts_with(&self.root))
        {
            let path = if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            };
            let synced = File::open(path).and_then(|folder| folder.sync_all());
            synced.map_err(|error| disk_fault("make a finished file safe", path, error))?;
        }
        Ok(())
    }

    /// Folders of partitions that have no file any more, up to the root. One that has is refused by the system.
    fn remove_empty_folders(&self, file: &Path) {
        let below = |folder: &&Path| folder.starts_with(&self.root) && *folder != self.root;
        for folder in file.ancestors().skip(1).take_while(below) {
            if fs::remove_dir(folder).is_err() {
                return;
            }
        }
    }
}

impl fmt::Display for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.display().fmt(f)
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// Symbolic links are not followed: what they point to is not in the folder. Names that are no text are not ours.
fn list_into(found: &mut Vec<String>, folder: &Path, relative: &str) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let (kind, path) = (entry.file_type()?, join(relative, &name));
        if kind.is_dir() {
            list_into(found, &entry.path(), &path)?;
        } else if kind.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

/// What file systems without links answer: `EPERM`.
fn is_refused(error: &io::Error) -> bool {
    cfg!(unix) && error.raw_os_error() == Some(1)
}

/// A file under its hidden name; dropped before it is prepared, it is removed.
#[derive(Debug)]
pub(crate) struct DiskUpload {
    disk: Disk,
    path: String,
    hidden: String,
    bytes: u64,
    file: Option<File>,
    guard: RemoveOnDrop,
}

#[derive(Debug)]
struct RemoveOnDrop(Option<PathBuf>);

impl Drop for RemoveOnDrop {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            let _nothing_left_to_do = fs::remove_file(path);
        }
    }
}

impl DiskUpload {
    pub(crate) fn hidden(&self) -> &str {
        &self.hidden
    }

    pub(crate) async fn write(&mut self, chunks: Vec<Bytes>) -> Result<()> {
        self.bytes += chunks.iter().map(|chunk| chunk.len() as u64).sum::<u64>();
        self.with_file("write to a file", move |file| {
            chunks.iter().try_for_each(|chunk| file.write_all(chunk))
        })
        .await
    }

    pub(crate) async fn prepare(mut self) -> Result<Prepared> {
        self.with_file("make a file safe", |file| file.sync_all()).await?;
        // Its hidden name, and folders that are new, have to be there after a power cut: somebody is going to be told of them.
        let (disk, hidden) = (self.disk.clone(), self.disk.root.join(&self.hidden));
        blocking(move || disk.sync_folders(&hidden)).await?;
        self.guard.0 = None;
        Ok(Prepared {
            path: std::mem::take(&mut self.path),
            bytes: self.bytes,
            hidden: Hidden::File(std::mem::take(&mut self.hidden)),
        })
    }

    /// The file goes to a thread that may block, and comes back.
    async fn with_file(
        &mut self,
        doing: &'static str,
        call: impl FnOnce(&mut File) -> io::Result<()> + Send + 'static,
    ) -> Result<()> {
        let Some(mut file) = self.file.take() else {
            return Err(Fault::internal("a file was used after it failed").at(format!("`{}`", self.path)));
        };
        let path = self.guard.0.clone().unwrap_or_default();
        let file = blocking(move || {
            call(&mut file)
                .map(|()| file)
                .map_err(|error| disk_fault(doing, &path, error))
        })
        .await?;
        self.file = Some(file);
        Ok(())
    }
}

async fn blocking<T: Send + 'static>(call: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(call).await {
        Ok(result) => result,
        Err(error) => Err(Fault::internal("a thread that writes to a disk ended early").because(error)),
    }
}

#[cfg(test)]
#[path = "disk_test.rs"]
mod tests;
