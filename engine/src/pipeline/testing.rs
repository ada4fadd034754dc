//! Pipelines from texts, for the tests of this folder.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;

use super::mistake::{Invalid, Mistakes};
use super::parse::{Text, parse};
use super::{Mode, Observer, Pipeline, Plan, Progress, Resources};
use crate::batch::{RecordRef, RecordsBuilder};
use crate::guest::{BuildOutput, CacheFolder, EngineOptions, GuestEngine, StderrLog};

/// A pipeline of this text, as if it stood in `p.toml` of this folder.
pub(super) fn pipeline(folder: &Path, text: &str, overrides: &[&str]) -> Pipeline {
    let text = Text {
        path: folder.join("p.toml"),
        text: text.to_owned(),
        overrides: overrides.iter().map(|&text| text.to_owned()).collect(),
    };
    let mut mistakes = Mistakes::default();
    let spec = parse(&text, &mut mistakes);
    Pipeline { text, spec, mistakes }
}

/// What a user reads of the mistakes that the text alone shows.
pub(super) fn mistakes(text: &str) -> String {
    mistakes_with(text, &[])
}

/// The same with `--set`.
pub(super) fn mistakes_with(text: &str, overrides: &[&str]) -> String {
    let Pipeline { text, mistakes, .. } = pipeline(Path::new(""), text, overrides);
    if mistakes.is_empty() {
        return String::new();
    }
    Invalid::new(text.path.display().to_string(), text.text, text.overrides, mistakes).report(false)
}

/// A plan, or what a user reads of all its mistakes.
pub(super) async fn plan(text: &str, mode: Mode) -> Result<Plan, String> {
    let pipeline = pipeline(Path::new(""), text, &[]);
    let planned = pipeline.plan(mode, &resources(Arc::new(Heard::default()))).await;
    planned.map_err(|invalid| invalid.report(false))
}

/// What a user reads of a plan's mistakes.
pub(super) async fn plan_mistakes(text: &str, mode: Mode) -> String {
    plan(text, mode).await.err().unwrap_or_default()
}

/// A process without a broker and without a cache.
pub(super) fn resources(observer: Arc<Heard>) -> Resources {
    let options = EngineOptions {
        cache: CacheFolder::Off,
        log: Arc::new(StderrLog),
        ..EngineOptions::default()
    };
    Resources {
        guest_engine: GuestEngine::new(options).unwrap(),
        kafka: Vec::new(),
        default_broker: Some("localhost:9092".to_owned()),
        observer,
    }
}

/// Keeps what it hears.
#[derive(Default)]
pub(super) struct Heard {
    /// Notices, in order.
    pub notices: Mutex<Vec<String>>,
    /// Batches, as JSON.
    pub batches: Mutex<Vec<serde_json::Value>>,
}

impl Observer for Heard {
    fn building(&self, _: BuildOutput<'_>) {}

    fn notice(&self, text: &str) {
        self.notices.lock().unwrap().push(text.to_owned());
    }

    fn before_output(&self, _: &str, _: bool) {}

    fn batch(&self, progress: &Progress) {
        self.batches
            .lock()
            .unwrap()
            .push(serde_json::to_value(progress).unwrap());
    }
}

/// A file of plain records in a folder, one a line.
pub(super) fn records_file(folder: &Path, lines: &[&str]) -> PathBuf {
    let path = folder.join("records.jsonl");
    std::fs::write(&path, lines.join("\n")).unwrap();
    path
}

/// Records as a source hands them on: topic `t`, partition 0, offsets from 0, the values as texts.
pub(super) fn records(values: &[&str]) -> RecordBatch {
    let mut builder = RecordsBuilder::new(false);
    for (offset, value) in (0..).zip(values) {
        let record = RecordRef {
            key: None,
            value: Some(value.as_bytes()),
            topic: "t",
            partition: 0,
            offset,
            timestamp_ms: Some(0),
            timestamp_type: 0,
        };
        builder.push(record, None::<std::iter::Empty<_>>);
    }
    builder.finish().unwrap().table().clone()
}
