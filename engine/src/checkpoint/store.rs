//! The folder of a checkpoint: `N.json`, `owner.json`, and objects in `state/`.

use std::fmt;
use std::sync::OnceLock;

use arrow::array::RecordBatch;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::manifest::{Manifest, Object};
use super::object;
use super::owner::Owner;
use crate::error::{Fault, Result};
use crate::storage::{Created, Folder, Mark, Notify, Stores, Target};

const OWNER: &str = "owner.json";
const STATE: &str = "state";

/// A checkpoint's folder, on a disk or in an object store.
pub struct CheckpointStore {
    folder: Folder,
    /// Of who writes.
    mark: OnceLock<Mark>,
}

/// What the owner says of itself now and then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Beat {
    pub(super) owner: Owner,
    /// One more each time.
    pub(super) beat: u64,
    /// Whether the run has ended, and nothing has to be done after it.
    pub(super) released: bool,
    /// The checkpoint of which everything that it names was done, if the run has ended.
    pub(super) settled: Option<u64>,
}

impl Beat {
    /// Whether it is the last word of this owner.
    pub(super) fn releases(&self, owner: &Owner) -> bool {
        self.released && self.owner.id == owner.id
    }
}

/// Finds out whether checkpoints could be kept there, and leaves nothing behind. Gives the place as it is shown.
///
/// # Errors
/// If it is no place for files, can't be reached, refuses, or can't tell two runs apart.
pub async fn probe(url: &str, stores: &Stores) -> Result<String> {
    match Target::parse(url)? {
        // A folder that is not there is not made for this.
        Target::Disk(_) => crate::storage::probe(url, &[]).await,
        target @ Target::S3 { .. } => {
            let silent: Notify = std::sync::Arc::new(|_| {});
            CheckpointStore::open(url, stores, &silent)?.probe().await?;
            Ok(target.to_string())
        }
    }
}

/// What became of a manifest that was to be the first of its number.
pub(super) enum Written {
    Ours,
    /// Somebody else's is there.
    Theirs(Box<Manifest>),
}

impl CheckpointStore {
    /// The folder at this address. Nothing is touched yet.
    ///
    /// # Errors
    /// If it is no address, or variables of the environment are missing or wrong.
    pub fn open(url: &str, stores: &Stores, notify: &Notify) -> Result<Self> {
        let folder = stores.folder(&Target::parse(url)?, notify)?;
        Ok(Self {
            folder,
            mark: OnceLock::new(),
        })
    }

    /// Finds out whether a manifest can be created only if there is none: without it two runs could not be told apart.
    pub(super) async fn probe(&self) -> Result<()> {
        let path = format!(".probe-{}", Uuid::new_v4());
        let first = self.folder.create(&path, Bytes::from_static(b"one")).await;
        let second = match first {
            Ok(Created::New) => self.folder.create(&path, Bytes::from_static(b"two")).await,
            // Nobody else has this name: it was there at the second try, since the answer to the first was lost.
            first => first,
        };
        let removed = self.folder.remove(vec![path]).await;
        match second.map_err(|fault| self.blame(fault))? {
            Created::AlreadyThere => removed.map_err(|fault| self.blame(fault)),
            Created::New => Err(Fault::refused(
                "the store can't create an object only if there is none (`If-None-Match: *`), so two runs could not be kept apart",
            )
            .at(self.to_string())
            .hint("keep the checkpoint on a disk or in another store: `checkpoint = \"file:///...\"`; sinks can stay where they are")),
        }
    }

    /// The numbers of all manifests, in order.
    ///
    /// # Errors
    /// If the folder can't be listed.
    pub async fn numbers(&self) -> Result<Vec<u64>> {
        let paths = self.list().await?;
        let number = |path: &String| path.strip_suffix(".json")?.parse().ok();
        let mut numbers: Vec<u64> = paths.iter().filter_map(number).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The paths of all objects, and of what was to become one when a run died.
    pub(super) async fn objects(&self) -> Result<Vec<String>> {
        let mut paths = self.list().await?;
        let is_object = |path: &String| path.strip_prefix(STATE).is_some_and(|rest| rest.starts_with('/'));
        paths.retain(is_object);
        Ok(paths)
    }

    /// The paths of all that is in it.
    ///
    /// # Errors
    /// If the folder can't be listed.
    pub async fn list(&self) -> Result<Vec<String>> {
        self.folder.list().await.map_err(|fault| self.blame(fault))
    }

    /// A manifest; none if there is none of this number.
    ///
    /// # Errors
    /// `Data`: it is no manifest. `Refused`: it is a newer version's. And if the store can't be read.
    pub async fn manifest(&self, number: u64) -> Result<Option<Manifest>> {
        let bytes = self.manifest_bytes(number).await?;
        bytes.map(|bytes| self.read_manifest(number, &bytes)).transpose()
    }

    pub(super) async fn manifest_bytes(&self, number: u64) -> Result<Option<Bytes>> {
        self.folder.get(&name(number)).await.map_err(|fault| self.blame(fault))
    }

    pub(super) fn read_manifest(&self, number: u64, bytes: &[u8]) -> Result<Manifest> {
        let read = Manifest::read(bytes).and_then(|manifest| manifest.of_number(number));
        read.map_err(|fault| fault.at(self.place(&name(number))))
    }

    /// Writes a manifest, if there is none of its number.
    pub(super) async fn create(&self, manifest: &Manifest) -> Result<Written> {
        let path = name(manifest.number);
        let bytes = Bytes::from(manifest.bytes()?);
        let created = self.folder.create(&path, bytes.clone()).await;
        if created.map_err(|fault| self.blame(fault))? == Created::New {
            return Ok(Written::Ours);
        }
        // Ours too, if the answer to the first try was lost.
        let there = self.folder.get(&path).await.map_err(|fault| self.blame(fault))?;
        match there {
            Some(there) if there == bytes => Ok(Written::Ours),
            Some(there) => Ok(Written::Theirs(Box::new(
                Manifest::read(&there).map_err(|fault| fault.at(self.place(&path)))?,
            ))),
            None => Err(Fault::refused("somebody removes manifests while the pipeline runs").at(self.place(&path))),
        }
    }

    /// Writes rows as an object of a name of its own, which begins with `kind`.
    ///
    /// # Errors
    /// If it can't be written.
    pub async fn write(&self, kind: &str, batches: &[RecordBatch]) -> Result<Object> {
        let path = self.object_path(kind);
        let bytes = Bytes::from(object::encode(batches)?);
        let described = object::describe(path, &bytes, batches);
        let put = self.folder.put(&described.path, bytes).await;
        put.map_err(|fault| self.blame(fault))?;
        Ok(described)
    }

    /// Objects that are written from here on are this writer's.
    pub(super) fn mark(&self, mark: Mark) {
        // One run has one owner: a second mark is the first.
        let _ = self.mark.set(mark);
    }

    fn object_path(&self, kind: &str) -> String {
        let id = self.mark.get().copied().map_or_else(Uuid::new_v4, Mark::uuid);
        format!("{STATE}/{kind}-{}.arrow", id.simple())
    }

    /// Writes the bytes of an object again, under a name of its own: what removes the one leaves the other.
    ///
    /// # Errors
    /// [`is_damaged`](super::is_damaged): it is gone, or changed. And if the store can't be read or written.
    pub async fn copy(&self, object: &Object) -> Result<Object> {
        let bytes = self.folder.get(&object.path).await.map_err(|fault| self.blame(fault))?;
        let bytes = object::intact(object, bytes.as_deref()).map_err(|fault| self.blame(fault))?;
        let name = object.path.rsplit('/').next().unwrap_or_default();
        let kind = name.split_once('-').map_or("copy", |(kind, _)| kind);
        let path = self.object_path(kind);
        let put = self.folder.put(&path, Bytes::copy_from_slice(bytes)).await;
        put.map_err(|fault| self.blame(fault))?;
        Ok(Object { path, ..object.clone() })
    }

    /// The rows of an object.
    ///
    /// # Errors
    /// [`is_damaged`](super::is_damaged): it is gone, or changed. And if the store can't be read.
    pub async fn read(&self, object: &Object) -> Result<Vec<RecordBatch>> {
        let bytes = self.folder.get(&object.path).await.map_err(|fault| self.blame(fault))?;
        object::read(object, bytes.as_deref()).map_err(|fault| self.blame(fault))
    }

    pub(super) async fn beat(&self) -> Result<Option<Beat>> {
        let bytes = self.folder.get(OWNER).await.map_err(|fault| self.blame(fault))?;
        // What can't be read is no news of anybody.
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    pub(super) async fn put_beat(&self, beat: &Beat) -> Result<()> {
        let bytes = serde_json::to_vec_pretty(beat)
            .map_err(|error| Fault::internal("the owner can't be written as JSON").because(error))?;
        let put = self.folder.put(OWNER, Bytes::from(bytes)).await;
        put.map_err(|fault| self.blame(fault))
    }

    /// Removes files of any kind.
    ///
    /// # Errors
    /// If the store refuses.
    pub async fn remove_files(&self, paths: Vec<String>) -> Result<()> {
        match paths.is_empty() {
            true => Ok(()),
            false => self.folder.remove(paths).await.map_err(|fault| self.blame(fault)),
        }
    }

    /// Removes manifests, then objects: what a manifest names is there for as long as it is.
    ///
    /// # Errors
    /// If the store refuses.
    pub async fn remove(&self, manifests: &[u64], objects: Vec<String>) -> Result<()> {
        let manifests: Vec<String> = manifests.iter().map(|number| name(*number)).collect();
        for paths in [manifests, objects].into_iter().filter(|paths| !paths.is_empty()) {
            self.folder.remove(paths).await.map_err(|fault| self.blame(fault))?;
        }
        Ok(())
    }

    fn place(&self, path: &str) -> String {
        format!("checkpoint `{}/{path}`", self.folder)
    }

    fn blame(&self, fault: Fault) -> Fault {
        fault.at(self.to_string())
    }
}

impl fmt::Display for CheckpointStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "checkpoint `{}`", self.folder)
    }
}

fn name(number: u64) -> String {
    format!("{number}.json")
}
