//! A topic of numbers, and pipelines on it that leave checkpoints.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use wasmill_tests::broker::Kafka;
use wasmill_tests::command::{Command, Output, Running};
use wasmill_tests::folder::Folder;
use wasmill_tests::rows::{Row, parse_lines};

/// A broker with one topic, a folder for pipelines, one for files, one for checkpoints.
pub(crate) struct Lab {
    pub(crate) kafka: Kafka,
    pub(crate) topic: String,
    pub(crate) folder: TempDir,
    pub(crate) files: Folder,
}

/// Numbers as they are, to Parquet, in files that are closed soon.
pub(crate) const NUMBERS: &str = r#"
[table.numbers]
sql = "SELECT CAST(CAST(value AS STRING) AS BIGINT) AS n FROM raw"
[sink.numbers]
from = "numbers"
parquet = "FILES"
roll_interval = "1 second"
"#;

/// How many numbers there are in each ten seconds of event time, once that is final.
pub(crate) const WINDOWS: &str = r#"
[table.windows]
watermark = { column = "timestamp", delay = "1 second" }
sql = "SELECT window.start AS start, count(*) AS count, sum(CAST(CAST(value AS STRING) AS BIGINT)) AS sum FROM raw GROUP BY window(timestamp, '10 seconds')"
[sink.windows]
from = "windows"
console = {}
"#;

impl Lab {
    pub(crate) fn new(partitions: i64) -> Self {
        let kafka = Kafka::start();
        let topic = kafka.topic_name("numbers");
        kafka.create_topic(&topic, partitions);
        Self {
            kafka,
            topic,
            folder: tempfile::tempdir().unwrap(),
            files: Folder::new(),
        }
    }

    /// Puts these numbers into the topic, each a second of event time after the one before.
    pub(crate) fn produce(&self, numbers: impl IntoIterator<Item = i64>) {
        let record = |number: i64| json!({"value": number.to_string(), "timestamp": 1_768_730_400_000 + number * 1000});
        let lines: Vec<String> = numbers.into_iter().map(|number| record(number).to_string()).collect();
        self.produce_lines(&lines);
    }

    /// Puts records into the topic.
    pub(crate) fn produce_lines(&self, lines: &[String]) {
        let file = self.folder.path().join("records.jsonl");
        std::fs::write(&file, lines.join("\n")).unwrap();
        self.kafka.produce(&self.topic, &file);
    }

    /// Writes a pipeline that reads the topic from its beginning.
    pub(crate) fn write(&self, tables: &str) {
        let tables = tables.replace("FILES", &self.files.url("numbers"));
        let text = format!(
            "checkpoint = {{ interval = \"100 milliseconds\" }}\n[source.raw]\nsubscribe = \"{}\"\nstarting_offsets = \"earliest\"\n{tables}",
            self.topic
        );
        std::fs::write(self.folder.path().join("pipeline.toml"), text).unwrap();
    }

    /// `wasmill run` of the pipeline.
    pub(crate) fn run(&self) -> Command {
        let command = self
            .kafka
            .wasmill(["run", "pipeline.toml", "--output", "json", "--progress", "json"]);
        command.within(self.folder.path())
    }

    /// The same up to the end of the topic.
    pub(crate) fn available_now(&self) -> Command {
        self.run().set("trigger", "available-now")
    }

    /// The numbers in the files, as every reader at hand sees them now: none of them twice.
    pub(crate) fn numbers(&self) -> Vec<i64> {
        let mut seen: Vec<Vec<i64>> = Vec::new();
        for (reader, rows) in self.files.read("numbers") {
            let mut numbers: Vec<i64> = rows.iter().map(|row| row["n"].as_i64().unwrap()).collect();
            numbers.sort_unstable();
            let count = numbers.len();
            numbers.dedup();
            assert_eq!(numbers.len(), count, "{reader} sees a row twice");
            seen.push(numbers);
        }
        seen.remove(0)
    }

    /// The names of the checkpoint's manifests, in order.
    pub(crate) fn manifests(&self) -> Vec<u64> {
        let entries = std::fs::read_dir(self.folder.path().join("pipeline.checkpoint")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut numbers: Vec<u64> = names
            .filter_map(|name| name.strip_suffix(".json")?.parse().ok())
            .collect();
        numbers.sort_unstable();
        numbers
    }
}

/// Waits until a run has read as many records.
pub(crate) fn wait_for_records(running: &Running, count: u64) {
    running.wait_for_stderr(&format!("{count} records"), |stderr| {
        let read: u64 = progress(stderr)
            .iter()
            .map(|batch| batch["numInputRows"].as_u64().unwrap())
            .sum();
        (read >= count).then_some(())
    });
}

/// Waits until a batch is committed: a manifest says that the next one is behind it.
pub(crate) fn wait_for_commit(lab: &Lab, batch: u64) {
    let deadline = Instant::now() + Duration::from_secs(60);
    let is_committed = |number: &u64| {
        let path = lab.folder.path().join(format!("pipeline.checkpoint/{number}.json"));
        // It may be collected meanwhile.
        let manifest = std::fs::read(path).ok()?;
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        (manifest["state"]["next_batch"].as_u64()? > batch).then_some(())
    };
    while lab.manifests().iter().find_map(is_committed).is_none() {
        assert!(Instant::now() < deadline, "batch {batch} is not committed");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// The progress lines so far.
pub(crate) fn progress(stderr: &str) -> Vec<Row> {
    let whole = stderr.rfind('\n').map_or("", |end| &stderr[..=end]);
    let lines: Vec<&str> = whole.lines().filter(|line| line.starts_with('{')).collect();
    parse_lines("standard error", &lines.join("\n"))
}

/// Ends a stream as a user does; it has to end well.
pub(crate) fn interrupt(running: Running) -> Output {
    running.interrupt();
    let output = running.finish();
    assert_eq!(output.code, Some(0), "{output}");
    output
}

/// What was said besides the progress, without what differs from run to run.
pub(crate) fn said(lab: &Lab, output: &Output) -> String {
    let lines = output.stderr.lines().filter(|line| !line.starts_with('{'));
    let text: Vec<&str> = lines.collect();
    without_numbers(&text.join("\n").replace(&lab.topic, "TOPIC"))
}

/// The same with `N` for the number of each checkpoint: how many there were by then is a matter of time.
fn without_numbers(text: &str) -> String {
    let mut parts = text.split("checkpoint ");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
        shown.push_str("checkpoint ");
        shown.push_str(if rest.len() < part.len() { "N" } else { "" });
        shown.push_str(rest);
    }
    shown
}

/// The counts of windows that were printed, by their start; none twice.
pub(crate) fn windows(outputs: &[&Output]) -> BTreeMap<String, (i64, i64)> {
    let mut windows = BTreeMap::new();
    for output in outputs {
        for line in parse_lines("standard output", &output.stdout) {
            let row: &Value = &line["row"];
            let counted = (row["count"].as_i64().unwrap(), row["sum"].as_i64().unwrap());
            let start = row["start"].as_str().unwrap().to_owned();
            assert_eq!(windows.insert(start.clone(), counted), None, "{start} came twice");
        }
    }
    windows
}
