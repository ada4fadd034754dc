//! Checkpoints on stores that tests can look into.

use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch};
use object_store::memory::InMemory;

use super::manifest::{Manifest, Object, SinkFile, SinkState, State, TableState};
use super::{CheckpointStore, Checkpoints, Opened};
use crate::clock::{Clock, ManualClock};
use crate::error::Result;
use crate::storage::{Hidden, Notify, Prepared, Stores};

/// Nobody hears.
pub(super) fn silent() -> Notify {
    Arc::new(|_: &str| {})
}

/// One folder, in memory or on a disk, that any number of runs open.
pub(super) struct Place {
    stores: Stores,
    url: String,
    folder: Option<tempfile::TempDir>,
}

impl Place {
    pub(super) fn in_memory() -> Self {
        Self::of(Stores::given(Arc::new(InMemory::new())))
    }

    pub(super) fn of(stores: Stores) -> Self {
        Self {
            stores,
            url: "s3://bucket/p".to_owned(),
            folder: None,
        }
    }

    pub(super) fn on_disk() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            stores: Stores::of_variables(Vec::new()),
            url: folder.path().join("p.checkpoint").display().to_string(),
            folder: Some(folder),
        }
    }

    /// Both kinds.
    pub(super) fn all() -> [Self; 2] {
        [Self::in_memory(), Self::on_disk()]
    }

    pub(super) fn store(&self) -> CheckpointStore {
        CheckpointStore::open(&self.url, &self.stores, &silent()).unwrap()
    }

    pub(super) async fn open(&self) -> Result<Opened> {
        self.open_keeping(10).await
    }

    pub(super) async fn open_keeping(&self, keep: usize) -> Result<Opened> {
        Checkpoints::open(self.store(), "p", keep, clock(), &silent(), &|_| Ok(())).await
    }

    /// What a user reads, without the folder and the process.
    pub(super) fn said(&self, text: &str) -> String {
        let text = text.replace(&self.url, "PLACE");
        let (before, behind) = match text.split_once("process ") {
            Some(split) => split,
            None => return text,
        };
        let behind = behind.split_once(" UTC").map_or("", |(_, behind)| behind);
        format!("{before}PROCESS{behind}")
    }

    /// The paths of all that is there but the owner's file.
    pub(super) async fn paths(&self) -> Vec<String> {
        let mut paths = self.store().list().await.unwrap();
        paths.retain(|path| path != "owner.json");
        paths.sort();
        paths
    }

    pub(super) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.as_ref().unwrap().path().join("p.checkpoint").join(name)
    }
}

pub(super) fn clock() -> Arc<dyn Clock> {
    Arc::new(ManualClock::new(1_768_730_400_000))
}

pub(super) fn rows(values: &[i64]) -> RecordBatch {
    RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(values.to_vec())) as _)]).unwrap()
}

/// A state with these objects as a table's groups, and a file.
pub(super) fn state(next_batch: u64, pieces: Vec<Object>) -> State {
    let table = TableState {
        groups: pieces.iter().map(|piece| piece.rows).sum(),
        pieces,
        ..TableState::default()
    };
    let sink = SinkState {
        target: "/out".to_owned(),
        files: vec![SinkFile {
            prepared: Prepared {
                path: format!("part-{next_batch}.parquet"),
                bytes: 10,
                hidden: Hidden::File(format!(".part-{next_batch}.parquet.tmp")),
            },
            rows: 2,
        }],
        ..SinkState::default()
    };
    State {
        next_batch,
        tables: [("t".to_owned(), table)].into(),
        sinks: [("s".to_owned(), sink)].into(),
        ..State::default()
    }
}

/// Ends as a process that is killed: without a word.
pub(super) fn die(opened: Opened) {
    drop(opened);
}

/// The numbers of these.
pub(super) fn numbers(manifests: &[Manifest]) -> Vec<u64> {
    manifests.iter().map(|manifest| manifest.number).collect()
}
