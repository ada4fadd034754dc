//! What a watermark waits for, what is late, and what becomes of it.

use wasmill_tests::parquet;

use super::support::{Metrics, counts, record_at, windows};

const WATERMARK: &str = "watermark = { column = \"event_time\", delay = \"5 seconds\" }";

/// Times in a row, two a second, on the hosts a and b by turns.
fn metrics(seconds: std::ops::Range<i64>) -> Vec<(i32, i64, &'static str)> {
    seconds
        .flat_map(|second| [(0, second, "a"), (0, second, "b")])
        .collect()
}

#[test]
fn a_restart_between_any_two_batches_changes_nothing() {
    for mode in ["append", "update", "complete"] {
        let lab = Metrics::new(1);
        let more = windows(WATERMARK, mode);
        // Nine records a batch, in one run.
        lab.produce(&metrics(0..30));
        let mut straight = lab.runs("straight", "max_offsets_per_trigger = 9", &more);
        let wanted = straight.go_on();
        // The same batches in a run each: the first stops after one, the others go on.
        let other = Metrics::new(1);
        let mut cut = other.runs("cut", "max_offsets_per_trigger = 9", &more);
        let all = metrics(0..30);
        let mut ran = Vec::new();
        for part in all.chunks(9) {
            other.produce(part);
            ran.push(cut.go_on());
        }
        // Of update and complete mode every batch's rows; a run's end may add a batch without data, which has none.
        let rows = |ran: &[wasmill_tests::rerun::Ran]| counts(ran, "w");
        assert_eq!(rows(&ran), rows(&[wanted]), "{mode}");
    }
}

/// Partition 1 is read when partition 0 is far ahead.
fn lagging(per: &str) -> (Vec<String>, Vec<String>) {
    let lab = Metrics::new(2);
    let watermark = format!("watermark = {{ column = \"event_time\", delay = \"5 seconds\"{per} }}");
    let mut runs = lab.runs("lagging", "", &windows(&watermark, "append"));
    let mut ran = Vec::new();
    lab.produce(&[(0, 1, "a"), (1, 1, "b")]);
    ran.push(runs.go_on());
    lab.produce(&[(0, 60, "a"), (0, 61, "a")]);
    ran.push(runs.go_on());
    lab.produce(&[(1, 2, "b"), (1, 3, "b"), (1, 12, "b")]);
    ran.push(runs.go_on());
    lab.produce(&[(0, 200, "a"), (1, 200, "b")]);
    ran.push(runs.go_on());
    ran.push(runs.go_on());
    let notices = ran
        .iter()
        .flat_map(|ran| ran.notices.clone())
        .map(|notice| notice.replace(&lab.topic, "metrics"));
    (counts(&ran, "w"), notices.collect())
}

#[test]
fn a_partition_that_lags_loses_its_rows_to_one_watermark_and_is_told_of() {
    let (rows, notices) = lagging("");
    assert_eq!(rows, ["10:00:00 a 1", "10:00:00 b 1", "10:01:00 a 2"]);
    insta::assert_snapshot!(notices.join("\n"), @r#"table `w`: 3 rows came too late for the windows, by batch 4, and left out of them: see the table `w_late`; hint: topic `metrics` partition 1 lags behind the others, and one watermark for all does not wait for it: write `per = "partition"` in the table's watermark"#);
}

#[test]
fn a_partition_that_lags_loses_nothing_where_each_is_waited_for() {
    let (rows, notices) = lagging(", per = \"partition\"");
    assert_eq!(rows, ["10:00:00 a 1", "10:00:00 b 3", "10:00:10 b 1", "10:01:00 a 2"]);
    assert_eq!(notices, [""; 0]);
}

#[test]
fn a_partition_without_records_is_not_waited_for_for_ever() {
    let lab = Metrics::new(2);
    lab.produce(&[(0, 1, "a"), (0, 60, "a")]);
    let rows = |idle_after: &str| {
        let watermark = format!(
            "watermark = {{ column = \"event_time\", delay = \"5 seconds\", per = \"partition\", idle_after = \"{idle_after}\" }}"
        );
        let mut runs = lab.runs("idle", "", &windows(&watermark, "append"));
        let first = runs.go_on();
        counts(&[first, runs.go_on()], "w")
    };
    assert_eq!(rows("1 hour"), [""; 0]);
    assert_eq!(rows("1 microsecond"), ["10:00:00 a 1"]);
}

#[test]
fn a_time_from_the_future_closes_no_window() {
    let lab = Metrics::new(1);
    let late = lab.folder.path().join("late");
    let more = format!(
        "{}[sink.late]\nfrom = \"w_late\"\nparquet = {late:?}\n",
        windows(
            "watermark = { column = \"event_time\", delay = \"5 seconds\", max_ahead = \"1 hour\" }",
            "append"
        )
    );
    let mut runs = lab.runs("ahead", "", &more);
    lab.produce_lines(&[record_at(0, "9999-12-31T23:59:59", 1_768_730_400_000, "z").to_string()]);
    let first = runs.go_on();
    lab.produce(&[(0, 1, "a"), (0, 30, "a")]);
    let second = runs.go_on();
    assert_eq!(counts(&[first, second], "w"), ["10:00:00 a 1"]);
    let rows = parquet::rows(&late);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["reason"], "its time is too far ahead");
    assert_eq!(rows[0]["host"], "z");
}

#[test]
fn late_rows_are_a_table_of_which_others_can_be_made() {
    let lab = Metrics::new(1);
    let more = format!(
        "{}[table.lost]\nsql = \"SELECT reason, host, event_time FROM w_late\"\n[sink.lost]\nfrom = \"lost\"\nconsole = {{}}\n",
        windows(WATERMARK, "update")
    );
    let mut runs = lab.runs("late", "", &more);
    lab.produce(&[(0, 60, "a")]);
    runs.go_on();
    lab.produce(&[(0, 61, "a"), (0, 3, "b")]);
    let ran = runs.go_on();
    assert_eq!(counts(std::slice::from_ref(&ran), "w"), ["10:01:00 a 2"]);
    let lost = ran.rows_of_table("lost");
    assert_eq!(lost.len(), 1);
    assert_eq!(
        (&lost[0]["reason"], &lost[0]["host"]),
        (&"late: its window is final".into(), &"b".into())
    );
    assert_eq!(ran.batches[0]["stateOperators"][0]["numRowsDroppedByWatermark"], 1);
    // In a batch nothing is late, and the table is there all the same.
    let broker = lab.kafka.address();
    let file = lab.pipeline("late", "", &more);
    let output = lab
        .kafka
        .wasmill(["run", "--once", "--output", "json", "--kafka", broker])
        .arg(&file)
        .succeed();
    assert_eq!(output.stdout.lines().count(), 2, "{output}");
}

#[test]
fn tables_have_modes_of_their_own_and_one_table_has_one() {
    let lab = Metrics::new(1);
    let second = windows(WATERMARK, "complete")
        .replace("table.w]", "table.v]")
        .replace("sink.w]", "sink.v]")
        .replace("from = \"w\"", "from = \"v\"");
    let mut runs = lab.runs("two", "", &format!("{}{second}", windows(WATERMARK, "append")));
    lab.produce(&[(0, 1, "a"), (0, 30, "a")]);
    let ran = [runs.go_on()];
    assert_eq!(counts(&ran, "w"), ["10:00:00 a 1"]);
    // Once with the records, once more with the batch that closed the window.
    assert_eq!(
        counts(&ran, "v"),
        ["10:00:00 a 1", "10:00:00 a 1", "10:00:30 a 1", "10:00:30 a 1"]
    );

    let both = format!(
        "{}[sink.again]\nfrom = \"w\"\nconsole = {{}}\nmode = \"update\"\n",
        windows(WATERMARK, "append")
    );
    let refused = lab.runs("both", "", &both).try_go_on().unwrap_err();
    let refused = refused
        .replace(&*lab.folder.path().to_string_lossy(), "")
        .replace(&lab.topic, "metrics");
    insta::assert_snapshot!(refused, @"
    error: sink `again` wants the rows of table `w` in update mode, and sink `w` in append mode
      --> /both.toml:19:7
       |
    19 | [sink.again]
       |       ^^^^^
       |
    hint: a table keeps its groups for one mode: write a second table with the query of `w`

    1 mistake in `/both.toml`
    ");
}

#[test]
fn of_two_inputs_the_least_counts() {
    let lab = Metrics::new(2);
    let more = windows(WATERMARK, "append").replace(
        "FROM m GROUP",
        "FROM (SELECT * FROM early UNION ALL SELECT * FROM m2) GROUP",
    );
    let tables = "[table.early]\nsql = \"SELECT * FROM m WHERE host = 'a'\"\n[table.m2]\nsql = \"SELECT * FROM m WHERE host = 'b'\"\n";
    let mut runs = lab.runs("union", "", &format!("{tables}{more}"));
    lab.produce(&[(0, 1, "a"), (0, 60, "a")]);
    // The other input has nothing yet.
    let first = runs.go_on();
    assert_eq!(counts(std::slice::from_ref(&first), "w"), [""; 0]);
    lab.produce(&[(1, 2, "b"), (1, 20, "b")]);
    let second = runs.go_on();
    assert_eq!(counts(&[second], "w"), ["10:00:00 a 1", "10:00:00 b 1"]);
}

#[test]
fn the_first_rows_of_a_stream_come_once() {
    let lab = Metrics::new(1);
    let more = "[table.first]\nsql = \"SELECT host FROM m LIMIT 5\"\n[sink.first]\nfrom = \"first\"\nconsole = {}\n";
    let mut runs = lab.runs("first", "max_offsets_per_trigger = 2", more);
    lab.produce(&metrics(0..2));
    assert_eq!(runs.go_on().rows.len(), 4);
    lab.produce(&metrics(2..6));
    assert_eq!(runs.go_on().rows.len(), 1);
}

#[test]
fn more_than_the_limit_ends_the_run_and_says_what_there_is_most_of() {
    let lab = Metrics::new(1);
    let hosts: Vec<String> = (0..500).map(|host| format!("host-{host:04}")).collect();
    let metrics: Vec<(i32, i64, &str)> = hosts.iter().map(|host| (0, 1, host.as_str())).collect();
    lab.produce(&metrics);
    let file = lab.pipeline("full", "", &windows(WATERMARK, "update"));
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("state_limit = \"20 KB\"\n{text}")).unwrap();
    let broker = lab.kafka.address();
    let output = lab
        .kafka
        .wasmill(["run", "--no-monitor", "--kafka", broker])
        .arg(&file)
        .output();
    assert_eq!(output.code, Some(1), "{output}");
    insta::assert_snapshot!(output.stderr, @"
    error: the pipeline keeps more than its `state_limit` of 20480 bytes: table `w`: 50056 bytes in 500 groups; largest windows: 2026-01-18 10:00:00 to 2026-01-18 10:00:05 with 500 groups; largest groups: `host=host-0499` of 2026-01-18 10:00:00 with 100 bytes, `host=host-0498` of 2026-01-18 10:00:00 with 100 bytes, `host=host-0497` of 2026-01-18 10:00:00 with 100 bytes

    hint: group by fewer keys or by longer windows, shorten the watermark's `delay`, or raise `state_limit`
    ");
}

#[test]
fn two_hundred_thousand_groups_are_kept_and_come_out() {
    let lab = Metrics::new(1);
    let lines: Vec<String> = (0..100_000)
        .map(|n| {
            format!(
                "{{\"timestamp\": \"2026-01-18T10:00:{:02}\", \"host\": \"h{n}\"}}",
                n % 50
            )
        })
        .collect();
    let file = lab.folder.path().join("many.jsonl");
    std::fs::write(&file, lines.join("\n")).unwrap();
    let text = format!(
        "trigger = \"available-now\"\n[source.raw]\nreplay = {file:?}\n[guest.parsed]\nfrom = \"raw\"\nmodule = {:?}\n\
         [table.m]\nsql = \"SELECT host, try_to_timestamp(timestamp) AS event_time FROM parsed\"\n\
         [table.w]\nsql = \"SELECT window.start AS w, host, count(*) AS n FROM m GROUP BY window(event_time, '2 seconds', '1 second'), host\"\n\
         [table.all]\nsql = \"SELECT * FROM w\"\n[sink.all]\nfrom = \"all\"\nconsole = {{}}\nmode = \"complete\"\n",
        wasmill_tests::module::module("metrics"),
    );
    let pipeline = lab.folder.path().join("many.toml");
    std::fs::write(&pipeline, text).unwrap();
    let ran = wasmill_tests::rerun::Rerun::new(&pipeline, &[]).go_on();
    // Each row is in two windows.
    assert_eq!(ran.rows.len(), 200_000);
    assert_eq!(ran.batches[0]["stateOperators"][0]["numRowsTotal"], 100_000);
}
