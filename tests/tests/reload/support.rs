//! A stream that runs while its module's file changes.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;
use wasmill_tests::broker::Kafka;
use wasmill_tests::command::{Output, Running};

/// A broker, a topic, a folder with a module's file, and a pipeline over them.
pub(crate) struct Lab {
    pub(crate) kafka: Kafka,
    pub(crate) topic: String,
    pub(crate) folder: TempDir,
}

impl Lab {
    pub(crate) fn new() -> Self {
        let kafka = Kafka::start();
        let topic = kafka.topic_name("reloads");
        kafka.create_topic(&topic, 1);
        let folder = tempfile::tempdir().unwrap();
        Self { kafka, topic, folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a module where it is looked for, as `wasmill build` does: whole, by a rename.
    pub(crate) fn save(&self, name: &str, module: &[u8]) {
        rename_into(&self.path(name), module);
    }

    /// Puts values into the topic, in their order, with these times in milliseconds.
    pub(crate) fn produce_at<'a>(&self, values: impl IntoIterator<Item = (i64, &'a str)>) {
        let lines: Vec<String> = values
            .into_iter()
            .map(|(time, value)| serde_json::json!({"value": value, "partition": 0, "timestamp": time}).to_string())
            .collect();
        let file = self.path("records.jsonl");
        std::fs::write(&file, lines.join("\n")).unwrap();
        self.kafka.produce(&self.topic, &file);
    }

    /// Puts values into the topic, in their order.
    pub(crate) fn produce(&self, values: &[&str]) {
        self.produce_at(values.iter().map(|value| (1_768_730_400_000, *value)));
    }

    /// Starts a stream over the topic, with the guest `sizes` of the file `sizes.wasm`.
    pub(crate) fn stream(&self, tables: &str) -> Stream {
        self.stream_with("[guest.sizes]\nfrom = \"raw\"\nmodule = \"sizes.wasm\"\n", tables)
    }

    pub(crate) fn stream_with(&self, guests: &str, tables: &str) -> Stream {
        let text = format!(
            "[source.raw]\nsubscribe = \"{}\"\nstarting_offsets = \"earliest\"\n{guests}{tables}",
            self.topic
        );
        let file = self.path("p.toml");
        std::fs::write(&file, text).unwrap();
        let command = self.kafka.wasmill([
            "run",
            "p.toml",
            "--watch",
            "--output",
            "json",
            "--progress",
            "lines",
            "--no-monitor",
        ]);
        Stream(
            command
                .within(self.folder.path())
                .env("WASMILL_CACHE", self.path("cache"))
                .start(),
        )
    }
}

/// Writes a file beside, and renames it.
pub(crate) fn rename_into(file: &Path, bytes: &[u8]) {
    let beside = file.with_extension("tmp");
    std::fs::write(&beside, bytes).unwrap();
    std::fs::rename(&beside, file).unwrap();
}

/// A stream at work.
pub(crate) struct Stream(pub(crate) Running);

impl Stream {
    /// Waits until so many rows of a table came out, and gives this field of them.
    pub(crate) fn rows(&self, table: &str, field: &str, count: usize) -> Vec<Value> {
        self.0.wait_for_stdout(&format!("{count} rows of `{table}`"), |text| {
            let rows = rows_of(text, table, field);
            (rows.len() >= count).then_some(rows)
        })
    }

    /// Waits until this was said so often, and gives the last line that has it, without digests.
    pub(crate) fn said(&self, what: &str, times: usize) -> String {
        self.0.wait_for_stderr(&format!("`{what}`, {times} times"), |text| {
            let (whole, _) = text.rsplit_once('\n')?;
            let lines: Vec<&str> = whole.lines().filter(|line| line.contains(what)).collect();
            lines.get(times - 1).map(|line| plain(line))
        })
    }

    /// Stops it, and gives all that it printed.
    pub(crate) fn stop(self) -> Output {
        self.0.interrupt();
        self.0.finish()
    }
}

/// A field of all rows of a table in a run's output.
pub(crate) fn rows_of(stdout: &str, table: &str, field: &str) -> Vec<Value> {
    let (whole, _) = stdout.rsplit_once('\n').unwrap_or_default();
    let rows = whole.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let ours = rows.filter(|row| row["table"] == table);
    ours.map(|row| row["row"][field].clone()).collect()
}

/// Without what differs from build to build, `menagerie@3fa9c1`, and from broker to broker, ``topic `reloads` ``.
pub(crate) fn plain(text: &str) -> String {
    let mut parts = text.split('@');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.chars().take_while(char::is_ascii_hexdigit).count();
        plain += "@DIGEST";
        plain += &part[digits..];
    }
    let mut parts = plain.split("topic `");
    let mut named = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, behind) = part.split_once('`').unwrap_or_default();
        named += "topic `reloads`";
        named += behind;
    }
    named
}
