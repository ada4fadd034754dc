//! Records that are not what they should be: each is told with its place, and takes nothing else with it.

use serde_json::json;
use wasmill_tests::broker::Kafka;
use wasmill_tests::module::module;

use super::support::{Desk, transcript};

#[test]
fn each_is_a_row_of_nulls_or_a_dead_letter() {
    let kafka = Kafka::start();
    let topic = kafka.topic_name("commandes-json");
    // The embedded broker keeps a few megabytes a partition, whatever they are.
    let megabytes = if kafka.is_real() { 10 } else { 3 };
    kafka
        .wasmill(["topics", "create", &topic, "--partitions", "1"])
        .arg("--config=retention.ms=-1")
        .arg("--config=max.message.bytes=20000000")
        .succeed();
    let large = format!("{{\"order_id\": 6, \"status\": \"{}\"}}", "x".repeat(megabytes << 20));
    let values = [
        json!("{\"order_id\": 1, \"status\": \"paid\"}"),
        json!({"b64": "//57IA=="}),
        json!("not json"),
        json!("{\"order_id\": \"four\", \"status\": {\"a\": 1}}"),
        json!(null),
        json!(large),
        json!("{\"order_id\": 7"),
    ];
    let lines: Vec<String> = values
        .iter()
        .map(|value| json!({"value": value, "timestamp": 1}).to_string())
        .collect();
    let desk = Desk::with(&[("r.jsonl", &lines.join("\n"))]);
    kafka
        .wasmill([
            "produce",
            &topic,
            "--from",
            "r.jsonl",
            "--kafka-setting",
            "message.max.bytes=20000000",
        ])
        .within(desk.path())
        .succeed();
    let pipeline = format!(
        "[source.raw]\nsubscribe = \"{topic}\"\n\n[guest.parsed]\nfrom = \"raw\"\nmodule = {:?}\n\n\
         [table.rows]\nsql = \"SELECT kafka_offset, order_id, left(status, 10) AS status, length(status) > 3000000 AS large FROM parsed\"\n\n\
         [table.letters]\nsql = \"SELECT partition, offset, reason, length(value) AS bytes FROM parsed_errors\"\n\n\
         [sink.rows]\nfrom = \"rows\"\nconsole = {{}}\n\n[sink.letters]\nfrom = \"letters\"\nconsole = {{ truncate = false }}\n",
        module("commandes")
    );
    desk.write("p.toml", pipeline.as_bytes());
    let run = |more: &[&str]| {
        let command = kafka.wasmill(["run", "--once", "p.toml"]).within(desk.path());
        let output = more
            .iter()
            .fold(command, |command, argument| command.arg(argument))
            .output();
        transcript(&output, &[(&topic, "TOPIC")])
    };
    insta::assert_snapshot!(run(&[]), @r#"
    status 0
    -- stdout
    +------------+--------+----------+-----+
    |kafka_offset|order_id|    status|large|
    +------------+--------+----------+-----+
    |           0|       1|      paid|false|
    |           3|    NULL|   {"a":1}|false|
    |           4|    NULL|      NULL| NULL|
    |           5|       6|xxxxxxxxxx| true|
    +------------+--------+----------+-----+

    +---------+------+--------------------------------------------------------------+-----+
    |partition|offset|reason                                                        |bytes|
    +---------+------+--------------------------------------------------------------+-----+
    |0        |1     |`$` at byte 0: expected a value, found `��{`                  |4    |
    |0        |2     |`$` at byte 0: expected null, found `not`                     |8    |
    |0        |6     |`$` at byte 14: expected `,` or `}`, found the end of the text|14   |
    +---------+------+--------------------------------------------------------------+-----+

    -- stderr
    sink `rows`
    sink `letters`
    guest `parsed` (commandes@DIGEST): 3 records failed, kept as dead letters; first topic `TOPIC` partition 0 offset 1: `$` at byte 0: expected a value, found `��{`; topic `TOPIC` partition 0 offset 2: `$` at byte 0: expected null, found `not`; topic `TOPIC` partition 0 offset 6: `$` at byte 14: expected `,` or `}`, found the end of the text
    "#);
    insta::assert_snapshot!(run(&["--set", "guest.parsed.on_error=fail"]), @r#"
    status 1
    -- stderr
    error: a record failed: transform `parsed` (commandes@DIGEST): topic `TOPIC` partition 0 offset 1: `$` at byte 0: expected a value, found `��{`

    hint: `on_error = "dead-letter"` keeps such records aside and goes on
    "#);
}
