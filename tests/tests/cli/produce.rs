//! `wasmill produce`: both forms of a file, and the lab's generators.

use serde_json::Value;
use wasmill_tests::broker::Kafka;
use wasmill_tests::rows::{Row, parse_lines};

use super::support::{Desk, transcript};

/// What is in a topic: topic, partition, offset, timestamp, key and value, as texts.
fn contents(kafka: &Kafka, desk: &Desk, topic: &str) -> Vec<Row> {
    let pipeline = format!(
        "[source.raw]\nsubscribe = \"{topic}\"\n\n[table.text]\nsql = \"SELECT partition, offset, timestamp, CAST(key AS STRING) AS key, CAST(value AS STRING) AS value FROM raw\"\n\n\
         [sink.screen]\nfrom = \"text\"\nconsole = {{}}\n"
    );
    desk.write("contents.toml", pipeline.as_bytes());
    let run = kafka
        .wasmill(["run", "--once", "--output", "json", "contents.toml"])
        .within(desk.path())
        .succeed();
    let lines = parse_lines("standard output", &run.stdout);
    lines
        .into_iter()
        .map(|line| line["row"].as_object().unwrap().clone())
        .collect()
}

fn values(rows: &[Row], column: &str) -> Vec<Value> {
    rows.iter().map(|row| row[column].clone()).collect()
}

fn topic_of(kafka: &Kafka, partitions: i64) -> String {
    let topic = kafka.topic_name("commandes-json");
    kafka.create_topic(&topic, partitions);
    topic
}

#[test]
fn records_keep_key_partition_and_time() {
    let kafka = Kafka::start();
    let topic = topic_of(&kafka, 2);
    let desk = Desk::with(&[(
        "r.jsonl",
        "{\"partition\": 1, \"timestamp\": 1768730400123, \"key\": \"k\", \"value\": \"a\"}\n\n{\"partition\": 0, \"key\": null, \"value\": null, \"timestamp\": 1}\n",
    )]);
    let output = kafka
        .wasmill(["produce", &topic, "--from", "r.jsonl"])
        .within(desk.path())
        .succeed();
    assert_eq!(output.stdout, "");
    assert_eq!(output.stderr, format!("produced 2 records to topic `{topic}`\n"));
    let mut rows = contents(&kafka, &desk, &topic);
    rows.sort_by_key(|row| row["partition"].as_i64());
    assert_eq!(values(&rows, "key"), [Value::Null, "k".into()]);
    assert_eq!(values(&rows, "value"), [Value::Null, "a".into()]);
    assert_eq!(
        values(&rows, "timestamp"),
        ["1970-01-01T00:00:00.001000Z", "2026-01-18T10:00:00.123000Z"]
    );
}

#[test]
fn plain_lines_are_values() {
    let kafka = Kafka::start();
    let topic = topic_of(&kafka, 1);
    let desk = Desk::with(&[("r.jsonl", "{\"order_id\": 1}\n{\"order_id\":2, \"x\": [1]}\n")]);
    let produce = kafka.wasmill(["produce", &topic, "--from", "r.jsonl", "--count", "1"]);
    assert_eq!(
        produce.within(desk.path()).succeed().stderr,
        format!("produced 1 record to topic `{topic}`\n")
    );
    kafka
        .wasmill(["produce", &topic, "--from", "r.jsonl"])
        .within(desk.path())
        .succeed();
    let rows = contents(&kafka, &desk, &topic);
    assert_eq!(
        values(&rows, "value"),
        ["{\"order_id\": 1}", "{\"order_id\": 1}", "{\"order_id\":2, \"x\": [1]}"]
    );
}

#[test]
fn a_seed_gives_the_same_records_again() {
    let kafka = Kafka::start();
    let desk = Desk::new();
    for (kind, key) in [("orders", "CUST-"), ("logs", ""), ("metrics", "")] {
        let made = |seed: &str| {
            let topic = kafka.topic_name(&format!("made-{kind}-{seed}-{}", wasmill_tests::unique::random_hex(4)));
            kafka.create_topic(&topic, 1);
            kafka
                .wasmill(["produce", &topic, "--generate", kind, "--seed", seed, "--count", "20"])
                .succeed();
            contents(&kafka, &desk, &topic)
        };
        let (first, again, other) = (made("1"), made("1"), made("2"));
        assert_eq!(first.len(), 20);
        assert!(
            values(&first, "key")
                .iter()
                .all(|text| text.as_str().is_some_and(|text| text.starts_with(key)))
        );
        assert_eq!(values(&first, "key"), values(&again, "key"), "{kind}");
        assert_ne!(values(&first, "value"), values(&other, "value"), "{kind}");
        assert!(
            values(&first, "value")
                .iter()
                .all(|text| text.as_str().is_some_and(|text| text.starts_with('{')))
        );
    }
}

#[test]
fn a_rate_is_kept_until_ctrl_c() {
    let kafka = Kafka::start();
    let topic = topic_of(&kafka, 1);
    let desk = Desk::new();
    let running = kafka
        .wasmill(["produce", &topic, "--generate", "orders", "--rate", "50"])
        .start();
    // Records arrive while it runs, not only at its end.
    while contents(&kafka, &desk, &topic).is_empty() {}
    running.interrupt();
    let output = running.finish();
    assert_eq!(output.code, Some(0), "{output}");
    let count = contents(&kafka, &desk, &topic).len();
    assert!(output.stderr.contains(&format!("produced {count} record")), "{output}");
}

#[test]
fn files_that_can_not_be_read() {
    let kafka = Kafka::start();
    let topic = topic_of(&kafka, 1);
    let desk = Desk::with(&[
        ("broken.jsonl", "{\"value\": \"a\", \"key\": \"k\"}\n{\"value\": \n"),
        ("wrong.jsonl", "{\"value\": \"a\", \"partition\": \"one\"}\n"),
        ("far.jsonl", "{\"value\": \"a\", \"partition\": 7}\n"),
        ("empty.jsonl", ""),
    ]);
    let said = |file: &str| {
        let output = kafka
            .wasmill(["produce", &topic, "--from", file])
            .within(desk.path())
            .output();
        transcript(&output, &[(&topic, "TOPIC")])
    };
    insta::assert_snapshot!(said("nowhere.jsonl"), @r"
    status 1
    -- stderr
    error: a file of records can't be opened: `nowhere.jsonl`: No such file or directory (os error 2)
    ");
    insta::assert_snapshot!(said("broken.jsonl"), @r"
    status 1
    -- stderr
    error: this line is no record, but the first one is: `broken.jsonl:2`

    hint: either every line has `value` beside `key`, `partition` and so on, or every line is a value itself
    ");
    insta::assert_snapshot!(said("wrong.jsonl"), @r#"
    status 1
    -- stderr
    error: a record's `partition` is an integer, not `"one"`: `wrong.jsonl:1`
    "#);
    insta::assert_snapshot!(said("far.jsonl"), @r"
    status 1
    -- stderr
    error: topic `TOPIC` has no partition 7

    hint: it has 1, numbered from 0
    ");
    insta::assert_snapshot!(said("empty.jsonl"), @r"
    status 0
    -- stderr
    produced 0 records to topic `TOPIC`
    ");
}
