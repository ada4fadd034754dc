//! A folder that files go to, whatever it stands on, and the two steps by which a file becomes visible.
//!
//! [`Folder::begin`] opens an [`Upload`]; [`Upload::prepare`] makes its bytes safe while they are still hidden and says in a
//! [`Prepared`] what is left to do; [`Folder::complete`] does that. A `Prepared` is plain data and completing is idempotent,
//! so the second step can be done, or done again, by somebody who has nothing but the `Prepared`.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::disk::{Disk, DiskUpload};
use super::store::{Store, StoreUpload};
use crate::error::Result;

/// Where files go. Paths are relative to it, with `/` between their parts.
#[derive(Debug)]
pub(crate) enum Folder {
    Disk(Disk),
    Store(Store),
}

/// A file whose bytes are all there, hidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Prepared {
    /// The path it will have.
    pub(crate) path: String,
    /// Its size.
    pub(crate) bytes: u64,
    /// Where the bytes are until then.
    pub(crate) hidden: Hidden,
}

/// Where the bytes of a file are before it is visible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Hidden {
    /// In a file of this name beside the final one.
    File(String),
    /// In an upload to such a name, which is not complete.
    Upload { path: String, upload_id: String },
}

/// What a folder can't tell of its hidden files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unseen {
    /// Nothing: all are told.
    Nothing,
    /// Those that began before the store was started.
    BeforeStart,
    /// All of them.
    Everything,
}

/// What became of a file that was to be the first of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Created {
    /// It is there now.
    New,
    /// There is one already, which stays as it is. It may be this one, if the answer to an earlier try was lost.
    AlreadyThere,
}

/// The name of a file until it is complete. Readers pass it over: not ending in `.parquet`, since DuckDB's `*.parquet` takes names with a
/// dot before them too.
pub(super) fn hidden_name(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((folder, name)) => format!("{folder}/.{name}.tmp"),
        None => format!(".{path}.tmp"),
    }
}

impl Prepared {
    /// The file that one of this name would have become, if it is a hidden name.
    pub(super) fn of_hidden(hidden: String) -> Option<Self> {
        let (folder, name) = match hidden.rsplit_once('/') {
            Some((folder, name)) => (format!("{folder}/"), name),
            None => (String::new(), hidden.as_str()),
        };
        let visible = name.strip_prefix('.')?.strip_suffix(".tmp")?;
        Some(Self {
            path: folder + visible,
            bytes: 0,
            hidden: Hidden::File(hidden),
        })
    }
}

/// A file that is being written.
#[derive(Debug)]
pub(crate) enum Upload {
    Disk(DiskUpload),
    Store(Box<StoreUpload>),
}

impl Folder {
    /// Finds out whether files can be listed and written, leaving none behind.
    pub(crate) async fn probe(&self) -> Result<()> {
        match self {
            Self::Disk(disk) => disk.probe().await,
            Self::Store(store) => store.probe().await,
        }
    }

    /// The paths of all files in it, in folders of any depth.
    pub(crate) async fn list(&self) -> Result<Vec<String>> {
        match self {
            Self::Disk(disk) => disk.list().await,
            Self::Store(store) => store.list().await,
        }
    }

    /// The files that are not visible, each with the path it would have, and what is not told of them.
    pub(crate) async fn hidden(&self) -> Result<(Vec<Prepared>, Unseen)> {
        match self {
            Self::Disk(disk) => Ok((disk.hidden().await?, Unseen::Nothing)),
            Self::Store(store) => store.hidden().await,
        }
    }

    /// Whether there is a folder of this name in it.
    pub(crate) async fn has_folder(&self, name: &str) -> Result<bool> {
        match self {
            Self::Disk(disk) => Ok(disk.has_folder(name)),
            Self::Store(store) => store.has_folder(name).await,
        }
    }

    /// Begins a file.
    pub(crate) async fn begin(&self, path: String) -> Result<Upload> {
        Ok(match self {
            Self::Disk(disk) => Upload::Disk(disk.begin(path).await?),
            Self::Store(store) => Upload::Store(Box::new(store.begin(path)?)),
        })
    }

    /// Makes a prepared file visible. Doing it again does no harm.
    pub(crate) async fn complete(&self, prepared: &Prepared) -> Result<()> {
        match (self, &prepared.hidden) {
            (Self::Disk(disk), Hidden::File(hidden)) => disk.complete(&prepared.path, hidden).await,
            (Self::Store(store), Hidden::File(hidden)) => store.complete(&prepared.path, prepared.bytes, hidden).await,
            (_, Hidden::Upload { .. }) => Err(incomplete(prepared)),
        }
    }

    /// Throws a prepared file away, as far as that is possible.
    pub(crate) async fn discard(&self, prepared: &Prepared) {
        match (self, &prepared.hidden) {
            (Self::Disk(disk), Hidden::File(hidden)) => disk.discard(hidden),
            (Self::Store(store), Hidden::File(hidden)) => store.discard(hidden).await,
            (Self::Store(store), Hidden::Upload { path, upload_id }) => {
                store.abort(path, upload_id).await;
                // It may have been put together since.
                store.discard(path).await;
            }
            (Self::Disk(_), Hidden::Upload { .. }) => {}
        }
    }

    /// Writes a small visible file at once.
    pub(crate) async fn put(&self, path: &str, bytes: Bytes) -> Result<()> {
        match self {
            Self::Disk(disk) => disk.put(path, bytes).await,
            Self::Store(store) => store.put(path, bytes).await,
        }
    }

    /// Writes a small file if there is none of its name: of several who try, one succeeds, whenever they do.
    pub(crate) async fn create(&self, path: &str, bytes: Bytes) -> Result<Created> {
        match self {
            Self::Disk(disk) => disk.create(path, bytes).await,
            Self::Store(store) => store.create(path, bytes).await,
        }
    }

    /// The bytes of a file; none if there is no such file.
    pub(crate) async fn get(&self, path: &str) -> Result<Option<Bytes>> {
        match self {
            Self::Disk(disk) => disk.get(path).await,
            Self::Store(store) => store.get(path).await,
        }
    }

    /// Removes files; one that is gone already is no error.
    pub(crate) async fn remove(&self, paths: Vec<String>) -> Result<()> {
        match self {
            Self::Disk(disk) => disk.remove(paths).await,
            Self::Store(store) => store.remove(paths).await,
        }
    }
}

fn incomplete(prepared: &Prepared) -> crate::error::Fault {
    crate::error::Fault::internal("a file was to be completed whose bytes are not all there")
        .at(format!("`{}`", prepared.path))
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk(disk) => disk.fmt(f),
            Self::Store(store) => store.fmt(f),
        }
    }
}

impl Upload {
    /// Takes more bytes.
    pub(crate) async fn write(&mut self, chunks: Vec<Bytes>) -> Result<()> {
        match self {
            Self::Disk(upload) => upload.write(chunks).await,
            Self::Store(upload) => upload.write(chunks).await,
        }
    }

    /// Where its bytes are until it is prepared; none if none has left memory yet.
    pub(crate) fn hidden(&self) -> Option<Hidden> {
        match self {
            Self::Disk(upload) => Some(Hidden::File(upload.hidden().to_owned())),
            Self::Store(upload) => upload.hidden(),
        }
    }

    /// Bytes it holds in memory.
    pub(crate) fn buffered(&self) -> usize {
        match self {
            Self::Disk(_) => 0,
            Self::Store(upload) => upload.buffered(),
        }
    }

    /// No more bytes come: makes those it has safe.
    pub(crate) async fn prepare(self) -> Result<Prepared> {
        match self {
            Self::Disk(upload) => upload.prepare().await,
            Self::Store(upload) => upload.prepare().await,
        }
    }

    /// Throws it away.
    pub(crate) async fn abort(self) {
        match self {
            // Dropping it removes the hidden file.
            Self::Disk(_) => {}
            Self::Store(upload) => upload.abort().await,
        }
    }
}
