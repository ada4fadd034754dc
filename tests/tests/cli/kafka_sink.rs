//! Sinks that write to a topic: what is in it afterwards, and what is told when they can't.

use serde_json::Value;
use wasmill_tests::broker::Kafka;
use wasmill_tests::command::Output;

use super::support::{Desk, transcript};

/// Orders of two customers.
const ORDERS: &str = r#"{"customer": "a", "total": 1}
{"customer": "b", "total": 2}
{"customer": "a", "total": 4}
"#;

/// A broker with topics, and a folder with pipelines.
struct Place {
    kafka: Kafka,
    desk: Desk,
    topics: Vec<String>,
}

impl Place {
    fn new(topics: &[&str]) -> Self {
        let kafka = Kafka::start();
        let topics: Vec<String> = topics.iter().map(|topic| kafka.topic_name(topic)).collect();
        for topic in &topics {
            kafka.create_topic(topic, 1);
        }
        let desk = Desk::with(&[("orders.jsonl", ORDERS)]);
        Self { kafka, desk, topics }
    }

    /// Runs a pipeline in which `TOPIC0`, `TOPIC1` and so on stand for the topics.
    fn run(&self, pipeline: &str, more: &[&str]) -> Output {
        let mut pipeline = pipeline.to_owned();
        for (number, topic) in self.topics.iter().enumerate() {
            pipeline = pipeline.replace(&format!("TOPIC{number}"), topic);
        }
        self.desk.write("p.toml", pipeline.as_bytes());
        let arguments = [&["run", "p.toml", "--kafka", self.kafka.address()], more].concat();
        self.desk.wasmill(&arguments).output()
    }

    /// The records of a topic in their order, as SQL makes texts of them.
    fn records(&self, topic: usize) -> Vec<Value> {
        let pipeline = format!(
            "[source.raw]\nsubscribe = \"TOPIC{topic}\"\ninclude_headers = true\nkafka.isolation.level = \"read_committed\"\n\n\
             [table.seen]\nsql = \"\"\"\nSELECT CAST(key AS STRING) AS key, CAST(value AS STRING) AS value, headers FROM raw\n\"\"\"\n\n\
             [sink.screen]\nfrom = \"seen\"\nconsole = {{}}\n"
        );
        let output = self.run(&pipeline, &["--once", "--output", "json"]);
        assert_eq!(output.code, Some(0), "{output}");
        let lines = output.stdout.lines();
        lines
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["row"].take())
            .collect()
    }
}

fn record(key: Option<&str>, value: Option<&str>) -> Value {
    serde_json::json!({"key": key, "value": value, "headers": null})
}

#[test]
fn a_batch_writes_records_and_rows() {
    let place = Place::new(&["records-of-a-sink", "rows-of-a-sink"]);
    let pipeline = r#"
[source.raw]
replay = "orders.jsonl"

[table.records]
sql = """
SELECT concat('order ', CAST(offset AS STRING)) AS key, CASE WHEN offset = 1 THEN NULL ELSE value END AS value, offset
FROM raw
"""

[table.rows]
sql = "SELECT offset AS n, 'a \"b\"' AS text FROM raw WHERE offset > 0"

[sink.records]
from = "records"
kafka = "TOPIC0"

[sink.rows]
from = "rows"
kafka = { topic = "TOPIC1" }
key = "n"
"#;
    let output = place.run(pipeline, &["--once"]);
    assert_eq!(output.code, Some(0), "{output}");
    assert!(
        output.stderr.contains("sink `records`: 3 records delivered\n"),
        "{output}"
    );
    assert!(output.stderr.contains("sink `rows`: 2 records delivered\n"), "{output}");
    let lines: Vec<&str> = ORDERS.lines().collect();
    assert_eq!(
        place.records(0),
        [
            record(Some("order 0"), Some(lines[0])),
            record(Some("order 1"), None),
            record(Some("order 2"), Some(lines[2])),
        ]
    );
    assert_eq!(
        place.records(1),
        [
            record(Some("1"), Some(r#"{"n":1,"text":"a \"b\""}"#)),
            record(Some("2"), Some(r#"{"n":2,"text":"a \"b\""}"#)),
        ]
    );
    let shown = place.kafka.wasmill(["show", &place.topics[0]]).succeed();
    assert!(shown.stdout.contains("Messages lus: 3"), "{shown}");
}

#[test]
fn a_topic_is_copied_headers_and_all() {
    let place = Place::new(&["from-a-topic", "to-a-topic"]);
    let records = r#"{"key": "k", "value": "v", "headers": [{"key": "h", "value": "1"}, {"key": "none", "value": null}]}
{"key": null, "value": "without"}
"#;
    place.desk.write("records.jsonl", records.as_bytes());
    place
        .kafka
        .produce(&place.topics[0], &place.desk.path().join("records.jsonl"));
    let pipeline = r#"
trigger = "available-now"

[source.raw]
subscribe = "TOPIC0"
starting_offsets = "earliest"
include_headers = true

[table.copied]
sql = "SELECT key, value, headers, 'TOPIC1' AS topic FROM raw"

[sink.copy]
from = "copied"
kafka = {}
"#;
    let output = place.run(pipeline, &[]);
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(place.records(1), place.records(0));
    assert_eq!(place.records(1).len(), 2);
}

#[test]
fn a_stream_writes_what_its_mode_says() {
    let totals = |mode: &str| {
        let place = Place::new(&["orders-to-sum", "sums-of-a-stream"]);
        let more = "{\"customer\": \"b\", \"total\": 8}\n";
        place
            .kafka
            .produce(&place.topics[0], &place.desk.path().join("orders.jsonl"));
        place.desk.write("more.jsonl", more.as_bytes());
        place
            .kafka
            .produce(&place.topics[0], &place.desk.path().join("more.jsonl"));
        let pipeline = r#"
trigger = "available-now"

[source.raw]
subscribe = "TOPIC0"
starting_offsets = "earliest"
max_offsets_per_trigger = 3

[table.totals]
sql = """
SELECT substr(CAST(value AS STRING), 15, 1) AS customer, count(*) AS n
FROM raw GROUP BY substr(CAST(value AS STRING), 15, 1)
"""

[sink.totals]
from = "totals"
kafka = "TOPIC1"
key = "customer"
mode = "MODE"
"#;
        let output = place.run(&pipeline.replace("MODE", mode), &[]);
        assert_eq!(output.code, Some(0), "{output}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut records: Vec<(String, String)> = Vec::new();
        for record in place.records(1) {
            records.push((text(&record["key"]), text(&record["value"])));
        }
        // The groups of a batch have no order among themselves.
        records[..2].sort();
        records[2..].sort();
        records
    };
    let row = |customer: &str, n: u32| {
        let value = format!(r#"{{"customer":"{customer}","n":{n}}}"#);
        (customer.to_owned(), value)
    };
    let first = [row("a", 2), row("b", 1)];
    assert_eq!(totals("update"), [&first[..], &[row("b", 2)]].concat());
    assert_eq!(totals("complete"), [&first[..], &[row("a", 2), row("b", 2)]].concat());
}

#[test]
fn a_stream_that_is_stopped_has_written_its_batches() {
    let place = Place::new(&["orders-to-stop", "rows-of-a-stopped-run"]);
    place
        .kafka
        .produce(&place.topics[0], &place.desk.path().join("orders.jsonl"));
    let pipeline = format!(
        "[source.raw]\nsubscribe = \"{}\"\nstarting_offsets = \"earliest\"\n\n\
         [sink.copy]\nfrom = \"raw\"\nkafka = \"{}\"\n\n[sink.screen]\nfrom = \"raw\"\nconsole = {{}}\n",
        place.topics[0], place.topics[1]
    );
    place.desk.write("p.toml", pipeline.as_bytes());
    let running = place
        .desk
        .wasmill(&["run", "p.toml", "--kafka", place.kafka.address()])
        .start();
    running.wait_for_stdout("the first batch", |text| text.contains("+\n\n").then_some(()));
    running.interrupt();
    let output = running.finish();
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(place.records(1).len(), 3);
}

#[test]
fn a_run_that_is_killed_leaves_each_row_once() {
    let place = Place::new(&["orders-to-kill", "rows-of-a-killed-run"]);
    // The embedded broker has no transactions.
    if !place.kafka.is_real() {
        return;
    }
    let pipeline = format!(
        "checkpoint = {{ url = \"kept\", interval = \"100 milliseconds\" }}\n\n\
         [source.raw]\nsubscribe = \"{}\"\nstarting_offsets = \"earliest\"\n\n\
         [table.rows]\nsql = \"SELECT CAST(value AS STRING) AS value FROM raw\"\n\n\
         [sink.copy]\nfrom = \"rows\"\nkafka = \"{}\"\n",
        place.topics[0], place.topics[1]
    );
    place.desk.write("killed.toml", pipeline.as_bytes());
    let arguments = ["run", "killed.toml", "--kafka", place.kafka.address()];
    let mut produced = Vec::new();
    let mut produce = || {
        let more: Vec<String> = (produced.len()..produced.len() + 50)
            .map(|n| format!("row {n:04}"))
            .collect();
        place.desk.write("more.txt", more.join("\n").as_bytes());
        place
            .kafka
            .produce(&place.topics[0], &place.desk.path().join("more.txt"));
        produced.extend(more);
    };
    for round in 0..6 {
        let mut running = place.desk.wasmill(&arguments).start();
        // Each takes a while: that is the clock of this loop.
        for _ in 0..=round {
            produce();
        }
        running.kill();
    }
    produce();
    let arguments = [&arguments[..], &["--set", "trigger=available-now"]].concat();
    place.desk.wasmill(&arguments).succeed();
    let text = |record: &Value| record["value"].as_str().unwrap().to_owned();
    let seen: Vec<String> = place.records(1).iter().map(text).collect();
    assert_eq!(seen, produced);
}

#[test]
fn mistakes_are_told_with_their_places() {
    let desk = Desk::with(&[("orders.jsonl", ORDERS)]);
    let pipeline = r#"
[kafka]
bootstrap.servers = "localhost:9092"
transactional.id = "mine"

[source.raw]
replay = "orders.jsonl"

[table.numbers]
sql = "SELECT offset, value FROM raw"

[sink.no_topic]
from = "raw"
kafka = {}

[sink.no_column]
from = "numbers"
kafka = "numbers"
key = "ofset"

[sink.no_name]
from = "numbers"
kafka = "my numbers"
mode = "complete"

[sink.both]
from = "numbers"
kafka = "numbers"
console = {}

[sink.unknown]
from = "numbers"
kafka = { topics = "numbers" }
"#;
    desk.write("p.toml", pipeline.as_bytes());
    let output = desk.wasmill(&["check", "p.toml"]).output();
    insta::assert_snapshot!(transcript(&output, &[]), @r#"
    status 1
    -- stderr
    error: `[kafka]`: `kafka.transactional.id` is the engine's own
     --> p.toml:4:15
      |
    4 | transactional.id = "mine"
      |               ^^
      |
    hint: it follows from the checkpoint, so that whoever goes on from it takes over

    error: sink `no_column`: there is no column `ofset`
      --> p.toml:19:7
       |
    19 | key = "ofset"
       |       ^^^^^^^
       |
    hint: is it `offset`?

    error: sink `no_name`: `my numbers` can't be a topic's name
      --> p.toml:23:9
       |
    23 | kafka = "my numbers"
       |         ^^^^^^^^^^^^
       |
    hint: a topic's name has up to 249 letters, digits, `.`, `_` and `-`

    error: sink `no_name`: `complete` needs an aggregate: a stream of rows has no whole result
      --> p.toml:24:8
       |
    24 | mode = "complete"
       |        ^^^^^^^^^^
       |
    hint: write mode = "append", or leave it out

    error: sink `both` has both `console` and `kafka`
      --> p.toml:26:7
       |
    26 | [sink.both]
       |       ^^^^
       |
    hint: write two sinks: several may take the same table

    error: sink `unknown`: no topic is named
      --> p.toml:33:9
       |
    33 | kafka = { topics = "numbers" }
       |         ^^^^^^^^^^^^^^^^^^^^^^
       |
    hint: say kafka = "TOPIC", or have a column `topic` of type string

    error: unknown key `topics` in `kafka`
      --> p.toml:33:11
       |
    33 | kafka = { topics = "numbers" }
       |           ^^^^^^
       |
    hint: did you mean `topic`?

    7 mistakes in `p.toml`
    "#);
}

#[test]
fn a_topic_that_is_not_there_is_told_before_anything_is_read() {
    let place = Place::new(&["there-already"]);
    let address = place.kafka.address().to_owned();
    let pipeline = "[source.raw]\nreplay = \"orders.jsonl\"\n\n[sink.copy]\nfrom = \"raw\"\nkafka = \"not-there\"\n";
    let output = place.run(pipeline, &["--once"]);
    assert_eq!(output.code, Some(1), "{output}");
    let said = format!("error: there is no topic `not-there` on `{address}`: sink `copy`\n");
    assert!(output.stderr.contains(&said), "{output}");
    assert!(output.stderr.contains("`wasmill topics create not-there`"), "{output}");

    let output = place.desk.wasmill(&["run", "p.toml", "--once"]).fail();
    assert!(
        output.stderr.contains("error: sink `copy` has no broker to write to\n"),
        "{output}"
    );
}
