//! The lab's windowed pipelines, the files themselves, on the golden streams: what a student runs gives Spark's rows.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use wasmill_tests::broker::Kafka;
use wasmill_tests::golden::text;
use wasmill_tests::parquet;
use wasmill_tests::rerun::{Ran, Rerun};
use wasmill_tests::rows::{Comparison, Row};

fn transforms() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../transforms")
}

/// A pipeline of the lab on a topic that gets the records of a golden stream.
struct Lab {
    golden: Value,
    kafka: Kafka,
    topic: String,
    folder: tempfile::TempDir,
    rerun: Rerun,
}

impl Lab {
    /// The pipeline file, the golden stream, and what is set besides the topic.
    fn new(pipeline: &str, golden: &str, more: &[&str]) -> Self {
        let golden: Value = serde_json::from_str(&text(&format!("stream/{golden}.json"))).unwrap();
        let kafka = Kafka::start();
        let topic = kafka.topic_name(golden["topic"].as_str().unwrap());
        kafka.create_topic(&topic, golden["partitions"].as_i64().unwrap());
        let broker = format!("kafka.bootstrap.servers={:?}", kafka.address());
        let subscribe = format!("source.raw.subscribe={topic}");
        let mut overrides = vec![broker.as_str(), &subscribe, "trigger=available-now"];
        overrides.extend(more);
        Self {
            rerun: Rerun::new(&transforms().join(pipeline), &overrides),
            folder: tempfile::tempdir().unwrap(),
            golden,
            kafka,
            topic,
        }
    }

    /// Puts records into the topic and reads on.
    fn step(&mut self, records: &[Value]) -> Ran {
        let file = self.folder.path().join("records.jsonl");
        let lines: Vec<String> = records.iter().map(Value::to_string).collect();
        std::fs::write(&file, lines.join("\n")).unwrap();
        self.kafka.produce(&self.topic, &file);
        self.rerun.go_on()
    }

    /// Step after step, the rows of a table are those of the golden batches, whose columns may have other names.
    fn check(&mut self, table: &str, names: &[(&str, &str)], sums: &[&str]) -> Vec<Ran> {
        let steps = self.golden["steps"].as_array().unwrap().clone();
        let steps = steps.iter().enumerate().map(|(at, step)| {
            let ran = self.step(step["records"].as_array().unwrap());
            for batch in step["batches"].as_array().unwrap() {
                let rows = batch["rows"].as_array().unwrap().iter();
                let rows: Vec<Row> = rows.map(|row| renamed(row.as_object().unwrap(), names)).collect();
                let number = batch["batch"].as_u64().unwrap();
                let comparison = Comparison { ordered: false, sums };
                if let Err(report) = comparison.compare(&rows, &ran.rows_of(number, table)) {
                    panic!("step {at}, batch {number}: {report}");
                }
            }
            ran
        });
        steps.collect()
    }
}

/// The number of a run's first batch.
fn number_of(ran: &Ran) -> u64 {
    ran.batches[0]["batchId"].as_u64().unwrap()
}

fn renamed(row: &Row, names: &[(&str, &str)]) -> Row {
    let name = |from: &String| names.iter().find(|(spark, _)| spark == from).map(|(_, ours)| *ours);
    row.iter()
        .map(|(from, value)| (name(from).map_or_else(|| from.clone(), str::to_owned), value.clone()))
        .collect()
}

#[test]
fn orders_by_customer_and_minute() {
    let mut lab = Lab::new("commandes/windows.toml", "commandes-complete", &[]);
    let runs = lab.check("par_client", &[], &["total_commandes"]);
    assert!(runs.len() > 1);
    // The newest minute first, in it the greatest total.
    let start = |row: &Row| row["window"]["start"].as_str().unwrap().to_owned();
    let total = |row: &Row| row["total_commandes"].as_f64().unwrap();
    for ran in &runs {
        let rows = ran.rows_of(number_of(ran), "par_client");
        let in_order = |one: &Row, next: &Row| match start(one).cmp(&start(next)) {
            Ordering::Equal => total(one) >= total(next),
            order => order == Ordering::Greater,
        };
        assert!(rows.is_sorted_by(in_order), "{rows:?}");
    }
}

#[test]
fn the_exercise() {
    let mut lab = Lab::new("metrics/windows.toml", "exercise-update", &[]);
    let runs = lab.check("exercice", &[], &[]);
    // Beside it the busiest servers: every batch has all of them, the busiest first.
    let mut read = 0;
    for (ran, step) in runs.iter().zip(lab.golden["steps"].as_array().unwrap()) {
        let servers = ran.rows_of(number_of(ran), "charges");
        let load = |row: &Row| row["avg_cpu"].as_f64().unwrap();
        assert!(servers.is_sorted_by(|one, next| load(one) >= load(next)), "{servers:?}");
        // Where there is no window, no row is late.
        let counted: u64 = servers.iter().map(|row| row["nb_mesures"].as_u64().unwrap()).sum();
        read += step["records"].as_array().unwrap().len() as u64;
        assert_eq!(counted, read);
    }
}

#[test]
fn log_lines_by_level_and_minute_and_those_that_come_late() {
    let to = tempfile::tempdir().unwrap();
    let late = format!("sink.retard.parquet={:?}", to.path().display().to_string());
    let mut lab = Lab::new("logs/windows.toml", "logs-append", &[&late]);
    lab.check(
        "niveaux",
        &[("n", "nb_logs"), ("d", "duree_moyenne_ms")],
        &["duree_moyenne_ms"],
    );

    // A line of 10:02 makes the minutes before final: they come out, in the batch without records.
    let ran = lab.step(&[line("2026-01-18T10:02:45.000000", "INFO", 7)]);
    let closed = ran.rows_of_table("niveaux");
    assert!(
        !closed.is_empty()
            && closed
                .iter()
                .all(|row| row["window"]["end"].as_str().unwrap() <= "2026-01-18T10:02:15"),
        "{closed:?}"
    );
    // What comes for them now is late, and kept as it is.
    let ran = lab.step(&[line("2026-01-18T10:00:59.000000", "ERROR", 8)]);
    assert!(ran.rows_of_table("niveaux").is_empty(), "{:?}", ran.rows);
    let kept = parquet::rows(to.path());
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(kept[0]["level"], "ERROR");
    assert!(kept[0]["reason"].as_str().unwrap().contains("late"), "{kept:?}");
}

/// A log line of this time.
fn line(timestamp: &str, level: &str, duration_ms: u32) -> Value {
    let value = json!({"timestamp": timestamp, "level": level, "module": "api", "message": "Request served",
        "request_id": "req-1", "user_id": "user-1", "duration_ms": duration_ms});
    json!({"key": "api", "partition": 0, "value": value.to_string()})
}
