//! All golden streams, step by step: each step is produced, then read by a run that goes on where the one before ended,
//! batch by batch as Spark's.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tempfile::TempDir;
use wasmill_tests::broker::Kafka;
use wasmill_tests::golden::{path, text};
use wasmill_tests::module::module;
use wasmill_tests::rerun::{Ran, Rerun};
use wasmill_tests::rows::{Comparison, Row};

/// A case of `stream/NAME.json`.
struct Case {
    name: String,
    golden: Value,
}

impl Case {
    fn of(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            golden: serde_json::from_str(&text(&format!("stream/{name}.json"))).unwrap(),
        }
    }

    fn text(&self, field: &str) -> &str {
        self.golden[field].as_str().unwrap()
    }

    /// The pipeline: the case's query over `t`, which has the parsed fields and some of Kafka's.
    fn pipeline(&self, topic: &str) -> String {
        let (guest, parsed) = match self.text("topic") {
            "commandes-json" => ("commandes", "order_id, customer_id, timestamp, items, total, status"),
            "metrics" => (
                "metrics",
                "timestamp, host, metrics, try_to_timestamp(timestamp) AS event_time",
            ),
            "logs-application" => (
                "logs",
                "timestamp, level, module, message, request_id, user_id, duration_ms, try_to_timestamp(timestamp) AS event_time",
            ),
            other => panic!("no table for topic {other}"),
        };
        let watermark = match self.golden["watermark"].as_array() {
            Some(watermark) => format!(
                "watermark = {{ column = {}, delay = {} }}\n",
                watermark[0], watermark[1]
            ),
            None => String::new(),
        };
        let rate = match self.golden["max_offsets_per_trigger"].as_i64() {
            Some(rate) => format!("max_offsets_per_trigger = {rate}\n"),
            None => String::new(),
        };
        format!(
            "trigger = \"available-now\"\n\n[source.raw]\nsubscribe = \"{topic}\"\nstarting_offsets = \"earliest\"\n{rate}\n\
             [guest.parsed]\nfrom = \"raw\"\nmodule = {:?}\non_error = \"null\"\n\n\
             [table.t]\nsql = \"\"\"\nSELECT {parsed}, kafka_partition AS partition, kafka_offset AS offset, kafka_timestamp\nFROM parsed\n\"\"\"\n\n\
             [table.result]\n{watermark}sql = \"\"\"\n{}\n\"\"\"\n\n[sink.result]\nfrom = \"result\"\nconsole = {{}}\nmode = \"{}\"\n",
            module(guest),
            self.text("sql"),
            self.text("mode"),
        )
    }

    /// The columns that are sums or averages as they are: the order of addition is not defined.
    fn sums(&self) -> Vec<String> {
        let sql = self.text("sql");
        let items = sql.split(", ").chain(sql.split("SELECT "));
        let is_sum = |item: &&str| ["sum(", "avg("].iter().any(|name| item.trim_start().starts_with(name));
        let names = items.filter(is_sum).filter_map(|item| item.split(" AS ").nth(1));
        names
            .map(|name| name.split([' ', ',', ')']).next().unwrap_or_default().to_owned())
            .collect()
    }

    fn check(&self) {
        let kafka = Kafka::start();
        let folder = tempfile::tempdir().unwrap();
        let topic = kafka.topic_name(self.text("topic"));
        kafka.create_topic(&topic, self.golden["partitions"].as_i64().unwrap());
        let mut rerun = Rerun::new(
            &self.write(&folder, &topic),
            &[&format!("kafka.bootstrap.servers={:?}", kafka.address())],
        );
        for (at, step) in self.golden["steps"].as_array().unwrap().iter().enumerate() {
            let records = step["records"].as_array().unwrap();
            if !records.is_empty() {
                let file = folder.path().join("records.jsonl");
                let lines: Vec<String> = records.iter().map(Value::to_string).collect();
                std::fs::write(&file, lines.join("\n")).unwrap();
                kafka.produce(&topic, &file);
            }
            let ran = rerun.go_on();
            if let Err(report) = self.compare(step["batches"].as_array().unwrap(), &ran) {
                panic!("{} step {at}: {report}\n{}", self.name, self.text("sql"));
            }
        }
    }

    fn write(&self, folder: &TempDir, topic: &str) -> PathBuf {
        let file = folder.path().join("pipeline.toml");
        std::fs::write(&file, self.pipeline(topic)).unwrap();
        file
    }

    fn compare(&self, expected: &[Value], ran: &Ran) -> Result<(), String> {
        let numbers = |batches: &[Value], name: &str| {
            batches
                .iter()
                .map(|batch| batch[name].as_u64().unwrap())
                .collect::<Vec<_>>()
        };
        let (wanted, given) = (numbers(expected, "batch"), numbers(&ran.batches, "batchId"));
        if wanted != given {
            return Err(format!("batches {given:?} instead of {wanted:?}: {:?}", ran.rows));
        }
        let sums = self.sums();
        let sums: Vec<&str> = sums.iter().map(String::as_str).collect();
        let comparison = Comparison {
            ordered: self.golden["ordered"] == true,
            sums: &sums,
        };
        for (batch, progress) in expected.iter().zip(&ran.batches) {
            let number = batch["batch"].as_u64().unwrap();
            let rows: Vec<Row> = batch["rows"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row.as_object().unwrap().clone())
                .collect();
            comparison
                .compare(&rows, &ran.rows_of(number, "result"))
                .map_err(|report| format!("batch {number}: {report}"))?;
            let equal = |what: &str, wanted: &Value, given: &Value| match wanted == given {
                true => Ok(()),
                false => Err(format!("batch {number}: {what} {given} instead of {wanted}")),
            };
            equal("records", &batch["input_rows"], &progress["numInputRows"])?;
            equal("watermark", &batch["watermark"], &progress["eventTime"]["watermark"])?;
        }
        Ok(())
    }
}

#[test]
fn batches_are_sparks() {
    let mut names: Vec<String> = std::fs::read_dir(path("stream"))
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| !["refused", "progress-example"].contains(&name.as_str()))
        .collect();
    names.sort();
    // Most of a case is waiting: for a broker to start, for records to be there.
    let next = AtomicUsize::new(0);
    let reports = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(panic) = std::panic::catch_unwind(|| Case::of(name).check()) {
                        let text = panic.downcast_ref::<String>().cloned();
                        reports.lock().unwrap().push(text.unwrap_or_else(|| name.clone()));
                    }
                }
            });
        }
    });
    let reports = reports.into_inner().unwrap();
    assert!(names.len() > 50, "only {} cases", names.len());
    assert!(
        reports.is_empty(),
        "{} of {} cases:\n{}",
        reports.len(),
        names.len(),
        reports.join("\n\n")
    );
}
