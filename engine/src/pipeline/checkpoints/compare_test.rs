use super::*;
use crate::checkpoint::{KeptRows, Object, Part, SourceState, TableState};
use crate::pipeline::Mode;
use crate::pipeline::testing::plan;

const SQL: &str = "SELECT window, topic, count(*) AS n FROM raw GROUP BY window(timestamp, '30 seconds'), topic";

/// A pipeline with a table of groups.
fn with(sql: &str) -> String {
    format!(
        "[source.raw]\nsubscribe = \"t\"\n[table.w]\nsql = \"{sql}\"\nwatermark = {{ column = \"timestamp\", delay = \"1 minute\" }}\n[sink.s]\nfrom = \"w\"\nparquet = \"/data/out\"\n"
    )
}

async fn planned(text: &str) -> Plan {
    plan(text, Mode::Stream)
        .await
        .unwrap_or_else(|report| panic!("{report}"))
}

/// What a run of this plan would keep.
fn kept(plan: &Plan) -> State {
    let mut state = State::default();
    for source in &plan.sources {
        let kept = SourceState {
            reads: reads(source),
            ..SourceState::default()
        };
        state.sources.insert(source.name.clone(), kept);
    }
    for table in &plan.tables {
        let kept = TableState {
            query: shape_of(table),
            groups: 7,
            ..TableState::default()
        };
        state.tables.insert(table.name.clone(), kept);
    }
    let object = Object { rows: 5, ..object() };
    let columns = plan.sinks.iter().find_map(|sink| match &sink.spec {
        SinkSpec::Parquet(options) => Some(options.file_columns(&sink.schema)),
        _ => None,
    });
    let sink = SinkState {
        target: "/data/out".to_owned(),
        columns: columns.unwrap_or_default(),
        rows: vec![KeptRows {
            object,
            parts: vec![Part {
                path: "part-0.parquet".to_owned(),
                batches: 1,
            }],
        }],
        ..SinkState::default()
    };
    state.sinks.insert("s".to_owned(), sink);
    state
}

fn object() -> Object {
    Object {
        path: "state/rows-1.arrow".to_owned(),
        bytes: 1,
        rows: 1,
        sha256: String::new(),
    }
}

/// What keeps the pipeline `after` from going on with what `before` kept.
async fn refused(before: &str, after: &str) -> String {
    let state = kept(&planned(before).await);
    let after = planned(after).await;
    let checked = check_sources(&state, &after)
        .and_then(|()| check_tables(&state, &after))
        .and_then(|()| check_sinks(&state, &after));
    checked.map_or_else(|fault| fault.report(), |()| "it goes on".to_owned())
}

/// The same for another query of the table.
async fn refused_query(sql: &str) -> String {
    refused(&with(SQL), &with(sql)).await
}

#[tokio::test]
async fn what_may_change() {
    let before = with(SQL);
    for after in [
        before.clone(),
        with(&SQL.replace("count(*) AS n", "count(*) * 2 AS n")),
        before.replace("1 minute", "5 minutes"),
        before.replace("subscribe = \"t\"", "subscribe = \"t\"\nmax_offsets_per_trigger = 3"),
        format!("{before}[source.more]\nsubscribe = \"u\"\n[sink.more]\nfrom = \"more\"\nconsole = {{}}\n"),
        format!(
            "{before}[table.x]\nsql = \"SELECT topic, count(*) AS n FROM raw GROUP BY topic\"\n[sink.x]\nfrom = \"x\"\nconsole = {{}}\nmode = \"update\"\n"
        ),
    ] {
        assert_eq!(refused(&before, &after).await, "it goes on", "{after}");
    }
}

#[tokio::test]
async fn a_source_that_reads_something_else() {
    insta::assert_snapshot!(refused(&with(SQL), &with(SQL).replace("\"t\"", "\"u\"")).await, @"
    error: it reads KafkaV2[Subscribe[u]], and what is kept was read of KafkaV2[Subscribe[t]]: source `raw`

    hint: give the source another name, to begin it anew beside what is kept; or `wasmill checkpoint clear`, to begin all anew
    ");
}

#[tokio::test]
async fn groups_of_another_shape() {
    insta::assert_snapshot!(refused_query(&SQL.replace("30", "60")).await, @"
    error: it groups by windows of 1 minute, and what is kept by windows of 30 seconds: table `w`

    hint: go back to the query as it was; or give the table another name, to begin its groups anew; or `wasmill checkpoint clear`, to begin all anew
    ");
    insta::assert_snapshot!(refused_query(&SQL.replace("topic", "partition")).await, @"
    error: it groups by `partition Int32`, and what is kept by `topic Utf8`: table `w`

    hint: go back to the query as it was; or give the table another name, to begin its groups anew; or `wasmill checkpoint clear`, to begin all anew
    ");
    insta::assert_snapshot!(refused_query(&SQL.replace("count(*)", "max(offset)")).await, @"
    error: it aggregates `max(raw.offset)`, and what is kept is of `count(Int64(1))`: table `w`

    hint: go back to the query as it was; or give the table another name, to begin its groups anew; or `wasmill checkpoint clear`, to begin all anew
    ");
    let console = |sql: &str| with(sql).replace("parquet = \"/data/out\"", "console = {}\nmode = \"update\"");
    let without = "SELECT topic, count(*) AS n FROM raw GROUP BY topic";
    insta::assert_snapshot!(refused(&console(SQL), &console(without)).await, @"
    error: it groups by no windows, and what is kept by windows of 30 seconds: table `w`

    hint: go back to the query as it was; or give the table another name, to begin its groups anew; or `wasmill checkpoint clear`, to begin all anew
    ");
    let update = with(SQL).replace("parquet = \"/data/out\"", "console = {}\nmode = \"update\"");
    insta::assert_snapshot!(refused(&with(SQL), &update).await, @"
    error: its rows come out in update mode, and what is kept is of append mode: table `w`

    hint: go back to the query as it was; or give the table another name, to begin its groups anew; or `wasmill checkpoint clear`, to begin all anew
    ");
}

#[tokio::test]
async fn groups_without_a_watermark() {
    let console = |text: String| text.replace("parquet = \"/data/out\"", "console = {}\nmode = \"update\"");
    let before = console(with(SQL));
    let after = before.replace("watermark = { column = \"timestamp\", delay = \"1 minute\" }\n", "");
    insta::assert_snapshot!(refused(&before, &after).await, @"
    error: it has no watermark, and what is kept a watermark on `timestamp`: table `w`

    hint: go back to the query as it was; or give the table another name, to begin its groups anew; or `wasmill checkpoint clear`, to begin all anew
    ");
    insta::assert_snapshot!(refused(&after, &before).await, @"
    error: it has a watermark on `timestamp`, and what is kept no watermark: table `w`

    hint: go back to the query as it was; or give the table another name, to begin its groups anew; or `wasmill checkpoint clear`, to begin all anew
    ");
}

#[tokio::test]
async fn rows_that_have_no_sink_any_more() {
    let before = with(SQL);
    insta::assert_snapshot!(refused(&before, &before.replace("/data/out", "/data/other")).await, @"
    error: up to 5 rows for `/data/out` are not in a file yet, since the run before died, and the sink does not write there now: sink `s`

    hint: start the pipeline once with the sink as it was, and stop it by Ctrl-C: then everything is written
    ");
    let gone = before.replace("[sink.s]", "[sink.t]");
    insta::assert_snapshot!(refused(&before, &gone).await, @"
    error: up to 5 rows for `/data/out` are not in a file yet, since the run before died, and the sink does not write there now: sink `s`

    hint: start the pipeline once with the sink as it was, and stop it by Ctrl-C: then everything is written
    ");
    let console = before.replace("parquet = \"/data/out\"", "console = {}");
    assert_eq!(
        refused(&before, &console).await.lines().next(),
        refused(&before, &gone).await.lines().next()
    );
}

#[tokio::test]
async fn what_is_forgotten_is_told() {
    let before = with(SQL);
    let state = kept(&planned(&before).await);
    assert_eq!(forgotten(&state, &planned(&before).await), [""; 0]);
    let after = "[source.other]\nsubscribe = \"t\"\n[sink.s]\nfrom = \"other\"\nparquet = \"/data/out\"\n";
    insta::assert_snapshot!(forgotten(&state, &planned(after).await).join("\n"), @"
    source `raw` is gone: how far it was read is forgotten
    table `w` is gone: the 7 groups that it kept are forgotten
    ");
}

#[tokio::test]
async fn a_claim_fits_everything() {
    let plan = planned(&with(SQL)).await;
    let manifest = |state| Manifest {
        version: crate::checkpoint::VERSION,
        number: 1,
        previous: None,
        id: String::new(),
        pipeline: "p".to_owned(),
        owner: serde_json::from_str(r#"{"id": "", "epoch": 0, "host": "", "process": 1, "since_ms": 0}"#).unwrap(),
        written_ms: 0,
        state,
    };
    check(&manifest(None), &plan).unwrap();
    check(&manifest(Some(kept(&plan))), &plan).unwrap();
    let other = planned(&with(SQL).replace("\"t\"", "\"u\"")).await;
    check(&manifest(Some(kept(&other))), &plan).unwrap_err();
}
