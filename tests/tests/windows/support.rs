//! A topic of metrics, a pipeline over it, and runs that go on from each other.

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;
use wasmill_tests::broker::Kafka;
use wasmill_tests::module::module;
use wasmill_tests::rerun::{Ran, Rerun};

/// The pipeline's part below the source: the table `m` has the metrics with their `event_time`.
pub(crate) struct Metrics {
    pub(crate) kafka: Kafka,
    pub(crate) topic: String,
    pub(crate) folder: TempDir,
}

impl Metrics {
    pub(crate) fn new(partitions: i64) -> Self {
        let kafka = Kafka::start();
        let topic = kafka.topic_name("metrics");
        kafka.create_topic(&topic, partitions);
        Self {
            kafka,
            topic,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A pipeline with these tables and sinks.
    pub(crate) fn pipeline(&self, name: &str, source: &str, more: &str) -> PathBuf {
        let text = format!(
            "name = \"{name}\"\ntrigger = \"available-now\"\n[source.raw]\nsubscribe = \"{}\"\nstarting_offsets = \"earliest\"\n{source}\n\
             [guest.parsed]\nfrom = \"raw\"\nmodule = {:?}\n\
             [table.m]\nsql = \"SELECT host, metrics.cpu_percent AS cpu, try_to_timestamp(timestamp) AS event_time FROM parsed\"\n{more}",
            self.topic,
            module("metrics"),
        );
        let file = self.folder.path().join(format!("{name}.toml"));
        std::fs::write(&file, text).unwrap();
        file
    }

    /// The runs of a pipeline.
    pub(crate) fn runs(&self, name: &str, source: &str, more: &str) -> Rerun {
        let broker = format!("kafka.bootstrap.servers={:?}", self.kafka.address());
        Rerun::new(&self.pipeline(name, source, more), &[&broker])
    }

    /// Puts metrics into the topic: partition, seconds behind ten o'clock, host.
    pub(crate) fn produce(&self, metrics: &[(i32, i64, &str)]) {
        let lines: Vec<String> = metrics
            .iter()
            .map(|(partition, second, host)| record(*partition, *second, host).to_string())
            .collect();
        self.produce_lines(&lines);
    }

    /// The same of whole records.
    pub(crate) fn produce_lines(&self, lines: &[String]) {
        let file = self.folder.path().join("records.jsonl");
        std::fs::write(&file, lines.join("\n")).unwrap();
        self.kafka.produce(&self.topic, &file);
    }
}

/// Ten o'clock, in seconds.
const TEN: i64 = 1_768_730_400;

pub(crate) fn record(partition: i32, second: i64, host: &str) -> Value {
    let clock = format!(
        "2026-01-18T{:02}:{:02}:{:02}",
        10 + second / 3600,
        second / 60 % 60,
        second % 60
    );
    record_at(partition, &clock, (TEN + second) * 1000, host)
}

pub(crate) fn record_at(partition: i32, clock: &str, timestamp: i64, host: &str) -> Value {
    let metrics = json!({"cpu_percent": 10.0, "memory_percent": 50.0, "disk_percent": 40.0, "response_time_ms": 12.5});
    let value = json!({"timestamp": clock, "host": host, "metrics": metrics});
    json!({"partition": partition, "timestamp": timestamp, "key": host, "value": value.to_string()})
}

/// `10:00:05 a 3` for each row of a table with `w`, `host` and `n`, sorted.
pub(crate) fn counts(ran: &[Ran], table: &str) -> Vec<String> {
    let rows = ran.iter().flat_map(|ran| ran.rows_of_table(table));
    let mut counts: Vec<String> = rows
        .map(|row| {
            let window = row["w"].as_str().unwrap();
            format!(
                "{} {} {}",
                &window[11..19],
                row["host"].as_str().unwrap_or("-"),
                row["n"]
            )
        })
        .collect();
    counts.sort();
    counts
}

/// A table `w` that counts by host and five seconds, with this watermark, and a sink in this mode.
pub(crate) fn windows(watermark: &str, mode: &str) -> String {
    format!(
        "[table.w]\n{watermark}\nsql = \"SELECT window.start AS w, host, count(*) AS n FROM m GROUP BY window(event_time, '5 seconds'), host\"\n\
         [sink.w]\nfrom = \"w\"\nconsole = {{}}\nmode = \"{mode}\"\n"
    )
}
