//! A topic, a pipeline on it, and what it prints.

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;
use wasmill_tests::broker::Kafka;
use wasmill_tests::command::{Command, Output, Running};
use wasmill_tests::module::module;
use wasmill_tests::rows::{Row, parse_lines};

/// A broker with one topic, and a folder for pipelines and records.
pub(crate) struct Lab {
    pub(crate) kafka: Kafka,
    pub(crate) topic: String,
    folder: TempDir,
}

impl Lab {
    /// A topic like this one, with as many partitions.
    pub(crate) fn new(topic: &str, partitions: i64) -> Self {
        let kafka = Kafka::start();
        let topic = kafka.topic_name(topic);
        kafka.create_topic(&topic, partitions);
        let folder = tempfile::tempdir().unwrap();
        Self { kafka, topic, folder }
    }

    /// Puts records into the topic: objects with `value` and perhaps `key`, `partition`, `timestamp`.
    pub(crate) fn produce(&self, records: &[Value]) {
        let file = self.folder.path().join("records.jsonl");
        let lines: Vec<String> = records.iter().map(Value::to_string).collect();
        std::fs::write(&file, lines.join("\n")).unwrap();
        self.kafka.produce(&self.topic, &file);
    }

    /// Puts orders with these numbers into the topic.
    pub(crate) fn produce_orders(&self, numbers: impl IntoIterator<Item = u64>) {
        self.produce(&numbers.into_iter().map(order).collect::<Vec<_>>());
    }

    /// A pipeline file: this text, below a source `raw` with these options and a guest `parsed`.
    pub(crate) fn pipeline(&self, source: &str, guest: &str, more: &str) -> PathBuf {
        let file = self.folder.path().join("pipeline.toml");
        let text = format!(
            "[source.raw]\nsubscribe = \"{}\"\n{source}\n\n[guest.parsed]\nfrom = \"raw\"\n{guest}\n\n{more}",
            self.topic
        );
        std::fs::write(&file, text).unwrap();
        file
    }

    /// A pipeline that prints the orders' numbers, with these options of its source.
    pub(crate) fn numbers(&self, source: &str) -> PathBuf {
        self.pipeline(
            source,
            &guest("commandes"),
            "[table.numbers]\nsql = \"SELECT order_id FROM parsed\"\n\n[sink.numbers]\nfrom = \"numbers\"\nconsole = {}\n",
        )
    }

    /// `wasmill run` of a pipeline, with rows as JSON lines.
    pub(crate) fn run(&self, pipeline: PathBuf) -> Command {
        self.kafka.wasmill(["run", "--output", "json"]).arg(pipeline)
    }

    /// The same with one batch after the other up to the end of the topic.
    pub(crate) fn available_now(&self, pipeline: PathBuf) -> Command {
        self.run(pipeline).set("trigger", "available-now")
    }
}

/// The lines of a guest that reads with one of the lab's modules.
pub(crate) fn guest(name: &str) -> String {
    format!("module = {:?}", module(name))
}

/// An order with this number, as a record.
pub(crate) fn order(number: u64) -> Value {
    let value = json!({"order_id": number, "customer_id": "CUST-001", "items": [], "total": 1.5, "status": "paid"});
    json!({"key": "CUST-001", "timestamp": 1_768_730_400_000_u64 + number, "value": value.to_string()})
}

/// A row that was printed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Printed {
    pub(crate) batch: u64,
    pub(crate) table: String,
    pub(crate) row: Row,
}

/// The whole lines printed so far.
pub(crate) fn printed(stdout: &str) -> Vec<Printed> {
    let whole = stdout.rfind('\n').map_or("", |end| &stdout[..=end]);
    let parse = |mut line: Row| Printed {
        batch: line["batch"].as_u64().unwrap(),
        table: line["table"].as_str().unwrap().to_owned(),
        row: std::mem::take(line["row"].as_object_mut().unwrap()),
    };
    parse_lines("standard output", whole).into_iter().map(parse).collect()
}

/// The orders' numbers printed, in order.
pub(crate) fn numbers_in(stdout: &str) -> Vec<u64> {
    let number = |printed: &Printed| printed.row["order_id"].as_u64().unwrap();
    printed(stdout).iter().map(number).collect()
}

/// Waits until a stream has printed as many rows.
pub(crate) fn wait_for_rows(running: &Running, count: usize) -> Vec<Printed> {
    running.wait_for_stdout(&format!("{count} rows"), |stdout| {
        Some(printed(stdout)).filter(|rows| rows.len() >= count)
    })
}

/// Ends a stream as a user does; it has to end well.
pub(crate) fn interrupt(running: Running) -> Output {
    running.interrupt();
    let output = running.finish();
    assert_eq!(output.code, Some(0), "{output}");
    output
}

/// The progress lines on stderr.
pub(crate) fn progress_in(stderr: &str) -> Vec<Row> {
    let lines: Vec<&str> = stderr.lines().filter(|line| line.starts_with('{')).collect();
    parse_lines("standard error", &lines.join("\n"))
}
