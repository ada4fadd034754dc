//! `stream/refused.json`: what Spark refuses on a stream is refused by `check`, with a reason and what to do instead.

use serde_json::Value;
use wasmill_tests::command::{Command, Output};
use wasmill_tests::golden::text;
use wasmill_tests::module::module;

fn cases() -> Vec<Value> {
    serde_json::from_str(&text("stream/refused.json")).unwrap()
}

/// `wasmill check` of a query on the stream of metrics.
fn check(sql: &str, mode: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.toml");
    let pipeline = format!(
        "[source.raw]\nsubscribe = \"metrics\"\n\n[guest.parsed]\nfrom = \"raw\"\nmodule = {:?}\n\n\
         [table.m]\nsql = \"SELECT timestamp, host, metrics, try_to_timestamp(timestamp) AS event_time FROM parsed\"\n\n\
         [table.result]\nsql = \"\"\"\n{sql}\n\"\"\"\n\n[sink.result]\nfrom = \"result\"\nconsole = {{}}\nmode = \"{mode}\"\n",
        module("metrics"),
    );
    std::fs::write(&file, pipeline).unwrap();
    Command::wasmill(["check", "p.toml"]).within(folder.path()).output()
}

fn field<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap()
}

#[test]
fn what_spark_refuses_is_refused_with_a_reason() {
    let mut let_through = Vec::new();
    for case in cases().iter().filter(|case| case["refused"] == true) {
        // Watermarks belong to event-time windows, which no stream has yet: a table with one is as one without.
        let sql = field(case, "sql").replace(" mw", " m");
        let output = check(&sql, field(case, "mode"));
        let told = output.code == Some(1) && output.stderr.contains("error: ") && output.stderr.contains("p.toml:");
        if !told {
            let_through.push(format!("{} {sql}\n{output}", field(case, "mode")));
        }
    }
    assert!(let_through.is_empty(), "{}", let_through.join("\n"));
}

/// The texts for one query of each kind.
#[test]
fn the_reasons() {
    let report = |mode: &str, sql: &str| check(sql, mode).stderr;
    insta::assert_snapshot!(report("append", "SELECT host, count(*) AS n FROM m GROUP BY host"), @"");
    insta::assert_snapshot!(report("append", "SELECT window, count(*) AS n\nFROM m\nGROUP BY window(event_time, '10 seconds')"), @"");
    insta::assert_snapshot!(report("append", "SELECT host FROM m ORDER BY host"), @"");
    insta::assert_snapshot!(report("update", "SELECT host FROM m LIMIT 3"), @"");
    insta::assert_snapshot!(report("append", "SELECT DISTINCT host FROM m"), @"");
    insta::assert_snapshot!(report("complete", "SELECT host FROM m"), @"");
    insta::assert_snapshot!(report("append", "SELECT host, row_number() OVER (PARTITION BY host ORDER BY event_time) AS r\nFROM m"), @"");
    insta::assert_snapshot!(report("append", "SELECT nothere FROM m"), @"");
    insta::assert_snapshot!(report("append", "SELECT host FROM nowhere"), @"");
    insta::assert_snapshot!(report("append", "SELECT host + FROM m"), @"");
}
