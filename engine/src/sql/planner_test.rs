use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::batch::{kafka_schema, timestamp_type};
use crate::sql::{Mode, Planner, SqlProblem};

fn tables() -> Vec<(String, SchemaRef)> {
    let metrics = Schema::new(vec![
        Field::new("host", DataType::Utf8, true),
        Field::new("timestamp", DataType::Utf8, true),
        Field::new(
            "metrics",
            DataType::Struct(vec![Field::new("cpu_percent", DataType::Float64, true)].into()),
            true,
        ),
        Field::new("event_time", timestamp_type(), true),
    ]);
    vec![
        ("raw".to_owned(), kafka_schema(false)),
        ("m".to_owned(), Arc::new(metrics)),
    ]
}

async fn plan(sql: &str, mode: Mode) -> Result<crate::sql::Query, SqlProblem> {
    Planner::new().plan("essai", sql, &tables(), mode).await
}

async fn problems(mode: Mode, queries: &[&str]) -> String {
    let mut said = Vec::new();
    for sql in queries {
        let problem = plan(sql, mode).await.expect_err(sql);
        let hint = problem
            .hint
            .as_deref()
            .map(|hint| format!("\n  hint: {hint}"))
            .unwrap_or_default();
        said.push(format!("{sql}\n  {problem}{hint}"));
    }
    said.join("\n")
}

#[tokio::test]
async fn what_is_no_query_says_why_and_where() {
    let said = problems(
        Mode::Batch,
        &[
            "",
            "-- nothing",
            "SELEC host FROM m",
            "SELECT host + FROM m",
            "SELECT host,\n  count(* FROM m",
            "SELECT 'abc FROM m",
            "SELECT host FROM m; SELECT 1",
            "CREATE TABLE x AS SELECT 1",
            "DROP TABLE m",
            "INSERT INTO m SELECT * FROM m",
            "SET a = 1",
            "COPY m TO 'x'",
            "SELECT nothere FROM m",
            "SELECT\n  hots FROM m",
            "SELECT m.metric FROM m",
            "SELECT metrics.cpu FROM m",
            "SELECT host FROM nowhere",
            "SELECT host FROM M2 JOIN rwa",
            "SELECT hostt.* FROM m",
            "SELECT host.* FROM m",
            "SELECT host, timestamp, count(*) AS n FROM m GROUP BY host",
            "SELECT host FROM m WHERE count(*) > 1",
            "SELECT cuont(host) FROM m",
            "SELECT round(host, 1, 2) FROM m",
            "SELECT sum(metrics) FROM m",
            "SELECT host AS a, timestamp AS a FROM m",
            "SELECT a.timestamp, host FROM m a JOIN m b ON a.host = b.host",
            "SELECT explode_outer(split(host, ',')) FROM m",
            "SELECT x FROM m LATERAL VIEW OUTER explode(split(host, ',')) v AS x",
            "SELECT x FROM m JOIN raw ON host = topic LATERAL VIEW explode(split(host, ',')) v AS x",
            "SELECT explode(host) FROM m",
            "SELECT host + metrics FROM m",
            "SELECT CAST(host AS BANANA) FROM m",
        ],
    )
    .await;
    insta::assert_snapshot!(said, @r#"
      the query is empty
      hint: write a SELECT, for example `SELECT * FROM commandes`
    -- nothing
      the query is empty
      hint: write a SELECT, for example `SELECT * FROM commandes`
    SELEC host FROM m
      1:1: expected an SQL statement, found `SELEC`
    SELECT host + FROM m
      1:8: no column `host`
      hint: this SELECT reads no table; perhaps something is missing before its FROM
    SELECT host,
      count(* FROM m
      2:11: expected `)`, found `FROM`
    SELECT 'abc FROM m
      1:8: unterminated string literal
    SELECT host FROM m; SELECT 1
      a table is one SELECT, and this is several statements
      hint: give each SELECT a table of its own
    CREATE TABLE x AS SELECT 1
      1:1: `CREATE` is not a SELECT
      hint: a table is a SELECT over the tables above it; where its rows go is said by a sink
    DROP TABLE m
      1:1: `DROP` is not a SELECT
      hint: a table is a SELECT over the tables above it; where its rows go is said by a sink
    INSERT INTO m SELECT * FROM m
      1:1: `INSERT` is not a SELECT
      hint: a table is a SELECT over the tables above it; where its rows go is said by a sink
    SET a = 1
      1:1: `SET` is not a SELECT
      hint: a table is a SELECT over the tables above it; where its rows go is said by a sink
    COPY m TO 'x'
      1:1: `COPY` is not a SELECT
      hint: a table is a SELECT over the tables above it; where its rows go is said by a sink
    SELECT nothere FROM m
      1:8: no column `nothere`
      hint: the columns are `host`, `timestamp`, `metrics`, `event_time`
    SELECT
      hots FROM m
      2:3: no column `hots`
      hint: did you mean `host`? the columns are `host`, `timestamp`, `metrics`, `event_time`
    SELECT m.metric FROM m
      1:8: no column `metric` in `m`
      hint: did you mean `metrics`? the columns are `host`, `timestamp`, `metrics`, `event_time`
    SELECT metrics.cpu FROM m
      1:16: no field `cpu` in `metrics`
      hint: did you mean `cpu_percent`? the fields are `cpu_percent`
    SELECT host FROM nowhere
      1:18: no table `nowhere`
      hint: the tables above this one are `raw`, `m`
    SELECT host FROM M2 JOIN rwa
      1:18: no table `M2`
      hint: did you mean `m`? the tables above this one are `raw`, `m`
    SELECT hostt.* FROM m
      1:8: no column `hostt`
      hint: did you mean `host`? the columns are `host`, `timestamp`, `metrics`, `event_time`
    SELECT host.* FROM m
      1:8: `host.*` needs a struct or a table, and `host` is neither
    SELECT host, timestamp, count(*) AS n FROM m GROUP BY host
      1:14: `timestamp` is neither in GROUP BY nor inside an aggregate
      hint: add `timestamp` to GROUP BY, or take one value of the group: `first(timestamp)`, `max(timestamp)`
    SELECT host FROM m WHERE count(*) > 1
      aggregate functions are not allowed in the WHERE clause. Consider using HAVING instead
    SELECT cuont(host) FROM m
      1:8: no function `cuont`
      hint: did you mean `count`?
    SELECT round(host, 1, 2) FROM m
      `round` takes a number and how many decimal places to keep
    SELECT sum(metrics) FROM m
      `sum` does not take Struct("cpu_percent": Float64)
    SELECT host AS a, timestamp AS a FROM m
      two columns are named `a`
      hint: name them apart with `AS`
    SELECT a.timestamp, host FROM m a JOIN m b ON a.host = b.host
      1:21: `host` could be a column of several tables
      hint: say which: `table.host`
    SELECT explode_outer(split(host, ',')) FROM m
      1:8: `explode_outer` is not supported
      hint: use `explode`, which leaves out rows whose array is empty or null
    SELECT x FROM m LATERAL VIEW OUTER explode(split(host, ',')) v AS x
      1:36: LATERAL VIEW works as `LATERAL VIEW explode(array) view AS column` only
      hint: put the `explode` into a subquery in FROM
    SELECT x FROM m JOIN raw ON host = topic LATERAL VIEW explode(split(host, ',')) v AS x
      1:55: LATERAL VIEW works behind a single table only
      hint: put the join, or the `explode`, into a subquery in FROM
    SELECT explode(host) FROM m
      `explode` takes an array
    SELECT host + metrics FROM m
      1:8: cannot coerce arithmetic expression Utf8 + Struct("cpu_percent": Float64) to valid types
    SELECT CAST(host AS BANANA) FROM m
      no type `BANANA`
    "#);
}

#[tokio::test]
async fn windows_that_can_not_be() {
    let said = problems(
        Mode::Batch,
        &[
            "SELECT window, count(*) FROM m GROUP BY window(event_time, '10 seconds', '20 seconds')",
            "SELECT window, count(*) FROM m GROUP BY window(event_time, '1 month')",
            "SELECT window, count(*) FROM m GROUP BY window(event_time, '0 seconds')",
            "SELECT window, count(*) FROM m GROUP BY window(event_time, '10 seconds', '10 seconds', '10 seconds')",
            "SELECT window, count(*) FROM m GROUP BY window(event_time)",
            "SELECT window, count(*) FROM m GROUP BY window(event_time, 10)",
            "SELECT window, count(*) FROM m GROUP BY window(event_time, host)",
            "SELECT window, count(*) FROM m GROUP BY window(metrics, '1 minute')",
            "SELECT window, count(*) FROM m GROUP BY host",
            "SELECT count(*) FROM m GROUP BY window(event_time, '10 seconds'), window(event_time, '20 seconds')",
            "SELECT session_window(event_time, '5 seconds') FROM m",
            "SELECT window(event_time, '10 seconds', '5 seconds') FROM m",
            "SELECT count(*) FROM m GROUP BY session_window(event_time, '-5 seconds')",
        ],
    )
    .await;
    insta::assert_snapshot!(said, @r#"
    SELECT window, count(*) FROM m GROUP BY window(event_time, '10 seconds', '20 seconds')
      1:41: `window`: the slide is longer than the size
      hint: rows between two windows would be in none; give a slide of at most the size
    SELECT window, count(*) FROM m GROUP BY window(event_time, '1 month')
      1:41: `window`: `1 month`: a month has no fixed length; count in days
      hint: write `window(time, '1 minute')`, or with a slide `window(time, '1 minute', '10 seconds')`
    SELECT window, count(*) FROM m GROUP BY window(event_time, '0 seconds')
      1:41: `window`: size and slide must be longer than nothing
    SELECT window, count(*) FROM m GROUP BY window(event_time, '10 seconds', '10 seconds', '10 seconds')
      1:41: `window`: the start offset must be shorter than the slide
    SELECT window, count(*) FROM m GROUP BY window(event_time)
      1:41: `window` has too few or too many arguments
      hint: write `window(time, '1 minute')`, or with a slide `window(time, '1 minute', '10 seconds')`
    SELECT window, count(*) FROM m GROUP BY window(event_time, 10)
      1:41: `window`: `10` is no length of time; write a text such as '10 seconds'
      hint: write `window(time, '1 minute')`, or with a slide `window(time, '1 minute', '10 seconds')`
    SELECT window, count(*) FROM m GROUP BY window(event_time, host)
      1:41: `window`: `host` is no length of time; it must be a text such as '10 seconds', the same for all rows
      hint: write `window(time, '1 minute')`, or with a slide `window(time, '1 minute', '10 seconds')`
    SELECT window, count(*) FROM m GROUP BY window(metrics, '1 minute')
      `window` needs a timestamp, not a column of type Struct("cpu_percent": Float64)
    SELECT window, count(*) FROM m GROUP BY host
      1:8: no column `window`
      hint: GROUP BY window(...) makes that column, and this SELECT has no such group
    SELECT count(*) FROM m GROUP BY window(event_time, '10 seconds'), window(event_time, '20 seconds')
      1:74: a GROUP BY has one window, and this one has two
      hint: make a table for each window; joined, every row would count in each pair of them
    SELECT session_window(event_time, '5 seconds') FROM m
      `session_window` stands in GROUP BY only: a session is made of several rows
    SELECT window(event_time, '10 seconds', '5 seconds') FROM m
      `window` with a slide stands in GROUP BY only: a row is in several such windows
    SELECT count(*) FROM m GROUP BY session_window(event_time, '-5 seconds')
      1:33: `session_window`: the gap must be longer than nothing
    "#);
}

#[tokio::test]
async fn what_a_stream_refuses() {
    let said = problems(
        Mode::Stream,
        &[
            "SELECT host, count(*) AS n FROM m GROUP BY host",
            "SELECT window, count(*) AS n FROM m GROUP BY window(event_time, '10 seconds')",
            "SELECT host FROM m ORDER BY host",
            "SELECT host FROM m LIMIT 3",
            "SELECT DISTINCT host FROM m",
            "SELECT host FROM m UNION SELECT topic FROM raw",
            "SELECT a.host FROM m a JOIN m b ON a.host = b.host",
            "SELECT host, row_number() OVER (PARTITION BY host ORDER BY event_time) AS r FROM m",
            "SELECT host FROM m WHERE host IN (SELECT topic FROM raw)",
            "SELECT 1 AS x",
        ],
    )
    .await;
    insta::assert_snapshot!(said, @"
    SELECT host, count(*) AS n FROM m GROUP BY host
      an aggregate beside other rows (in one part of a UNION or of a join) does not work on a stream: its groups change while the other rows are done
      hint: give the aggregate a table of its own, or run the pipeline with `--once`
    SELECT window, count(*) AS n FROM m GROUP BY window(event_time, '10 seconds')
      an aggregate beside other rows (in one part of a UNION or of a join) does not work on a stream: its groups change while the other rows are done
      hint: give the aggregate a table of its own, or run the pipeline with `--once`
    SELECT host FROM m ORDER BY host
      ORDER BY does not work on a stream: a stream has no last row to sort up to
      hint: leave it out here, or run the pipeline with `--once`
    SELECT host FROM m LIMIT 3
      LIMIT does not work on a stream: a stream would end with it
      hint: use a sink's `num_rows` to show less, or run the pipeline with `--once`
    SELECT DISTINCT host FROM m
      DISTINCT (also in UNION) does not work on a stream: it would have to remember every row there ever was
      hint: run the pipeline with `--once`, or use `UNION ALL`
    SELECT host FROM m UNION SELECT topic FROM raw
      DISTINCT (also in UNION) does not work on a stream: it would have to remember every row there ever was
      hint: run the pipeline with `--once`, or use `UNION ALL`
    SELECT a.host FROM m a JOIN m b ON a.host = b.host
      a join does not work on a stream: a row's partner may be in any batch, before or after
      hint: run the pipeline with `--once`; to put an array's elements beside their row, use `explode`
    SELECT host, row_number() OVER (PARTITION BY host ORDER BY event_time) AS r FROM m
      a function with OVER does not work on a stream: it looks at rows of other batches
      hint: run the pipeline with `--once`
    SELECT host FROM m WHERE host IN (SELECT topic FROM raw)
      a subquery in an expression does not work on a stream: its answer changes with every batch
      hint: run the pipeline with `--once`; a subquery in FROM works on a stream
    SELECT 1 AS x
      a SELECT without a table does not work on a stream: nothing would ever trigger it
      hint: read a table above, or run the pipeline with `--once`
    ");
}

#[tokio::test]
async fn what_a_stream_takes() {
    for sql in [
        "SELECT * FROM m",
        "SELECT host, metrics.* FROM m WHERE metrics.cpu_percent > 50",
        "SELECT CAST(value AS STRING) FROM raw UNION ALL SELECT host FROM m",
        "WITH a AS (SELECT explode(split(host, '-')) AS part FROM m) SELECT upper(part) FROM a",
        "SELECT window(event_time, '1 minute').start AS debut FROM m",
    ] {
        let query = plan(sql, Mode::Stream)
            .await
            .unwrap_or_else(|problem| panic!("{sql}: {problem}"));
        assert!(query.is_stateless(), "{sql}");
    }
}

#[tokio::test]
async fn the_tables_that_a_query_reads() {
    let sql = "WITH raw2 AS (SELECT topic FROM raw) SELECT * FROM raw2 r LEFT JOIN m ON r.topic = host WHERE host NOT IN (SELECT topic FROM raw)";
    assert_eq!(plan(sql, Mode::Batch).await.unwrap().inputs(), ["raw", "m"]);
    assert!(plan("SELECT 1 AS x", Mode::Batch).await.unwrap().inputs().is_empty());
    let recursive = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n";
    let query = plan(recursive, Mode::Batch).await.unwrap();
    assert!(query.inputs().is_empty() && !query.is_stateless());
}
