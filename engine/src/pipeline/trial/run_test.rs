use super::super::testing::{errors, records, rows, trial, zoo};
use super::*;
use crate::pipeline::testing::pipeline;

#[tokio::test]
async fn rows_of_wanted_tables_need_no_sink() {
    let folder = tempfile::tempdir().unwrap();
    let more = "[table.long]\nsql = \"SELECT length, kafka_offset FROM zoo WHERE length > 2\"\n\
                [table.sums]\nsql = \"SELECT length, count(*) AS n FROM zoo GROUP BY length\"\n\
                [table.sorted]\nsql = \"SELECT length, n FROM sums ORDER BY n DESC, length\"\n\
                [table.unused]\nsql = \"SELECT * FROM long\"";
    let pipeline = zoo(folder.path(), "dead-letter", more);
    let mut trial = trial(&pipeline, &["sorted", "long", "sums", "raw"]).await.unwrap();
    let report = trial.run(&records("raw", &["aaa", "a", "aaa", "aaaa"])).await;
    assert!(report.failure.is_none(), "{:?}", report.failure);
    assert_eq!(report.records, 4);
    let [sorted, long, sums, raw] = report.tables.as_slice() else {
        panic!("{:?}", report.tables)
    };
    assert_eq!(
        rows(sorted),
        [
            "{\"length\":3,\"n\":2}",
            "{\"length\":1,\"n\":1}",
            "{\"length\":4,\"n\":1}"
        ]
    );
    assert_eq!(
        rows(long),
        [
            "{\"length\":3,\"kafka_offset\":0}",
            "{\"length\":3,\"kafka_offset\":2}",
            "{\"length\":4,\"kafka_offset\":3}"
        ]
    );
    assert_eq!((sums.len(), raw.len()), (3, 4));
    let ordered: Vec<bool> = report.tables.iter().map(|table| table.is_ordered).collect();
    assert_eq!(ordered, [true, true, false, true]);
    assert!(
        !folder.path().join("nowhere").exists(),
        "the pipeline's own sinks are not opened"
    );
}

#[tokio::test]
async fn what_failed_is_told_under_every_policy() {
    let folder = tempfile::tempdir().unwrap();
    let values = ["a", "E", "bb", "Panic", "E"];
    let told = |offset: u32, reason: &str| {
        format!("{{\"topic\":\"t\",\"partition\":0,\"offset\":{offset},\"reason\":\"{reason}\"}}")
    };
    let all = [
        told(1, "bad record"),
        told(3, "panicked at src/lib.rs:12:5: index out of bounds"),
        told(4, "bad record"),
    ];
    for (policy, rows_left) in [("dead-letter", 2), ("skip", 2), ("null", 5)] {
        let pipeline = zoo(folder.path(), policy, "");
        let mut trial = trial(&pipeline, &["zoo", "zoo_errors"]).await.unwrap();
        let report = trial.run(&records("raw", &values)).await;
        assert!(report.failure.is_none(), "{policy}: {:?}", report.failure);
        assert_eq!(errors(&report), all, "{policy}");
        assert_eq!(
            (report.tables[0].len(), report.tables[1].len()),
            (rows_left, 3),
            "{policy}"
        );
        assert_eq!(report.notices.len(), 1, "{policy}: {:?}", report.notices);
    }
}

#[tokio::test]
async fn a_batch_that_fails_says_why_and_has_no_rows() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = zoo(folder.path(), "fail", "");
    let mut trial = trial(&pipeline, &["zoo", "zoo_errors"]).await.unwrap();
    let report = trial.run(&records("raw", &["a", "E", "E"])).await;
    let failure = report.failure.as_ref().unwrap().to_string();
    assert!(
        failure.starts_with("a record failed: ") && failure.ends_with("topic `t` partition 0 offset 1: bad record"),
        "{failure}"
    );
    assert_eq!(errors(&report).len(), 1);
    assert_eq!((report.tables[0].len(), report.tables[1].len()), (0, 1));
    // And once more: what failed before is forgotten.
    let report = trial.run(&records("raw", &["a"])).await;
    assert!(report.failure.is_none());
    assert_eq!((report.tables[0].len(), errors(&report).len()), (1, 0));
}

#[tokio::test]
async fn a_query_that_can_t_be_computed_is_a_failure() {
    let text = "[source.raw]\nsubscribe = \"t\"\n[table.whole]\nsql = \"SELECT sum(CAST(CAST(value AS STRING) AS INT)) AS n FROM raw\"\n\
                [sink.s]\nfrom = \"whole\"\nconsole = {}\n";
    let folder = tempfile::tempdir().unwrap();
    let mut trial = trial(&pipeline(folder.path(), text, &[]), &["whole"]).await.unwrap();
    let report = trial.run(&records("raw", &["1", "x"])).await;
    assert!(report.failure.unwrap().to_string().contains("table `whole`"));
    let report = trial.run(&records("raw", &["1", "2"])).await;
    assert_eq!(rows(&report.tables[0]), ["{\"n\":3}"]);
}

#[tokio::test]
async fn the_same_records_cost_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = zoo(folder.path(), "dead-letter", "");
    let mut trial = trial(&pipeline, &["zoo"]).await.unwrap();
    let values = records("raw", &["a", "bb", "E", "P"]);
    let first = trial.run(&values).await;
    let second = trial.run(&values).await;
    assert_eq!(first.guests[0].cost, second.guests[0].cost);
    let cost = first.guests[0].cost;
    assert_eq!((cost.records, cost.rows), (4, 2));
    assert!(cost.fuel > 0 && cost.memory_bytes >= 65_536, "{cost:?}");
}

#[tokio::test]
async fn all_windows_of_a_stream_come_out() {
    let text = "trigger = \"10 seconds\"\n[source.raw]\nsubscribe = \"t\"\n\
                [table.seconds]\nwatermark = { column = \"timestamp\", delay = \"1 minute\" }\n\
                sql = \"SELECT window.start AS start, count(*) AS n FROM raw GROUP BY window(timestamp, '2 seconds')\"\n\
                [table.now]\nsql = \"SELECT current_timestamp() AS now FROM raw WHERE offset = 0\"\n\
                [sink.s]\nfrom = \"seconds\"\nconsole = {}\n";
    let folder = tempfile::tempdir().unwrap();
    let pipeline = pipeline(folder.path(), text, &[]);
    let mut trial = trial(&pipeline, &["seconds", "seconds_late", "now"]).await.unwrap();
    let report = trial.run(&records("raw", &["a", "b", "c"])).await;
    assert!(report.failure.is_none(), "{:?}", report.failure);
    let mut seconds = rows(&report.tables[0]);
    seconds.sort();
    assert_eq!(
        seconds,
        [
            "{\"start\":\"1970-01-01T00:00:00.000000Z\",\"n\":1}",
            "{\"start\":\"1970-01-01T00:00:02.000000Z\",\"n\":2}"
        ]
    );
    assert!(report.tables[1].is_empty() && !report.tables[0].is_ordered);
    // The clock stands at the last record.
    assert_eq!(rows(&report.tables[2]), ["{\"now\":\"1970-01-01T00:00:03.000000Z\"}"]);
}

#[tokio::test]
async fn a_source_that_is_not_named_has_no_records() {
    let text = "trigger = \"once\"\n[source.one]\nsubscribe = \"a\"\n[source.other]\nreplay = \"not-there.jsonl\"\n\
                [table.both]\nsql = \"SELECT one.offset FROM one LEFT JOIN other ON one.offset = other.offset ORDER BY 1\"\n\
                [sink.s]\nfrom = \"both\"\nconsole = {}\n";
    let folder = tempfile::tempdir().unwrap();
    let mut trial = trial(&pipeline(folder.path(), text, &[]), &["both"]).await.unwrap();
    let names: Vec<&str> = trial.sources().iter().map(|source| source.name.as_str()).collect();
    assert_eq!(names, ["one", "other"]);
    let report = trial.run(&records("one", &["a", "b"])).await;
    assert_eq!(rows(&report.tables[0]), ["{\"offset\":0}", "{\"offset\":1}"]);
    let report = trial.run(&BTreeMap::new()).await;
    assert_eq!((report.records, report.tables[0].len()), (0, 0));
}

#[tokio::test]
async fn failures_come_in_the_order_of_the_records() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = zoo(folder.path(), "skip", "");
    let mut trial = trial(&pipeline, &["zoo"]).await.unwrap();
    let mut given = records("raw", &["E", "a", "E", "E"]);
    let whole = given["raw"][0].clone();
    given.insert("raw".to_owned(), (0..4).map(|row| whole.slice(row, 1)).collect());
    for _ in 0..8 {
        let report = trial.run(&given).await;
        let offsets: Vec<i64> = report.guests[0]
            .errors
            .column(2)
            .as_primitive::<Int64Type>()
            .values()
            .to_vec();
        assert_eq!(offsets, [0, 2, 3]);
    }
}
