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
    insta::assert_snapshot!(report("append", "SELECT host, count(*) AS n FROM m GROUP BY host"), @r#"
    error: table `result`: an aggregate does not work on a stream: its groups grow with every batch
      --> p.toml:12:7
       |
    12 |   sql = """
       |  _______^
    13 | | SELECT host, count(*) AS n FROM m GROUP BY host
    14 | | """
       | |___^
       |
    hint: run the pipeline with `--once` for the answer over everything up to now; on a stream, aggregates come with event-time windows

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(report("append", "SELECT window, count(*) AS n\nFROM m\nGROUP BY window(event_time, '10 seconds')"), @r#"
    error: table `result`: an aggregate does not work on a stream: its groups grow with every batch
      --> p.toml:12:7
       |
    12 |   sql = """
       |  _______^
    13 | | SELECT window, count(*) AS n
    14 | | FROM m
    15 | | GROUP BY window(event_time, '10 seconds')
    16 | | """
       | |___^
       |
    hint: run the pipeline with `--once` for the answer over everything up to now; on a stream, aggregates come with event-time windows

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(report("append", "SELECT host FROM m ORDER BY host"), @r#"
    error: table `result`: ORDER BY does not work on a stream: a stream has no last row to sort up to
      --> p.toml:12:7
       |
    12 |   sql = """
       |  _______^
    13 | | SELECT host FROM m ORDER BY host
    14 | | """
       | |___^
       |
    hint: leave it out here, or run the pipeline with `--once`

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(report("update", "SELECT host FROM m LIMIT 3"), @r#"
    error: table `result`: LIMIT does not work on a stream: a stream would end with it
      --> p.toml:12:7
       |
    12 |   sql = """
       |  _______^
    13 | | SELECT host FROM m LIMIT 3
    14 | | """
       | |___^
       |
    hint: use a sink's `num_rows` to show less, or run the pipeline with `--once`

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(report("append", "SELECT DISTINCT host FROM m"), @r#"
    error: table `result`: DISTINCT (also in UNION) does not work on a stream: it would have to remember every row there ever was
      --> p.toml:12:7
       |
    12 |   sql = """
       |  _______^
    13 | | SELECT DISTINCT host FROM m
    14 | | """
       | |___^
       |
    hint: run the pipeline with `--once`, or use `UNION ALL`

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(report("complete", "SELECT host FROM m"), @r#"
    error: sink `result`: `complete` needs an aggregate: a stream of rows has no whole result
      --> p.toml:19:8
       |
    19 | mode = "complete"
       |        ^^^^^^^^^^
       |
    hint: write mode = "append", or leave it out

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(report("append", "SELECT host, row_number() OVER (PARTITION BY host ORDER BY event_time) AS r\nFROM m"), @r#"
    error: table `result`: a function with OVER does not work on a stream: it looks at rows of other batches
      --> p.toml:12:7
       |
    12 |   sql = """
       |  _______^
    13 | | SELECT host, row_number() OVER (PARTITION BY host ORDER BY event_time) AS r
    14 | | FROM m
    15 | | """
       | |___^
       |
    hint: run the pipeline with `--once`

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(report("append", "SELECT nothere FROM m"), @r"
    error: table `result`: no column `nothere`
      --> p.toml:13:8
       |
    13 | SELECT nothere FROM m
       |        ^^^^^^^
       |
    hint: the columns here are `timestamp`, `host`, `metrics`, `event_time`

    1 mistake in `p.toml`
    ");
    insta::assert_snapshot!(report("append", "SELECT host FROM nowhere"), @r"
    error: table `result` reads `nowhere`, which nobody gives
      --> p.toml:13:18
       |
    13 | SELECT host FROM nowhere
       |                  ^^^^^^^
       |
    hint: there are `m`, `parsed`, `parsed_errors`, `raw`, `result`

    1 mistake in `p.toml`
    ");
    insta::assert_snapshot!(report("append", "SELECT host + FROM m"), @r"
    error: table `result`: no column `host`
      --> p.toml:13:8
       |
    13 | SELECT host + FROM m
       |        ^^^^

    1 mistake in `p.toml`
    ");
}
