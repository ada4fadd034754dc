//! A checkpoint and a sink's folder on a disk, for the tests of who handles them from outside.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use arrow::array::{Int64Array, RecordBatch};

use super::keeper::{CheckpointPlace, Keeper};
use crate::batch::kafka_schema;
use crate::checkpoint::{
    CheckpointStore, Checkpoints, KeptRows, OpenFile, Opened, Part, Range, SinkFile, SinkState, SourceState, State,
    TableState, TopicState,
};
use crate::clock::ManualClock;
use crate::sink::parquet::ParquetOptions;
use crate::storage::{Hidden, Prepared, Stores};

pub(super) struct Bench {
    folder: tempfile::TempDir,
    heard: Arc<Mutex<Vec<String>>>,
}

/// What a checkpoint of a run on the bench says.
#[derive(Default)]
pub(super) struct Says<'n> {
    /// Files that became visible with it.
    pub(super) files: &'n [&'n str],
    /// A file that is being written.
    pub(super) open: Option<&'n str>,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            heard: Arc::default(),
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The sink's folder, and in it this file.
    pub(super) fn touch(&self, name: &str) {
        let path = self.path("out").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "rows").unwrap();
    }

    /// The names of all files below a folder.
    pub(super) fn names(&self, folder: &str) -> BTreeSet<String> {
        let entries = std::fs::read_dir(self.path(folder)).into_iter().flatten();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        // A run that says that it lives is writing all the time.
        names.filter(|name| !name.starts_with(".owner")).collect()
    }

    pub(super) fn url(&self) -> String {
        self.path("c").display().to_string()
    }

    pub(super) fn keeper(&self) -> Keeper {
        let heard = Arc::clone(&self.heard);
        let place = CheckpointPlace {
            url: self.url(),
            pipeline: Some("p".to_owned()),
            folders: vec![self.path("out").display().to_string()],
        };
        let notify = Arc::new(move |text: &str| heard.lock().unwrap().push(text.to_owned()));
        Keeper::new(
            place,
            Stores::of_variables(Vec::new()),
            Arc::new(ManualClock::new(0)),
            notify,
        )
    }

    /// What a user heard, without the folder.
    pub(super) fn heard(&self) -> String {
        self.said(&self.heard.lock().unwrap().join("\n"))
    }

    pub(super) fn said(&self, text: &str) -> String {
        text.replace(&self.folder.path().display().to_string(), "FOLDER")
    }

    pub(super) async fn open(&self) -> Opened {
        let silent = Arc::new(|_: &str| {}) as crate::storage::Notify;
        let store = CheckpointStore::open(&self.url(), &Stores::of_variables(Vec::new()), &silent).unwrap();
        let clock = Arc::new(ManualClock::new(0));
        Checkpoints::open(store, "p", 10, clock, &silent, &|_| Ok(()))
            .await
            .unwrap()
    }

    /// Commits a checkpoint: a table's groups in a new object, 10 more records, and files. All files that it names are there, visible.
    pub(super) async fn commit(&self, run: &mut Opened, batch: u64, says: Says<'_>) -> u64 {
        let store = run.checkpoints.store();
        let groups = rows(batch.cast_signed());
        let groups = store.write("groups", &[groups]).await.unwrap();
        let mut sink = SinkState {
            target: self.path("out").display().to_string(),
            columns: ParquetOptions::new("out").file_columns(&kafka_schema(false)),
            ..SinkState::default()
        };
        for path in says.files {
            self.touch(path);
            sink.files.push(SinkFile {
                prepared: Prepared {
                    path: (*path).to_owned(),
                    bytes: 4,
                    hidden: Hidden::File(format!(".{path}.tmp")),
                },
                rows: 2,
            });
        }
        if let Some(path) = says.open {
            let hidden = format!(".{path}.tmp");
            self.touch(&hidden);
            sink.open.push(OpenFile {
                path: path.to_owned(),
                hidden: Some(Hidden::File(hidden)),
                opened_ms: 0,
            });
            sink.rows.push(KeptRows {
                object: store.write("rows", &[rows(7)]).await.unwrap(),
                parts: vec![Part {
                    path: path.to_owned(),
                    batches: 1,
                }],
            });
        }
        let range = Range {
            from: batch.cast_signed() * 10,
            until: batch.cast_signed() * 10 + 10,
        };
        let topic = TopicState {
            id: None,
            partitions: [(0, range)].into(),
        };
        let source = SourceState {
            reads: "KafkaV2[Subscribe[t]]".to_owned(),
            cluster: None,
            topics: [("t".to_owned(), topic)].into(),
        };
        let table = TableState {
            groups: 1,
            pieces: vec![groups],
            ..TableState::default()
        };
        let state = State {
            next_batch: batch + 1,
            sources: [("raw".to_owned(), source)].into(),
            tables: [("t".to_owned(), table)].into(),
            sinks: [("s".to_owned(), sink)].into(),
            ..State::default()
        };
        run.checkpoints.commit(state).await.unwrap().number
    }
}

fn rows(value: i64) -> RecordBatch {
    RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(vec![value])) as _)]).unwrap()
}
