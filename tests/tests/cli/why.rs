//! Why a stream gives nothing: said while it runs, and asked from beside it.

use serde_json::Value;
use wasmill_tests::broker::Kafka;
use wasmill_tests::command::{Command, Running};

use super::support::Desk;

/// 2026-01-18 10:00:00, in milliseconds.
const TEN: u64 = 1_768_730_400_000;

/// A topic with a record at each of these seconds after ten, and windows of a minute over it, in append mode.
struct Lab {
    kafka: Kafka,
    topic: String,
    desk: Desk,
}

impl Lab {
    fn new(partitions: i64) -> Self {
        let kafka = Kafka::start();
        let topic = kafka.topic_name("commandes-json");
        kafka.create_topic(&topic, partitions);
        let desk = Desk::new();
        let pipeline = format!(
            "name = \"minutes\"\ntrigger = \"200 milliseconds\"\n\n[source.raw]\nsubscribe = \"{topic}\"\n\
             starting_offsets = \"earliest\"\n\n[table.minutes]\n\
             watermark = {{ column = \"timestamp\", delay = \"1 minute\" }}\n\
             sql = \"SELECT window, count(*) AS n FROM raw GROUP BY window(timestamp, '1 minute')\"\n\n\
             [sink.screen]\nfrom = \"minutes\"\nconsole = {{}}\nmode = \"append\"\n"
        );
        desk.write("p.toml", pipeline.as_bytes());
        Self { kafka, topic, desk }
    }

    /// A record in a partition at each of these seconds.
    fn produce(&self, partition: i32, seconds: &[u64]) {
        let record = |second: &u64| {
            let timestamp = TEN + second * 1000;
            format!("{{\"value\": \"x\", \"partition\": {partition}, \"timestamp\": {timestamp}}}\n")
        };
        let lines: String = seconds.iter().map(record).collect();
        self.desk.write("records.jsonl", lines.as_bytes());
        self.kafka.produce(&self.topic, &self.desk.path().join("records.jsonl"));
    }

    fn wasmill(&self, arguments: &[&str]) -> Command {
        self.kafka
            .wasmill(arguments)
            .within(self.desk.path())
            .env("XDG_RUNTIME_DIR", self.desk.path())
    }

    fn run(&self, more: &[&str]) -> Running {
        self.wasmill(&[&["run", "p.toml"], more].concat()).start()
    }
}

fn wait(running: &Running, text: &str) {
    running.wait_for_stderr(text, |stderr| stderr.contains(text).then_some(()));
}

#[test]
fn a_window_that_is_open_says_when_it_closes() {
    let lab = Lab::new(1);
    lab.produce(0, &[10, 20, 70]);
    let running = lab.run(&["--why"]);
    let next = |start: &str, end: &str, due: &str| {
        format!(
            "\n  the window 2026-01-18 {start} to {end} closes when a row of {due} or later comes (its end plus the delay of 1 \
             minute)\n"
        )
    };
    wait(&running, &next("10:00:00", "10:01:00", "10:02:00"));
    wait(
        &running,
        "\n  2 windows are open, 2026-01-18 10:00:00 to 10:02:00; 2 groups, ",
    );
    lab.produce(0, &[120]);
    // It closes, and the next one is waited for.
    wait(&running, &next("10:01:00", "10:02:00", "10:03:00"));
    wait(&running, ", 1 out (1 new)\n");
    running.interrupt();
    let output = running.finish();
    assert_eq!(output.code, Some(0), "{output}");
    assert!(output.stdout.contains("|{2026-01-18 10:00..."), "{output}");
}

#[test]
fn a_running_stream_can_be_asked() {
    let lab = Lab::new(1);
    lab.produce(0, &[10, 70]);
    let running = lab.run(&["--why"]);
    wait(&running, "closes when");
    let state = lab.wasmill(&["state", "minutes"]).succeed();
    for line in [
        "|raw   |2      |0      |",
        "table `minutes`, append, tumbling 1 minute: 2 rows in, 0 out",
        "watermark 2026-01-18 10:00:10 (the greatest `timestamp` in any partition, less the delay of 1 minute)",
        "|2026-01-18 10:00:00|2026-01-18 10:01:00|1     |",
        "the window 2026-01-18 10:00:00 to 10:01:00 closes when a row of 10:02:00 or later comes (its end plus the delay of 1 \
         minute)",
    ] {
        let found = state
            .stdout
            .lines()
            .any(|shown| shown.starts_with(line.trim_end_matches('|')));
        assert!(found, "{line}\n{state}");
    }
    let json = lab.wasmill(&["state", "p.toml", "--output", "json"]).succeed();
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let table = &json["tables"][0];
    assert_eq!(
        (&json["records"], &table["openWindows"], &table["rowsIn"]),
        (&2.into(), &2.into(), &2.into())
    );
    assert_eq!(table["watermark"]["micros"], (TEN + 10_000) * 1000);
    assert_eq!(table["watermark"]["partitions"][0]["topic"], lab.topic.as_str());
}

#[test]
fn rows_of_a_partition_that_lags_name_the_setting_that_waits() {
    let lab = Lab::new(2);
    lab.produce(0, &[600, 601]);
    let running = lab.run(&["--why"]);
    // Late is what is late by the watermark of the batch before: that of the first one is used from the second one on.
    running.wait_for_stdout("the second batch", |stdout| stdout.contains("Batch: 1").then_some(()));
    lab.produce(1, &[10, 20, 30]);
    wait(
        &running,
        "3 rows came too late for their windows, and are left out: see the table `minutes_late`",
    );
    let hint = format!(
        "\n  hint: topic `{}` partition 1 lags behind the others, and one watermark for all does not wait for it: write `per = \
         \"partition\"` in the table's watermark",
        lab.topic
    );
    wait(&running, &hint);
}

#[test]
fn a_silent_stream_says_why_once() {
    let lab = Lab::new(1);
    lab.produce(0, &[10]);
    let running = lab.run(&[]);
    let reason =
        "nothing yet: table `minutes`: the window 2026-01-18 10:00:00 to 10:01:00 closes when a row of 10:02:00";
    wait(&running, reason);
    lab.produce(0, &[11]);
    running.wait_for_stdout("the second batch", |stdout| stdout.contains("Batch: 1").then_some(()));
    running.interrupt();
    let output = running.finish();
    assert_eq!(output.stderr.matches("nothing yet").count(), 1, "{output}");
    assert!(output.stderr.contains("\nhint: `--why` shows more\n"), "{output}");
}
