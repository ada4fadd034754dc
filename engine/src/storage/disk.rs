//! A folder on a disk: hidden temporary names, then rename.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::fault::disk_fault;
use super::folder::{Hidden, Prepared};
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

    pub(crate) fn has_folder(&self, name: &str) -> bool {
        self.root.join(name).is_dir()
    }

    pub(crate) async fn begin(&self, path: String) -> Result<DiskUpload> {
        let this = self.clone();
        blocking(move || {
            // Not ending in `.parquet`: DuckDB's `*.parquet` takes hidden files too.
            let (folder, name) = path
                .rsplit_once('/')
                .map_or(("", path.as_str()), |(folder, name)| (folder, name));
            let hidden = join(folder, &format!(".{name}.tmp"));
            let full = this.root.join(&hidden);
            this.make_folders(full.parent().unwrap_or(&this.root))?;
            let file = File::create_new(&full).map_err(|error| disk_fault("create a file", &full, error))?;
            Ok(DiskUpload {
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
        let mut upload = self.begin(path.to_owned()).await?;
        upload.write(vec![bytes]).await?;
        let prepared = upload.prepare().await?;
        match &prepared.hidden {
            Hidden::File(hidden) => self.complete(path, hidden).await,
            Hidden::Parts { .. } => Ok(()),
        }
    }

    pub(crate) async fn remove(&self, paths: Vec<String>) -> Result<()> {
        let this = self.clone();
        blocking(move || {
            for path in paths {
                let full = this.root.join(&path);
                match fs::remove_file(&full) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(disk_fault("remove a file that was replaced", &full, error));
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

/// A file under its hidden name; dropped before it is prepared, it is removed.
#[derive(Debug)]
pub(crate) struct DiskUpload {
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
    pub(crate) async fn write(&mut self, chunks: Vec<Bytes>) -> Result<()> {
        self.bytes += chunks.iter().map(|chunk| chunk.len() as u64).sum::<u64>();
        self.with_file("write to a file", move |file| {
            chunks.iter().try_for_each(|chunk| file.write_all(chunk))
        })
        .await
    }

    pub(crate) async fn prepare(mut self) -> Result<Prepared> {
        self.with_file("make a file safe", |file| file.sync_all()).await?;
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
