use std::path::Path;
use std::time::Duration;

use super::super::testing::{mistakes, pipeline};
use crate::window::{Per, WatermarkSpec};

/// A pipeline with this in its table.
fn text(more: &str) -> String {
    format!("[source.raw]\nsubscribe = \"t\"\n\n[table.t]\n{more}\n\n[sink.s]\nfrom = \"t\"\nconsole = {{}}\n")
}

fn wrong(more: &str) -> String {
    mistakes(&text(more))
}

/// The watermark of a table in which nothing is wrong.
fn watermark(part: &str) -> Option<WatermarkSpec> {
    let text = text(&format!("sql = \"SELECT * FROM raw\"\n{part}"));
    assert_eq!(mistakes(&text), "");
    let table = pipeline(Path::new(""), &text, &[])
        .spec
        .tables
        .into_iter()
        .next()
        .unwrap();
    assert_eq!((&*table.name.text, &*table.sql.value), ("t", "SELECT * FROM raw"));
    table.watermark.map(|watermark| watermark.spec)
}

fn spec(delay: i64, per: Per, max_ahead: Option<i64>) -> Option<WatermarkSpec> {
    Some(WatermarkSpec {
        column: "at".to_owned(),
        delay,
        per,
        max_ahead,
    })
}

const SECOND: i64 = 1_000_000;

#[test]
fn a_table_needs_no_watermark() {
    assert_eq!(watermark(""), None);
}

#[test]
fn what_is_not_said_of_a_watermark() {
    let minute = spec(60 * SECOND, Per::All, None);
    assert_eq!(
        watermark(r#"watermark = { column = "at", delay = "1 minute" }"#),
        minute
    );
    assert_eq!(
        watermark(r#"watermark = { column = "at", delay = "1 minute", per = "all" }"#),
        minute
    );
    let idle_after = Duration::from_secs(60);
    assert_eq!(
        watermark(r#"watermark = { column = "at", delay = "1 minute", per = "partition" }"#),
        spec(60 * SECOND, Per::Partition { idle_after }, None)
    );
}

#[test]
fn all_that_can_be_said_of_a_watermark() {
    let idle_after = Duration::from_millis(1500);
    assert_eq!(
        watermark(
            "[table.t.watermark]\ncolumn = \"at\"\ndelay = \"1 minute 500 milliseconds\"\nper = \"partition\"\n\
             idle_after = \"1500 milliseconds\"\nmax_ahead = \"1 hour\""
        ),
        spec(
            60 * SECOND + SECOND / 2,
            Per::Partition { idle_after },
            Some(3600 * SECOND)
        )
    );
}

#[test]
fn rows_need_not_be_waited_for() {
    assert_eq!(
        watermark(r#"watermark = { column = "at", delay = "0 seconds" }"#),
        spec(0, Per::All, None)
    );
}

const SQL: &str = "sql = \"SELECT * FROM raw\"\n";

/// What is wrong with a watermark.
fn wrong_watermark(part: &str) -> String {
    wrong(&format!("{SQL}watermark = {{ {part} }}"))
}

#[test]
fn a_table_without_a_query() {
    insta::assert_snapshot!(wrong(""), @r#"
    error: table `t` needs `sql`
     --> p.toml:4:8
      |
    4 | [table.t]
      |        ^
      |
    hint: the query that gives its rows: sql = "SELECT * FROM raw"

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(wrong("sql = 1"), @"
    error: `sql` of table `t` must be a string, and is an integer
     --> p.toml:5:7
      |
    5 | sql = 1
      |       ^

    1 mistake in `p.toml`
    ");
}

#[test]
fn what_a_watermark_must_say() {
    insta::assert_snapshot!(wrong_watermark(""), @r#"
    error: the watermark of table `t` needs `column`
     --> p.toml:6:1
      |
    6 | watermark = {  }
      | ^^^^^^^^^
      |
    hint: for example watermark = { column = "event_time", delay = "1 minute" }

    error: the watermark of table `t` needs `delay`
     --> p.toml:6:1
      |
    6 | watermark = {  }
      | ^^^^^^^^^
      |
    hint: for example watermark = { column = "event_time", delay = "1 minute" }

    2 mistakes in `p.toml`
    "#);
    insta::assert_snapshot!(wrong_watermark(r#"column = "at", delay = 60"#), @r#"
    error: `delay` of the watermark of table `t` must be a string, and is an integer
     --> p.toml:6:38
      |
    6 | watermark = { column = "at", delay = 60 }
      |                                      ^^

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(wrong(&format!("{SQL}watermark = \"1 minute\"")), @r#"
    error: `watermark` of table `t` must be a table, and is a string
     --> p.toml:6:13
      |
    6 | watermark = "1 minute"
      |             ^^^^^^^^^^

    1 mistake in `p.toml`
    "#);
}

#[test]
fn delays_that_are_none() {
    insta::assert_snapshot!(wrong_watermark(r#"column = "at", delay = "-1 second""#), @r#"
    error: `delay` can't be "-1 second": it can't be negative
     --> p.toml:6:38
      |
    6 | watermark = { column = "at", delay = "-1 second" }
      |                                      ^^^^^^^^^^^
      |
    hint: for example "1 minute"

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(wrong_watermark(r#"column = "at", delay = "soon""#), @r#"
    error: `delay` can't be "soon": `soon` lacks a unit behind `soon`
     --> p.toml:6:38
      |
    6 | watermark = { column = "at", delay = "soon" }
      |                                      ^^^^^^
      |
    hint: for example "1 minute"

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(wrong_watermark(r#"column = "at", delay = "1 month""#), @r#"
    error: `delay` can't be "1 month": `1 month`: a month has no fixed length; count in days
     --> p.toml:6:38
      |
    6 | watermark = { column = "at", delay = "1 month" }
      |                                      ^^^^^^^^^
      |
    hint: for example "1 minute"

    1 mistake in `p.toml`
    "#);
}

#[test]
fn whom_a_watermark_follows() {
    insta::assert_snapshot!(wrong_watermark(r#"column = "at", delay = "1 second", per = "topic""#), @r#"
    error: `per` can't be "topic"
     --> p.toml:6:56
      |
    6 | watermark = { column = "at", delay = "1 second", per = "topic" }
      |                                                        ^^^^^^^
      |
    hint: "all" (one watermark, from the greatest time in any partition) or "partition" (the least of theirs)

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(wrong_watermark(r#"column = "at", delay = "1 second", idle_after = "1 second""#), @r#"
    error: `idle_after` counts only where each partition is waited for
     --> p.toml:6:50
      |
    6 | watermark = { column = "at", delay = "1 second", idle_after = "1 second" }
      |                                                  ^^^^^^^^^^
      |
    hint: add per = "partition"

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(
        wrong_watermark(r#"column = "at", delay = "1 second", per = "partition", idle_after = "0 seconds""#), @r#"
    error: `idle_after` can't be "0 seconds": it must be longer than nothing
     --> p.toml:6:82
      |
    6 | watermark = { column = "at", delay = "1 second", per = "partition", idle_after = "0 seconds" }
      |                                                                                  ^^^^^^^^^^^
      |
    hint: for example "1 minute"

    1 mistake in `p.toml`
    "#
    );
}

#[test]
fn times_ahead_and_keys_nobody_knows() {
    insta::assert_snapshot!(wrong_watermark(r#"column = "at", delay = "1 second", max_ahead = "0 seconds""#), @r#"
    error: `max_ahead` can't be "0 seconds": it must be longer than nothing
     --> p.toml:6:62
      |
    6 | watermark = { column = "at", delay = "1 second", max_ahead = "0 seconds" }
      |                                                              ^^^^^^^^^^^
      |
    hint: for example "1 minute"

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(wrong_watermark(r#"column = "at", delay = "1 second", max_ahed = "1 second""#), @r#"
    error: unknown key `max_ahed` in the watermark of table `t`
     --> p.toml:6:50
      |
    6 | watermark = { column = "at", delay = "1 second", max_ahed = "1 second" }
      |                                                  ^^^^^^^^
      |
    hint: did you mean `max_ahead`?

    1 mistake in `p.toml`
    "#);
}
