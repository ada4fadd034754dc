use std::fmt::Write;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::batch::{kafka_schema, timestamp_type};
use crate::event_time::OutputMode::{self, Append, Complete, Update};
use crate::event_time::{Window, Windows};
use crate::sql::{Aggregation, Planner, SqlProblem, Streamed, Streaming};

fn tables() -> Vec<(String, SchemaRef)> {
    let metrics = Schema::new(vec![
        Field::new("host", DataType::Utf8, true),
        Field::new("cpu", DataType::Float64, true),
        Field::new("tags", DataType::new_list(DataType::Utf8, true), true),
        Field::new("event_time", timestamp_type(), true),
        Field::new("read_at", timestamp_type(), true),
    ]);
    vec![
        ("m".to_owned(), Arc::new(metrics)),
        ("raw".to_owned(), kafka_schema(false)),
    ]
}

/// A query in a mode, with a watermark on `event_time` or without one.
async fn streamed(sql: &str, mode: OutputMode, watermark: bool, keep_late: bool) -> Result<Streamed, SqlProblem> {
    let streaming = Streaming {
        mode,
        watermark: watermark.then_some("event_time"),
        keep_late,
    };
    Planner::new().plan_stream("essai", sql, &tables(), streaming).await
}

async fn cut(sql: &str) -> Aggregation {
    match streamed(sql, Complete, true, false).await {
        Ok(Streamed::Groups(aggregation)) => *aggregation,
        Ok(Streamed::Rows(..)) => panic!("{sql}: no groups"),
        Err(problem) => panic!("{sql}: {problem}"),
    }
}

/// What is said of queries in these modes, with or without a watermark.
async fn refused(queries: &[(OutputMode, bool, &str)]) -> String {
    let mut said = String::new();
    for (mode, watermark, sql) in queries {
        let problem = streamed(sql, *mode, *watermark, false).await.expect_err(sql);
        let on = if *watermark { ", with a watermark" } else { "" };
        writeln!(said, "{}{on}: {sql}\n  {problem}", mode.name()).unwrap();
        if let Some(hint) = problem.hint {
            writeln!(said, "  hint: {hint}").unwrap();
        }
    }
    said
}

fn names(fields: &Schema) -> Vec<&str> {
    fields.fields().iter().map(|field| field.name().as_str()).collect()
}

const MINUTE: i64 = 60_000_000;

#[tokio::test]
async fn modes_that_do_not_go_with_a_query() {
    let said = refused(&[
        (Append, false, "SELECT host, count(*) AS n FROM m GROUP BY host"),
        (Append, true, "SELECT host, count(*) AS n FROM m GROUP BY host"),
        (Append, true, "SELECT DISTINCT host FROM m"),
        (
            Append,
            false,
            "SELECT window, count(*) AS n FROM m GROUP BY window(event_time, '1 minute')",
        ),
        (
            Append,
            true,
            "SELECT window, count(*) AS n FROM m GROUP BY window(read_at, '1 minute')",
        ),
        (
            Append,
            true,
            "SELECT window, count(*) AS n FROM m GROUP BY window(event_time + INTERVAL '1 hour', '1 minute')",
        ),
        (
            Append,
            false,
            "SELECT session_window, count(*) AS n FROM m GROUP BY session_window(event_time, '1 minute')",
        ),
        (
            Update,
            true,
            "SELECT session_window, host, count(*) AS n FROM m GROUP BY session_window(event_time, '1 minute'), host",
        ),
    ])
    .await;
    insta::assert_snapshot!(said, @r#"
    append: SELECT host, count(*) AS n FROM m GROUP BY host
      in append mode an aggregate needs an event-time window: its groups are never final, and nothing would come out
      hint: group by `window(time, '1 minute')` too, with a watermark; or give the sink `mode = "update"` (what changed) or `mode = "complete"` (all, every time)
    append, with a watermark: SELECT host, count(*) AS n FROM m GROUP BY host
      in append mode an aggregate needs an event-time window: its groups are never final, and nothing would come out
      hint: group by `window(time, '1 minute')` too, with a watermark; or give the sink `mode = "update"` (what changed) or `mode = "complete"` (all, every time)
    append, with a watermark: SELECT DISTINCT host FROM m
      in append mode an aggregate needs an event-time window: its groups are never final, and nothing would come out
      hint: group by `window(time, '1 minute')` too, with a watermark; or give the sink `mode = "update"` (what changed) or `mode = "complete"` (all, every time)
    append: SELECT window, count(*) AS n FROM m GROUP BY window(event_time, '1 minute')
      in append mode a window needs a watermark: without one no window is ever final, and nothing would come out
      hint: give the table one, `watermark = { column = "...", delay = "1 minute" }`, or its sink `mode = "update"` or `mode = "complete"`
    append, with a watermark: SELECT window, count(*) AS n FROM m GROUP BY window(read_at, '1 minute')
      in append mode the window's time must be the column with the watermark, `event_time`, and it is `read_at`
      hint: group by a window over that column as it is, or give the sink `mode = "update"` or `mode = "complete"`
    append, with a watermark: SELECT window, count(*) AS n FROM m GROUP BY window(event_time + INTERVAL '1 hour', '1 minute')
      in append mode the window's time must be the column with the watermark, `event_time`, and it is computed
      hint: group by a window over that column as it is, or give the sink `mode = "update"` or `mode = "complete"`
    append: SELECT session_window, count(*) AS n FROM m GROUP BY session_window(event_time, '1 minute')
      in append mode a window needs a watermark: without one no window is ever final, and nothing would come out
      hint: give the table one, `watermark = { column = "...", delay = "1 minute" }`, or its sink `mode = "update"` or `mode = "complete"`
    update, with a watermark: SELECT session_window, host, count(*) AS n FROM m GROUP BY session_window(event_time, '1 minute'), host
      sessions can't be updated: two of them may become one, and nothing takes back the row of the other
      hint: give the sink `mode = "append"`, with a watermark, or `mode = "complete"`
    "#);
}

#[tokio::test]
async fn what_can_not_stand_above_an_aggregate() {
    let said = refused(&[
        (
            Update,
            false,
            "SELECT host, count(*) AS n FROM m GROUP BY host ORDER BY n",
        ),
        (Update, false, "SELECT host, count(*) AS n FROM m GROUP BY host LIMIT 3"),
        (
            Append,
            true,
            "SELECT window, count(*) AS n FROM m GROUP BY window(event_time, '1 minute') ORDER BY n",
        ),
        (
            Update,
            false,
            "SELECT host, count(*) AS n, rank() OVER (ORDER BY count(*)) AS r FROM m GROUP BY host",
        ),
        (
            Complete,
            false,
            "SELECT host, n FROM (SELECT host, count(*) AS n FROM m GROUP BY host) WHERE n > (SELECT 3)",
        ),
        (
            Complete,
            false,
            "SELECT host, count(*) AS n FROM m GROUP BY host UNION ALL SELECT host, 1 FROM m",
        ),
        (
            Complete,
            false,
            "SELECT a.host FROM (SELECT host, count(*) AS n FROM m GROUP BY host) a JOIN m ON a.host = m.host",
        ),
    ])
    .await;
    insta::assert_snapshot!(said, @r#"
    update: SELECT host, count(*) AS n FROM m GROUP BY host ORDER BY n
      ORDER BY above an aggregate does not work in update mode: only part of the result comes out at a time
      hint: give the sink `mode = "complete"`, leave it out here, or run the pipeline with `--once`
    update: SELECT host, count(*) AS n FROM m GROUP BY host LIMIT 3
      LIMIT above an aggregate does not work in update mode: only part of the result comes out at a time
      hint: give the sink `mode = "complete"`, leave it out here, or run the pipeline with `--once`
    append, with a watermark: SELECT window, count(*) AS n FROM m GROUP BY window(event_time, '1 minute') ORDER BY n
      ORDER BY above an aggregate does not work in append mode: only part of the result comes out at a time
      hint: give the sink `mode = "complete"`, leave it out here, or run the pipeline with `--once`
    update: SELECT host, count(*) AS n, rank() OVER (ORDER BY count(*)) AS r FROM m GROUP BY host
      a function with OVER above an aggregate does not work in update mode: it looks at rows of other batches
      hint: give the sink `mode = "complete"`, leave it out here, or run the pipeline with `--once`
    complete: SELECT host, n FROM (SELECT host, count(*) AS n FROM m GROUP BY host) WHERE n > (SELECT 3)
      a subquery in an expression does not work on a stream: its answer changes with every batch
      hint: run the pipeline with `--once`; a subquery in FROM works on a stream
    complete: SELECT host, count(*) AS n FROM m GROUP BY host UNION ALL SELECT host, 1 FROM m
      an aggregate beside other rows (in one part of a UNION or of a join) does not work on a stream: its groups change while the other rows are done
      hint: give the aggregate a table of its own, or run the pipeline with `--once`
    complete: SELECT a.host FROM (SELECT host, count(*) AS n FROM m GROUP BY host) a JOIN m ON a.host = m.host
      a join does not work on a stream: a row's partner may be in any batch, before or after
      hint: run the pipeline with `--once`; to put an array's elements beside their row, use `explode`
    "#);
}

#[tokio::test]
async fn what_can_not_stand_below_an_aggregate() {
    let said = refused(&[
        (
            Complete,
            false,
            "SELECT count(*) AS n FROM (SELECT host, count(*) AS n FROM m GROUP BY host)",
        ),
        (
            Complete,
            false,
            "SELECT count(*) AS n FROM (SELECT DISTINCT host FROM m)",
        ),
        (
            Complete,
            false,
            "SELECT count(*) AS n FROM (SELECT host FROM m ORDER BY host LIMIT 3)",
        ),
        (Complete, false, "SELECT count(*) AS n FROM m JOIN raw ON host = topic"),
        (
            Complete,
            false,
            "SELECT max(r) AS r FROM (SELECT row_number() OVER (ORDER BY cpu) AS r FROM m)",
        ),
        (
            Complete,
            false,
            "SELECT count(*) AS n FROM m WHERE host IN (SELECT topic FROM raw)",
        ),
        (
            Complete,
            false,
            "SELECT host, count(*) AS n FROM m GROUP BY ROLLUP(host)",
        ),
        (
            Complete,
            false,
            "SELECT host, cpu, count(*) AS n FROM m GROUP BY GROUPING SETS ((host), (cpu))",
        ),
        (Complete, false, "SELECT count(*) AS n"),
        (
            Complete,
            false,
            "SELECT sum(x) AS n FROM (SELECT 1 AS x UNION ALL SELECT cpu FROM m)",
        ),
    ])
    .await;
    insta::assert_snapshot!(said, @"
    complete: SELECT count(*) AS n FROM (SELECT host, count(*) AS n FROM m GROUP BY host)
      an aggregate over an aggregate does not work on a stream: the inner one's rows change after the outer one has counted them
      hint: write the inner one's rows to a topic or to Parquet and aggregate those, or run the pipeline with `--once`
    complete: SELECT count(*) AS n FROM (SELECT DISTINCT host FROM m)
      an aggregate over an aggregate does not work on a stream: the inner one's rows change after the outer one has counted them
      hint: write the inner one's rows to a topic or to Parquet and aggregate those, or run the pipeline with `--once`
    complete: SELECT count(*) AS n FROM (SELECT host FROM m ORDER BY host LIMIT 3)
      LIMIT does not work on a stream: a stream would end with it
      hint: use a sink's `num_rows` to show less, or run the pipeline with `--once`
    complete: SELECT count(*) AS n FROM m JOIN raw ON host = topic
      a join does not work on a stream: a row's partner may be in any batch, before or after
      hint: run the pipeline with `--once`; to put an array's elements beside their row, use `explode`
    complete: SELECT max(r) AS r FROM (SELECT row_number() OVER (ORDER BY cpu) AS r FROM m)
      a function with OVER does not work on a stream: it looks at rows of other batches
      hint: run the pipeline with `--once`
    complete: SELECT count(*) AS n FROM m WHERE host IN (SELECT topic FROM raw)
      a subquery in an expression does not work on a stream: its answer changes with every batch
      hint: run the pipeline with `--once`; a subquery in FROM works on a stream
    complete: SELECT host, count(*) AS n FROM m GROUP BY ROLLUP(host)
      ROLLUP, CUBE and GROUPING SETS do not work on a stream: each of their groupings has a state of its own
      hint: give each grouping a table of its own, or run the pipeline with `--once`
    complete: SELECT host, cpu, count(*) AS n FROM m GROUP BY GROUPING SETS ((host), (cpu))
      ROLLUP, CUBE and GROUPING SETS do not work on a stream: each of their groupings has a state of its own
      hint: give each grouping a table of its own, or run the pipeline with `--once`
    complete: SELECT count(*) AS n
      a SELECT without a table does not work on a stream: nothing would ever trigger it
      hint: read a table above, or run the pipeline with `--once`
    complete: SELECT sum(x) AS n FROM (SELECT 1 AS x UNION ALL SELECT cpu FROM m)
      a SELECT without a table does not work on a stream: nothing would ever trigger it
      hint: read a table above, or run the pipeline with `--once`
    ");
}

#[tokio::test]
async fn rows_with_a_limit() {
    let limit = async |mode: OutputMode, sql: &str| match streamed(sql, mode, false, false).await {
        Ok(Streamed::Rows(_, limit)) => limit,
        Ok(Streamed::Groups(_)) => panic!("{sql}: groups"),
        Err(problem) => panic!("{sql}: {problem}"),
    };
    assert_eq!(limit(Append, "SELECT host FROM m").await, None);
    assert_eq!(limit(Update, "SELECT host FROM m").await, None);
    assert_eq!(limit(Append, "SELECT host FROM m WHERE cpu > 1 LIMIT 5").await, Some(5));
    assert_eq!(limit(Append, "SELECT host FROM m LIMIT 0").await, Some(0));
    let said = refused(&[
        (Append, false, "SELECT host FROM m LIMIT 5 OFFSET 2"),
        (Update, false, "SELECT host FROM m LIMIT 5"),
        (Complete, false, "SELECT host FROM m LIMIT 5"),
        (Append, false, "SELECT host FROM (SELECT host FROM m LIMIT 5)"),
        (Append, false, "SELECT host FROM m ORDER BY host LIMIT 5"),
    ])
    .await;
    insta::assert_snapshot!(said, @r#"
    append: SELECT host FROM m LIMIT 5 OFFSET 2
      on a stream LIMIT is a number, without OFFSET
      hint: write `LIMIT 10`, or run the pipeline with `--once`
    update: SELECT host FROM m LIMIT 5
      LIMIT does not work on a stream in update mode
      hint: give the sink `mode = "append"` for the first rows of the stream, or use its `num_rows` to show less
    complete: SELECT host FROM m LIMIT 5
      LIMIT does not work on a stream in complete mode
      hint: give the sink `mode = "append"` for the first rows of the stream, or use its `num_rows` to show less
    append: SELECT host FROM (SELECT host FROM m LIMIT 5)
      LIMIT does not work on a stream: a stream would end with it
      hint: use a sink's `num_rows` to show less, or run the pipeline with `--once`
    append: SELECT host FROM m ORDER BY host LIMIT 5
      ORDER BY does not work on a stream: a stream has no last row to sort up to
      hint: leave it out here, or run the pipeline with `--once`
    "#);
}

#[tokio::test]
async fn what_is_taken() {
    use Complete as C;
    for (mode, watermark, sql) in [
        (
            Append,
            true,
            "SELECT window, count(*) AS n FROM m GROUP BY window(event_time, '1 minute')",
        ),
        (
            Append,
            true,
            "SELECT count(*) AS n FROM m GROUP BY window(event_time, '1 minute', '10 seconds', '3 seconds')",
        ),
        (
            Append,
            true,
            "SELECT count(*) AS n FROM m GROUP BY session_window(event_time, '1 minute')",
        ),
        // The column under another name, and from one of two inputs.
        (
            Append,
            true,
            "SELECT window, count(*) AS n FROM (SELECT event_time AS e FROM m) GROUP BY window(e, '1 minute')",
        ),
        (
            Append,
            true,
            "SELECT window, count(*) AS n FROM (SELECT event_time FROM m UNION ALL SELECT event_time FROM m) GROUP BY window(event_time, '1 minute')",
        ),
        (
            Update,
            false,
            "SELECT window, count(*) AS n FROM m GROUP BY window(read_at, '1 minute')",
        ),
        (Update, false, "SELECT DISTINCT host, tags FROM m"),
        (Update, false, "SELECT count(*) AS n FROM m"),
        (
            Update,
            false,
            "SELECT host, n FROM (SELECT host, count(DISTINCT cpu) AS n FROM m GROUP BY host) WHERE n > 3",
        ),
        (
            Update,
            false,
            "SELECT tag, count(*) AS n FROM (SELECT explode(tags) AS tag FROM m) GROUP BY tag",
        ),
        (
            Update,
            false,
            "SELECT explode(t) AS tag FROM (SELECT array_agg(host) AS t FROM m)",
        ),
        (
            C,
            false,
            "SELECT window, count(*) AS n FROM m GROUP BY window(event_time, '1 minute') ORDER BY n DESC LIMIT 3",
        ),
        (
            C,
            false,
            "SELECT host, rank() OVER (ORDER BY count(*)) AS r FROM m GROUP BY host",
        ),
        (
            C,
            false,
            "SELECT session_window, count(*) AS n FROM m GROUP BY session_window(event_time, '1 minute')",
        ),
        (
            C,
            false,
            "WITH a AS (SELECT host, sum(cpu) AS s FROM m GROUP BY host) SELECT host, s / 2 AS half FROM a WHERE s > 1",
        ),
    ] {
        if let Err(problem) = streamed(sql, mode, watermark, false).await {
            panic!("{} {sql}: {problem}", mode.name());
        }
    }
}

#[tokio::test]
async fn a_query_in_three() {
    let query = cut(
        "SELECT upper(host) AS h, window.start AS w, count(*) AS n, avg(cpu) AS a FROM m WHERE cpu > 1 \
         GROUP BY host, window(event_time, '1 minute') HAVING count(*) > 2",
    )
    .await;
    assert_eq!(query.rows.inputs(), ["m"]);
    // What the aggregate needs, and the time last.
    assert_eq!(names(&query.rows.schema()), ["host", "cpu", "__time"]);
    assert_eq!(names(&query.rows_schema()), ["host", "cpu"]);
    let windows = Windows {
        size: MINUTE,
        slide: MINUTE,
        start: 0,
    };
    assert_eq!(query.window, Some(Window::Fixed(windows)));
    assert_eq!(
        (query.keys, query.key_names),
        (vec![DataType::Utf8], vec!["host".to_owned()])
    );
    assert_eq!(query.functions.len(), 2);
    // Bounds, keys, aggregates.
    assert_eq!(query.results.fields().len(), 1 + 1 + 2);
    assert_eq!(names(&query.above.schema()), ["h", "w", "n", "a"]);
    assert!(query.on_watermark);
    assert_eq!(query.partial.inputs(), ["__rows"]);
    assert_eq!(query.above.inputs(), ["__results"]);
}

#[tokio::test]
async fn a_query_that_needs_no_column() {
    let query = cut("SELECT count(*) AS n FROM m").await;
    assert_eq!(names(&query.rows.schema()), ["__row"]);
    assert_eq!((query.window, query.keys.len(), query.on_watermark), (None, 0, false));
    let query =
        cut("SELECT session_window.end AS e, count(*) AS n FROM m GROUP BY session_window(event_time, '5 minutes')")
            .await;
    assert_eq!(names(&query.rows.schema()), ["__time"]);
    assert_eq!(query.window, Some(Window::Session { gap: 5 * MINUTE }));
    assert_eq!(names(&query.results)[..2], ["__start", "__end"]);
}

#[tokio::test]
async fn late_rows_keep_their_columns_where_somebody_reads_them() {
    let sql = "SELECT window, count(*) AS n FROM m GROUP BY window(event_time, '1 minute')";
    let columns = async |keep_late: bool| {
        let Ok(Streamed::Groups(query)) = streamed(sql, Append, true, keep_late).await else {
            panic!("no groups");
        };
        names(&query.rows_schema()).join(" ")
    };
    assert_eq!(columns(false).await, "");
    assert_eq!(columns(true).await, "host cpu tags event_time read_at");
}
