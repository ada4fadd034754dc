use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::batch::timestamp_type;
use crate::event_time::{OutputMode, Times};
use crate::sql::{Planner, Streamed, Streaming};

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("host", DataType::Utf8, true),
        Field::new("event_time", timestamp_type(), true),
    ]))
}

/// Hosts a, b and c at 1, 2 and 3 s, and one without a time.
fn rows() -> RecordBatch {
    let hosts: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c", "d"]));
    let times = TimestampMicrosecondArray::from(vec![Some(1_000_000), Some(2_000_000), Some(3_000_000), None]);
    RecordBatch::try_new(schema(), vec![hosts, Arc::new(times.with_timezone("UTC"))]).unwrap()
}

/// The times that a query's watermark sees.
async fn seen(sql: &str, latest: Option<i64>) -> Times {
    let tables = [("t".to_owned(), schema())];
    let streaming = Streaming {
        mode: OutputMode::Update,
        watermark: Some("event_time"),
        keep_late: false,
    };
    let planned = Planner::new().plan_stream("essai", sql, &tables, streaming).await;
    let query = match planned.unwrap_or_else(|problem| panic!("{sql}: {problem}")) {
        Streamed::Rows(query, _) => *query,
        Streamed::Groups(groups) => groups.rows,
    };
    query.run_observed(vec![vec![rows()]], latest).await.unwrap().1
}

#[tokio::test]
async fn conditions_count_unless_they_look_at_the_time() {
    for (from, greatest) in [
        ("t", 3),
        // Moved below, as Spark moves it.
        ("t WHERE host <> 'c'", 2),
        ("(SELECT host AS h, event_time FROM t) WHERE h = 'a'", 1),
        // Stays above.
        ("t WHERE event_time < '1970-01-01 00:00:02'", 3),
        ("t WHERE host <> 'c' AND event_time < '1970-01-01 00:00:02'", 2),
        (
            "(SELECT host, event_time AS e FROM t) WHERE e < '1970-01-01 00:00:02'",
            3,
        ),
    ] {
        let time = if from.contains("AS e") { "e" } else { "event_time" };
        for sql in [
            format!("SELECT {time} FROM {from}"),
            format!("SELECT window, count(*) AS n FROM {from} GROUP BY window({time}, '5 seconds')"),
            format!("SELECT count(*) AS n FROM {from}"),
        ] {
            assert_eq!(seen(&sql, None).await.greatest, Some(greatest * 1_000_000), "{sql}");
        }
    }
}

#[tokio::test]
async fn times_are_counted_up_to_the_latest() {
    let all = seen("SELECT host FROM t", None).await;
    assert_eq!((all.count, all.least, all.sum), (3, Some(1_000_000), 6_000_000));
    let some = seen("SELECT host FROM t", Some(2_000_000)).await;
    assert_eq!((some.count, some.greatest), (2, Some(2_000_000)));
    assert_eq!(seen("SELECT host FROM t", Some(0)).await, Times::default());
}
