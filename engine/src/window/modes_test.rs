use serde_json::{Value, json};

use super::testing::{Metric, Stream, answer};
use crate::event_time::OutputMode::{self, Append, Complete, Update};

const COUNT: &str =
    "SELECT window.start AS w, host, count(*) AS n FROM m GROUP BY window(event_time, '5 seconds'), host";

fn at(seconds: i64) -> Metric {
    (Some(seconds), Some("a"), Some(1.0))
}

fn row(start: i64, count: u64) -> Value {
    let clock = format!("1970-01-01T00:{:02}:{:02}.000000Z", start / 60, start % 60);
    json!({"w": clock, "host": "a", "n": count})
}

/// What comes out of each batch of times; an empty one is a batch without data.
async fn batches(sql: &str, mode: OutputMode, delay: i64, batches: &[&[i64]]) -> Vec<Vec<Value>> {
    let mut stream = Stream::new(sql, mode, delay).await;
    let mut out = Vec::new();
    for times in batches {
        let rows: Vec<Metric> = times.iter().map(|time| at(*time)).collect();
        out.push(stream.batch(&[&rows]).await);
    }
    out
}

/// SPARK.md, "To check by hand".
#[tokio::test]
async fn the_modes_by_hand() {
    let first: &[i64] = &[10, 11, 12, 13, 14, 15];
    let appended = batches(COUNT, Append, 10, &[first, &[], &[25], &[], &[10], &[]]).await;
    assert_eq!(appended, [vec![], vec![], vec![], vec![row(10, 5)], vec![], vec![]]);
    let updated = batches(COUNT, Update, 10, &[first, &[], &[25], &[], &[10, 25]]).await;
    assert_eq!(
        updated,
        [
            vec![row(10, 5), row(15, 1)],
            vec![],
            vec![row(25, 1)],
            vec![],
            vec![row(25, 2)]
        ]
    );
    let completed = batches(COUNT, Complete, 10, &[&[10, 11, 12], &[25], &[25], &[10]]).await;
    assert_eq!(
        completed,
        [
            vec![row(10, 3)],
            vec![row(10, 3), row(25, 1)],
            vec![row(10, 3), row(25, 2)],
            vec![row(10, 4), row(25, 2)]
        ]
    );
}

#[tokio::test]
async fn a_row_is_late_for_some_of_its_windows() {
    let sql = "SELECT window.start AS w, host, count(*) AS n FROM m GROUP BY window(event_time, '10 seconds', '5 seconds'), host";
    let mut stream = Stream::new(sql, Append, 10).await;
    stream.batch(&[&[at(14), at(30)]]).await;
    // Up to 20 all is final: 5 to 15 and 10 to 20 come out.
    assert_eq!(stream.batch(&[]).await, [row(5, 1), row(10, 1)]);
    // 19 is late for 10 to 20, and counts in 15 to 25.
    stream.batch(&[&[at(19), at(14)]]).await;
    assert_eq!(stream.late_rows, 1 + 2);
    stream.batch(&[&[at(60)]]).await;
    assert_eq!(stream.batch(&[]).await, [row(15, 1), row(25, 1), row(30, 1)]);
}

#[tokio::test]
async fn a_late_row_joins_two_sessions() {
    let sql = "SELECT session_window.start AS w, host, count(*) AS n FROM m GROUP BY session_window(event_time, '10 seconds'), host";
    let out = batches(sql, Complete, 100, &[&[0, 25], &[12], &[35]]).await;
    assert_eq!(out[0], [row(0, 1), row(25, 1)]);
    // 12 is apart from 0 to 10, and touches neither.
    assert_eq!(out[1], [row(0, 1), row(12, 1), row(25, 1)]);
    // 35 touches 25 to 35: those that touch are one.
    assert_eq!(out[2], [row(0, 1), row(12, 1), row(25, 2)]);
    let joined = batches(sql, Complete, 100, &[&[0, 16], &[8]]).await;
    assert_eq!(joined[1], [row(0, 3)]);
}

#[tokio::test]
async fn a_condition_on_a_sliding_window_is_not_one_on_its_panes() {
    let sql = "SELECT window.start AS w, host, count(*) AS n FROM m GROUP BY window(event_time, '10 seconds', '5 seconds'), host \
               HAVING window.start = TIMESTAMP '1970-01-01 00:00:10'";
    let out = batches(sql, Complete, 100, &[&[11, 16]]).await;
    assert_eq!(out, [vec![row(10, 2)]]);
}

#[tokio::test]
async fn what_is_final_is_forgotten_and_its_place_used_again() {
    let mut stream = Stream::new(COUNT, Append, 0).await;
    for start in (0..5000).step_by(50) {
        let rows: Vec<Metric> = (start..start + 50).map(at).collect();
        stream.batch(&[&rows]).await;
        assert!(stream.groups.len() <= 21, "{} groups", stream.groups.len());
    }
    assert_eq!(stream.groups.open_windows(Some(0)).len(), stream.groups.len());
    assert_eq!(stream.groups.largest(3).unwrap().len(), 3);
    assert!(stream.groups.bytes() > 0);
}

#[tokio::test]
async fn groups_without_a_window_are_kept_and_any_value_is_a_key() {
    let sql = "SELECT host, cpu, count(*) AS n, sum(cpu) AS s FROM m GROUP BY host, cpu";
    let mut stream = Stream::new(sql, Update, 0).await;
    let rows: &[Metric] = &[
        (None, None, None),
        (Some(1), Some("a"), Some(f64::NAN)),
        (Some(2), Some("a"), Some(f64::NAN)),
        (Some(3), Some(""), Some(1.5)),
    ];
    let first = stream.batch(&[rows, rows]).await;
    let counts: Vec<&Value> = first.iter().map(|row| &row["n"]).collect();
    assert_eq!(counts, [&json!(2), &json!(4), &json!(2)]);
    let second = stream.batch(&[&rows[..1]]).await;
    assert_eq!(second, [json!({"host": null, "cpu": null, "n": 3, "s": null})]);
}

#[tokio::test]
async fn what_another_query_kept_is_refused() {
    let mut kept = Stream::new(COUNT, Complete, 0).await;
    kept.batch(&[&[at(1), at(7)]]).await;
    let snapshot = kept.groups.snapshot().unwrap();
    let mut said = Vec::new();
    for sql in [
        "SELECT count(*) AS n FROM m",
        "SELECT host, count(*) AS n FROM m GROUP BY host",
        "SELECT host, sum(cpu) AS n FROM m GROUP BY window(event_time, '5 seconds'), host",
        "SELECT host, avg(cpu) AS n FROM m GROUP BY window(event_time, '5 seconds'), host",
        "SELECT count(*) AS n FROM m GROUP BY window(event_time, '5 seconds'), cpu",
        "SELECT host, count(*) AS n FROM m GROUP BY session_window(event_time, '5 seconds'), host",
    ] {
        let mut other = Stream::new(sql, Complete, 0).await;
        let refused = other.groups.resume(&snapshot, 0).unwrap_err();
        said.push(refused.strip_backtrace());
        assert!(other.groups.is_empty(), "{sql}");
        // Also where there is no row to go wrong.
        assert!(other.groups.resume(&snapshot.slice(0, 0), 0).is_err(), "{sql}");
    }
    insta::assert_snapshot!(said.join("\n"), @"
    Execution error: it has columns of the types Int64, Utf8, Int64, and the query keeps Int64
    Execution error: it has columns of the types Int64, Utf8, Int64, and the query keeps Utf8, Int64
    Execution error: it has columns of the types Int64, Utf8, Int64, and the query keeps Int64, Utf8, Float64
    Execution error: it has columns of the types Int64, Utf8, Int64, and the query keeps Int64, Utf8, UInt64, Float64
    Execution error: it has columns of the types Int64, Utf8, Int64, and the query keeps Int64, Float64, Int64
    Execution error: it has columns of the types Int64, Utf8, Int64, and the query keeps Int64, Int64, Utf8, Int64
    ");
    // A window of another length has other panes, which the columns don't say; the pipeline's digest will.
    let mut same = Stream::new(COUNT, Complete, 0).await;
    same.groups.resume(&snapshot, 0).unwrap();
    assert_eq!(same.batch(&[]).await, [row(0, 1), row(5, 1)]);
}

/// Were such a condition moved below the aggregate, it would be one on panes, or on rows.
#[tokio::test]
async fn conditions_on_results_are_none_on_rows() {
    let rows: Vec<Metric> = (0..60)
        .map(|n| (Some(n * 7 % 50), Some(["a", "b"][n as usize % 2]), Some(n as f64)))
        .collect();
    for window in [
        "window(event_time, '10 seconds')",
        "window(event_time, '10 seconds', '4 seconds', '1 second')",
        "session_window(event_time, '2 seconds')",
    ] {
        let name = window.split('(').next().unwrap();
        for condition in [
            format!("{name}.start >= TIMESTAMP '1970-01-01 00:00:12'"),
            format!("{name}.end < TIMESTAMP '1970-01-01 00:00:40' AND host = 'a'"),
            format!("{name}.start = TIMESTAMP '1970-01-01 00:00:13' OR count(*) > 2"),
            "host = 'b' AND max(cpu) > 30".to_owned(),
        ] {
            let sql = format!(
                "SELECT {name}.start AS w, host, count(*) AS n, sum(cpu) AS s FROM m GROUP BY {window}, host HAVING {condition}"
            );
            let mut stream = Stream::new(&sql, Complete, 0).await;
            stream.batch(&[&rows[..17], &rows[17..30]]).await;
            let out = stream.batch(&[&rows[30..]]).await;
            assert_eq!(out, answer(&sql, &rows).await, "{sql}");
        }
    }
}
