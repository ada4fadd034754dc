use super::*;
use crate::pipeline::Mode;
use crate::pipeline::testing::plan;

/// The shape of a table's groups.
async fn shape(sql: &str, watermark: &str, mode: &str) -> Option<QueryShape> {
    let text = format!(
        "[source.raw]\nsubscribe = \"t\"\n[table.w]\nsql = \"{sql}\"\n{watermark}\n[sink.s]\nfrom = \"w\"\nconsole = {{}}\nmode = \"{mode}\"\n"
    );
    let plan = plan(&text, Mode::Stream)
        .await
        .unwrap_or_else(|report| panic!("{report}"));
    shape_of(&plan.tables[0])
}

const WATERMARK: &str = "watermark = { column = \"timestamp\", delay = \"1 minute\" }";

#[tokio::test]
async fn a_table_that_keeps_no_groups_has_none() {
    assert_eq!(shape("SELECT topic FROM raw", "", "append").await, None);
    assert_eq!(shape("SELECT topic FROM raw LIMIT 3", "", "append").await, None);
}

#[tokio::test]
async fn a_shape_is_windows_keys_and_aggregates() {
    let sql = "SELECT window, topic, count(*) AS n, max(offset) AS m FROM raw GROUP BY window(timestamp, '30 seconds'), topic";
    insta::assert_debug_snapshot!(shape(sql, WATERMARK, "append").await.unwrap(), @r#"
    QueryShape {
        window: Some(
            "windows of 30 seconds",
        ),
        keys: [
            "topic Utf8",
        ],
        aggregates: [
            "count(Int64(1))",
            "max(raw.offset)",
        ],
        mode: "append",
        watermark: Some(
            "timestamp",
        ),
    }
    "#);
    let all = "SELECT count(*) AS n FROM raw";
    insta::assert_debug_snapshot!(shape(all, "", "complete").await.unwrap(), @r#"
    QueryShape {
        window: None,
        keys: [],
        aggregates: [
            "count(Int64(1))",
        ],
        mode: "complete",
        watermark: None,
    }
    "#);
}

#[tokio::test]
async fn what_comes_out_of_groups_is_none_of_their_shape() {
    let sql = |select: &str, having: &str| format!("SELECT {select} FROM raw GROUP BY topic {having}");
    let one = shape(&sql("topic, count(*) AS n", ""), "", "update").await;
    let other = shape(
        &sql("count(*) + 1 AS more, topic AS t", "HAVING count(*) > 3"),
        "",
        "update",
    )
    .await;
    assert_eq!(one, other);
}

#[tokio::test]
async fn windows_in_words() {
    let mut words = Vec::new();
    for window in [
        "window(timestamp, '1 hour')",
        "window(timestamp, '90 seconds', '30 seconds')",
        "window(timestamp, '1 day', '1 day', '3 hours')",
        "window(timestamp, '1500 milliseconds')",
        "session_window(timestamp, '5 minutes')",
    ] {
        let sql = format!("SELECT count(*) AS n FROM raw GROUP BY {window}");
        words.push(shape(&sql, WATERMARK, "append").await.unwrap().window.unwrap());
    }
    insta::assert_snapshot!(words.join("\n"), @"
    windows of 1 hour
    windows of 90 seconds every 30 seconds
    windows of 1 day, from 3 hours
    windows of 1500 milliseconds
    sessions with a gap of 5 minutes
    ");
}
