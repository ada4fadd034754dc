use super::super::testing::{plan, records};
use super::*;

/// A plan over a topic of which no record is read, with these tables below `raw`.
async fn planned(more: &str) -> Plan {
    limited("1 GB", more).await
}

async fn limited(state_limit: &str, more: &str) -> Plan {
    let text = format!("state_limit = \"{state_limit}\"\n[source.raw]\nsubscribe = \"t\"\n{more}");
    plan(&text, Mode::Stream)
        .await
        .unwrap_or_else(|report| panic!("{report}"))
}

fn table(name: &str, sql: &str, watermark: &str, mode: &str) -> String {
    format!(
        "[table.{name}]\nsql = \"{sql}\"\n{watermark}\n[sink.{name}]\nfrom = \"{name}\"\nconsole = {{}}\nmode = \"{mode}\"\n"
    )
}

/// One batch of these values, which all have the time 0, through all tables that keep groups; the rows that came out.
async fn batch(plan: &Plan, states: &mut States, values: &[&str]) -> Result<usize> {
    states.begin_batch(0);
    let mut rows = 0;
    for position in (0..plan.tables.len()).filter(|at| matches!(plan.tables[*at].query, TableQuery::Groups(_))) {
        if !values.is_empty() {
            states.feed(position, 0, None, records(values)).await?;
        }
        states.settle(position, !values.is_empty()).await?;
        rows += states
            .results(position)
            .await?
            .iter()
            .map(RecordBatch::num_rows)
            .sum::<usize>();
    }
    states.end_batch();
    Ok(rows)
}

const BY_VALUE: &str = "SELECT CAST(value AS STRING) AS v, count(*) AS n FROM raw GROUP BY CAST(value AS STRING)";

/// Why a state of this query is too large.
async fn too_large(sql: &str, watermark: &str, mode: &str) -> String {
    let plan = limited("1 KB", &table("w", sql, watermark, mode)).await;
    let mut states = States::new(&plan, 2).unwrap();
    let values: Vec<String> = (0..40).map(|n| format!("value {n:02}{}", "x".repeat(n))).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    batch(&plan, &mut states, &values).await.unwrap_err().report()
}

#[tokio::test]
async fn too_much_state_says_what_there_is_most_of() {
    let said = too_large(BY_VALUE, "", "update").await;
    insta::assert_snapshot!(said, @"
    error: the pipeline keeps more than its `state_limit` of 1024 bytes: table `w`: 5028 bytes in 40 groups; largest groups: `value=value 39xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` with 151 bytes, `value=value 38xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` with 151 bytes, `value=value 37xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` with 151 bytes

    hint: without a watermark groups are kept for ever: give the table one, group by fewer keys, or raise `state_limit`
    ");
    let sql = "SELECT session_window, CAST(value AS STRING) AS v, count(*) AS n FROM raw GROUP BY session_window(timestamp, '5 minutes'), CAST(value AS STRING)";
    let said = too_large(
        sql,
        "watermark = { column = \"timestamp\", delay = \"1 minute\" }",
        "complete",
    )
    .await;
    insta::assert_snapshot!(said, @"
    error: the pipeline keeps more than its `state_limit` of 1024 bytes: table `w`: 5932 bytes in 40 groups; largest groups: `value=value 39xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` of 1970-01-01 00:00:00 with 175 bytes, `value=value 38xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` of 1970-01-01 00:00:00 with 175 bytes, `value=value 37xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` of 1970-01-01 00:00:00 with 175 bytes

    hint: group by fewer keys or by longer windows, shorten the watermark's `delay`, or raise `state_limit`
    ");
    let said = too_large("SELECT array_agg(value) AS all FROM raw", "", "update").await;
    insta::assert_snapshot!(said, @"
    error: the pipeline keeps more than its `state_limit` of 1024 bytes: table `w`: 1832 bytes in 1 group; largest groups: all rows with 1776 bytes

    hint: without a watermark groups are kept for ever: give the table one, group by fewer keys, or raise `state_limit`
    ");
}

#[tokio::test]
async fn the_limit_is_of_all_tables_together() {
    let two = table("a", BY_VALUE, "", "update") + &table("b", BY_VALUE, "", "complete");
    let values: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let mut bytes = 0;
    for (limit, fits) in [("1 MB", true), ("9 KB", false)] {
        let plan = limited(limit, &two).await;
        let mut states = States::new(&plan, 1).unwrap();
        let done = batch(&plan, &mut states, &values).await;
        assert_eq!(done.is_ok(), fits, "{limit}");
        if fits {
            bytes = states.iter().map(|table| table.groups().bytes()).max().unwrap();
        }
    }
    // Each alone would have fitted.
    assert!(bytes < 9 * 1024, "{bytes} bytes");
}

#[tokio::test]
async fn what_a_run_left_is_gone_on_from_by_the_names_of_tables() {
    let both = planned(&(table("a", BY_VALUE, "", "complete") + &table("b", BY_VALUE, "", "complete"))).await;
    let mut states = States::new(&both, 1).unwrap();
    assert_eq!(batch(&both, &mut states, &["x", "y"]).await.unwrap(), 4);
    let saved = states.save().unwrap();
    assert_eq!(saved.keys().collect::<Vec<_>>(), ["a", "b"]);

    // In another order, with a new one, without one.
    let other = planned(&(table("c", BY_VALUE, "", "complete") + &table("a", BY_VALUE, "", "complete"))).await;
    let mut states = States::new(&other, 1).unwrap();
    states.resume(&saved).unwrap();
    assert_eq!(batch(&other, &mut states, &["z"]).await.unwrap(), 3 + 1);

    let changed = planned(&table(
        "a",
        "SELECT count(*) AS n, max(topic) AS t FROM raw",
        "",
        "complete",
    ))
    .await;
    let refused = States::new(&changed, 1).unwrap().resume(&saved).unwrap_err();
    insta::assert_snapshot!(refused.report(), @"
    error: what was kept is not this query's: table `a`: it has columns of the types Utf8, Int64, and the query keeps Int64, Utf8

    hint: go back to the query as it was, or begin anew without what was kept
    ");
}

#[tokio::test]
async fn one_group_of_all_rows_is_there_once_there_were_records() {
    let plan = planned(&table(
        "w",
        "SELECT count(*) AS n FROM raw WHERE offset < 0",
        "",
        "update",
    ))
    .await;
    let mut states = States::new(&plan, 1).unwrap();
    // Nothing was read: as Spark, no row.
    assert_eq!(batch(&plan, &mut states, &[]).await.unwrap(), 0);
    assert_eq!(batch(&plan, &mut states, &["x"]).await.unwrap(), 1);
}

#[tokio::test]
async fn of_several_watermarks_the_least_is_told() {
    let watermark = |delay: &str| format!("watermark = {{ column = \"timestamp\", delay = \"{delay}\" }}");
    let window = "SELECT window, count(*) AS n FROM raw GROUP BY window(timestamp, '1 minute')";
    let tables =
        table("a", window, &watermark("1 minute"), "update") + &table("b", window, &watermark("2 minutes"), "update");
    let plan = planned(&tables).await;
    let mut states = States::new(&plan, 1).unwrap();
    let told = |states: &States| states.event_time().get("watermark").cloned();
    assert_eq!(told(&states).as_deref(), Some("1970-01-01T00:00:00.000Z"));
    let ten = 1_768_730_400_000_000;
    for (position, time) in [(0, ten), (1, ten)] {
        let watermark = states.table(position).unwrap().watermark_mut().unwrap();
        watermark.observe(0, None, Some(time), 0, 0);
        watermark.advance();
    }
    assert_eq!(told(&states).as_deref(), Some("2026-01-18T09:58:00.000Z"));
    assert!(states.are_due());
    assert!(
        States::new(&planned(&table("w", BY_VALUE, "", "update")).await, 1)
            .unwrap()
            .event_time()
            .is_empty()
    );
}

#[tokio::test]
async fn first_rows_are_counted_over_batches_and_runs() {
    let plan =
        planned("[table.w]\nsql = \"SELECT value FROM raw LIMIT 3\"\n[sink.w]\nfrom = \"w\"\nconsole = {}\n").await;
    let mut states = States::new(&plan, 1).unwrap();
    let first = |states: &mut States, values: &[&str]| states.first_of(0, &records(values)).num_rows();
    assert_eq!(first(&mut states, &["a", "b"]), 2);
    let missing = states.save_missing();
    assert_eq!(missing, BTreeMap::from([("w".to_owned(), 1)]));
    let mut next = States::new(&plan, 1).unwrap();
    next.resume_missing(&missing);
    assert_eq!(first(&mut next, &["c", "d"]), 1);
    assert_eq!(first(&mut next, &["e"]), 0);
    // A table that was not there yet begins anew.
    let mut fresh = States::new(&plan, 1).unwrap();
    fresh.resume_missing(&BTreeMap::new());
    assert_eq!(first(&mut fresh, &["a", "b", "c", "d"]), 3);
}
