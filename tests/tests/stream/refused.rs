//! `stream/refused.json`: what Spark refuses on a stream is refused by `check`, with a reason and what to do instead.

use serde_json::Value;
use wasmill_tests::command::{Command, Output};
use wasmill_tests::golden::text;
use wasmill_tests::module::module;

fn cases() -> Vec<Value> {
    serde_json::from_str(&text("stream/refused.json")).unwrap()
}

/// `wasmill check` of a query on the stream of metrics. `mw` is `m` with a watermark, which with us is the query's.
fn check(sql: &str, mode: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.toml");
    let watermark = match sql.contains(" mw") {
        true => "watermark = { column = \"event_time\", delay = \"10 seconds\" }\n",
        false => "",
    };
    let sql = sql.replace(" mw", " m");
    let pipeline = format!(
        "[source.raw]\nsubscribe = \"metrics\"\n\n[guest.parsed]\nfrom = \"raw\"\nmodule = {:?}\n\n\
         [table.m]\nsql = \"SELECT timestamp, host, metrics, try_to_timestamp(timestamp) AS event_time FROM parsed\"\n\n\
         [table.result]\n{watermark}sql = \"\"\"\n{sql}\n\"\"\"\n\n[sink.result]\nfrom = \"result\"\nconsole = {{}}\nmode = \"{mode}\"\n",
        module("metrics"),
    );
    std::fs::write(&file, pipeline).unwrap();
    Command::wasmill(["check", "p.toml"]).within(folder.path()).output()
}

fn field<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap()
}

/// What Spark refuses and we can do.
const BEYOND_SPARK: [&str; 2] = [
    // A state of the values seen.
    "count(DISTINCT",
    // All rows are of one key.
    "SELECT session_window, count(*)",
];

/// What Spark takes and fails at when it runs, or answers in a way that helps nobody.
const REFUSED_BY_US: [&str; 1] = [
    // Spark casts the names of hosts to numbers, and all are null.
    "sum(host)",
];

#[test]
fn what_spark_refuses_is_refused_with_a_reason_and_the_rest_is_taken() {
    let mut wrong = Vec::new();
    for case in cases() {
        let (sql, mode) = (field(&case, "sql"), field(&case, "mode"));
        let output = check(sql, mode);
        let is_one = |of: &[&str]| of.iter().any(|part| sql.contains(part));
        let refused = (case["refused"] == true && !is_one(&BEYOND_SPARK)) || is_one(&REFUSED_BY_US);
        let as_wanted = match refused {
            true => output.code == Some(1) && output.stderr.contains("error: ") && output.stderr.contains("p.toml:"),
            false => output.code == Some(0),
        };
        if !as_wanted {
            wrong.push(format!("{mode} {sql}\n{output}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The texts for one query of each kind.
#[test]
fn the_reasons() {
    let report = |mode: &str, sql: &str| check(sql, mode).stderr;
    insta::assert_snapshot!(report("append", "SELECT host, count(*) AS n FROM m GROUP BY host"), @r#"
    error: table `result`: in append mode an aggregate needs an event-time window: its groups are never final, and nothing would come out
      --> p.toml:12:7
       |
    12 |   sql = """
       |  _______^
    13 | | SELECT host, count(*) AS n FROM m GROUP BY host
    14 | | """
       | |___^
       |
    hint: group by `window(time, '1 minute')` too, with a watermark; or give the sink `mode = "update"` (what changed) or `mode = "complete"` (all, every time)

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(report("append", "SELECT window, count(*) AS n\nFROM m\nGROUP BY window(event_time, '10 seconds')"), @r#"
    error: table `result`: in append mode a window needs a watermark: without one no window is ever final, and nothing would come out
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
    hint: give the table one, `watermark = { column = "...", delay = "1 minute" }`, or its sink `mode = "update"` or `mode = "complete"`

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
    error: table `result`: LIMIT does not work on a stream in update mode
      --> p.toml:12:7
       |
    12 |   sql = """
       |  _______^
    13 | | SELECT host FROM m LIMIT 3
    14 | | """
       | |___^
       |
    hint: give the sink `mode = "append"` for the first rows of the stream, or use its `num_rows` to show less

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(report("append", "SELECT DISTINCT host FROM m"), @r#"
    error: table `result`: in append mode an aggregate needs an event-time window: its groups are never final, and nothing would come out
      --> p.toml:12:7
       |
    12 |   sql = """
       |  _______^
    13 | | SELECT DISTINCT host FROM m
    14 | | """
       | |___^
       |
    hint: group by `window(time, '1 minute')` too, with a watermark; or give the sink `mode = "update"` (what changed) or `mode = "complete"` (all, every time)

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
    hint: the columns are `timestamp`, `host`, `metrics`, `event_time`

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
       |
    hint: this SELECT reads no table; perhaps something is missing before its FROM

    1 mistake in `p.toml`
    ");
}
