use std::path::Path;
use std::time::Duration;

use super::super::testing::{mistakes, pipeline};
use crate::window::Per;

fn with(watermark: &str) -> String {
    format!(
        "[source.raw]\nsubscribe = \"t\"\n[table.w]\nsql = \"SELECT 1\"\nwatermark = {watermark}\n[sink.s]\nfrom = \"w\"\nconsole = {{}}\n"
    )
}

#[test]
fn a_watermark_says_what_it_waits_for() {
    let text = with(
        "{ column = \"t\", delay = \"1 minute 30 seconds\", per = \"partition\", idle_after = \"10 seconds\", max_ahead = \"1 hour\" }",
    );
    let spec = pipeline(Path::new(""), &text, &[]).spec;
    let watermark = &spec.tables[0].watermark.as_ref().unwrap().spec;
    let idle_after = Duration::from_secs(10);
    assert_eq!((watermark.column.as_str(), watermark.delay), ("t", 90_000_000));
    assert_eq!(
        (watermark.per, watermark.max_ahead),
        (Per::Partition { idle_after }, Some(3_600_000_000))
    );

    let spec = pipeline(Path::new(""), &with("{ column = \"t\", delay = \"0 seconds\" }"), &[]).spec;
    let watermark = &spec.tables[0].watermark.as_ref().unwrap().spec;
    assert_eq!(
        (watermark.delay, watermark.per, watermark.max_ahead),
        (0, Per::All, None)
    );
}

#[test]
fn what_is_wrong_with_a_watermark() {
    insta::assert_snapshot!(mistakes(&with("{ column = \"t\" }")), @r#"
    error: the watermark of table `w` needs `delay`
     --> p.toml:5:1
      |
    5 | watermark = { column = "t" }
      | ^^^^^^^^^
      |
    hint: for example watermark = { column = "event_time", delay = "1 minute" }

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(mistakes(&with("{ column = \"t\", delay = \"-1 second\", per = \"topic\" }")), @r#"
    error: `delay` can't be "-1 second": it can't be negative
     --> p.toml:5:37
      |
    5 | watermark = { column = "t", delay = "-1 second", per = "topic" }
      |                                     ^^^^^^^^^^^
      |
    hint: for example "1 minute"

    error: `per` can't be "topic"
     --> p.toml:5:56
      |
    5 | watermark = { column = "t", delay = "-1 second", per = "topic" }
      |                                                        ^^^^^^^
      |
    hint: "all" (one watermark, from the greatest time in any partition) or "partition" (the least of theirs)

    2 mistakes in `p.toml`
    "#);
    insta::assert_snapshot!(mistakes(&with("{ column = \"t\", delay = \"soon\", idle_after = \"1 minute\" }")), @r#"
    error: `delay` can't be "soon": `soon` lacks a unit behind `soon`
     --> p.toml:5:37
      |
    5 | watermark = { column = "t", delay = "soon", idle_after = "1 minute" }
      |                                     ^^^^^^
      |
    hint: for example "1 minute"

    error: `idle_after` counts only where each partition is waited for
     --> p.toml:5:45
      |
    5 | watermark = { column = "t", delay = "soon", idle_after = "1 minute" }
      |                                             ^^^^^^^^^^
      |
    hint: add per = "partition"

    2 mistakes in `p.toml`
    "#);
    insta::assert_snapshot!(mistakes(&with("{ column = 7, delay = \"1 month\", dellay = 1 }")), @r#"
    error: `column` of the watermark of table `w` must be a string, and is an integer
     --> p.toml:5:24
      |
    5 | watermark = { column = 7, delay = "1 month", dellay = 1 }
      |                        ^

    error: `delay` can't be "1 month": `1 month`: a month has no fixed length; count in days
     --> p.toml:5:35
      |
    5 | watermark = { column = 7, delay = "1 month", dellay = 1 }
      |                                   ^^^^^^^^^
      |
    hint: for example "1 minute"

    error: unknown key `dellay` in the watermark of table `w`
     --> p.toml:5:46
      |
    5 | watermark = { column = 7, delay = "1 month", dellay = 1 }
      |                                              ^^^^^^
      |
    hint: did you mean `delay`?

    3 mistakes in `p.toml`
    "#);
    insta::assert_snapshot!(mistakes(&with("\"1 minute\"")), @r#"
    error: `watermark` of table `w` must be a table, and is a string
     --> p.toml:5:13
      |
    5 | watermark = "1 minute"
      |             ^^^^^^^^^^

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(mistakes(&format!("state_limit = \"much\"\n{}", with("{ column = \"t\", delay = \"1 second\" }"))), @r#"
    error: `state_limit` must be a size above 0
     --> p.toml:1:15
      |
    1 | state_limit = "much"
      |               ^^^^^^
      |
    hint: for example "128 MB"

    1 mistake in `p.toml`
    "#);
}
