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
            "SELECT explode(host) FROM m",
            "SELECT host + metrics FROM m",
            "SELECT CAST(host AS BANANA) FROM m",
        ],
    )
    .await;
    insta::assert_snapshot!(said, @"");
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
    insta::assert_snapshot!(said, @"");
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
    insta::assert_snapshot!(said, @"");
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
