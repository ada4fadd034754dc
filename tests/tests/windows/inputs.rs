//! Windows over several inputs, beside records that fail, and over queries that changed.

use std::collections::BTreeMap;

use wasmill_tests::module::module;
use wasmill_tests::rerun::Ran;

use super::support::{Metrics, counts, record, windows};

const WATERMARK: &str = "watermark = { column = \"event_time\", delay = \"5 seconds\" }";

/// A table `w` over these windows of `m`, and a sink in this mode.
fn over(call: &str, mode: &str) -> String {
    let name = call.split('(').next().unwrap();
    format!(
        "[table.w]\n{WATERMARK}\nsql = \"SELECT {name}.start AS w, host, count(*) AS n, count(DISTINCT host) AS h FROM m GROUP BY {call}, host\"\n\
         [sink.w]\nfrom = \"w\"\nconsole = {{}}\nmode = \"{mode}\"\n"
    )
}

#[test]
fn windows_that_slide_and_sessions_go_on_after_a_restart() {
    for (call, modes) in [
        (
            "window(event_time, '10 seconds', '4 seconds')",
            &["append", "update", "complete"][..],
        ),
        ("session_window(event_time, '3 seconds')", &["append", "complete"]),
    ] {
        for mode in modes {
            // Pauses of three seconds and less: sessions end, and some are joined by what comes behind.
            let metrics: Vec<(i32, i64, &str)> = (0..40)
                .map(|n| (0, n * 5 / 2 - 4 * (n % 3) + 20, ["a", "b", "c"][n as usize * 7 % 3]))
                .collect();
            let straight = Metrics::new(1);
            straight.produce(&metrics);
            let wanted = straight
                .runs("straight", "max_offsets_per_trigger = 8", &over(call, mode))
                .go_on();
            let cut = Metrics::new(1);
            let mut runs = cut.runs("cut", "max_offsets_per_trigger = 8", &over(call, mode));
            let mut ran: Vec<Ran> = Vec::new();
            for part in metrics.chunks(8) {
                cut.produce(part);
                ran.push(runs.go_on());
            }
            match *mode {
                "append" => assert_eq!(counts(&ran, "w"), counts(&[wanted], "w"), "{call} {mode}"),
                // What a group was last: a run's end may add a batch, and what is forgotten in it comes no more.
                "update" => assert_eq!(last_of_each(&ran), last_of_each(&[wanted]), "{call} {mode}"),
                _ => assert_eq!(last_batch(&ran), last_batch(&[wanted]), "{call} {mode}"),
            }
        }
    }
}

fn last_of_each(ran: &[Ran]) -> BTreeMap<String, String> {
    let rows = ran.iter().flat_map(|ran| ran.rows_of_table("w"));
    rows.map(|row| (format!("{} {}", row["w"], row["host"]), row["n"].to_string()))
        .collect()
}

fn last_batch(ran: &[Ran]) -> Vec<String> {
    let last = ran.last().unwrap();
    let batch = last.rows.iter().map(|row| row.batch).max().unwrap();
    let mut rows: Vec<String> = last
        .rows_of(batch, "w")
        .into_iter()
        .map(|row| serde_json::Value::Object(row).to_string())
        .collect();
    rows.sort();
    rows
}

/// Two topics as one table, with the watermark on what both have.
#[test]
fn of_two_topics_the_slower_counts() {
    let lab = Metrics::new(1);
    let other = lab.kafka.topic_name("other-metrics");
    lab.kafka.create_topic(&other, 1);
    let more = format!(
        "[source.others]\nsubscribe = \"{other}\"\nstarting_offsets = \"earliest\"\n[guest.more]\nfrom = \"others\"\nmodule = {:?}\n\
         [table.others_m]\nsql = \"SELECT host, metrics.cpu_percent AS cpu, try_to_timestamp(timestamp) AS event_time FROM more\"\n{}",
        module("metrics"),
        windows(WATERMARK, "append").replace(
            "FROM m GROUP",
            "FROM (SELECT host, event_time FROM m UNION ALL SELECT host, event_time FROM others_m) GROUP"
        ),
    );
    let mut runs = lab.runs("two_topics", "", &more);
    let produce = |metrics: &[(i64, &str)]| {
        let file = lab.folder.path().join("others.jsonl");
        let lines: Vec<String> = metrics
            .iter()
            .map(|(second, host)| record(0, *second, host).to_string())
            .collect();
        std::fs::write(&file, lines.join("\n")).unwrap();
        lab.kafka.produce(&other, &file);
    };
    lab.produce(&[(0, 1, "a"), (0, 100, "a")]);
    let first = runs.go_on();
    assert_eq!(
        counts(std::slice::from_ref(&first), "w"),
        [""; 0],
        "the other topic has no time yet"
    );
    assert_eq!(
        first.batches.last().unwrap()["eventTime"]["watermark"],
        "1970-01-01T00:00:00.000Z"
    );
    produce(&[(2, "b"), (31, "b")]);
    let second = runs.go_on();
    assert_eq!(
        counts(std::slice::from_ref(&second), "w"),
        ["10:00:00 a 1", "10:00:00 b 1"]
    );
    assert_eq!(
        second.batches.last().unwrap()["eventTime"]["watermark"],
        "2026-01-18T10:00:26.000Z"
    );
    // Late is what is late for the slower.
    lab.produce(&[(0, 27, "a"), (0, 3, "a")]);
    produce(&[(90, "b")]);
    let third = runs.go_on();
    assert_eq!(
        counts(std::slice::from_ref(&third), "w"),
        ["10:00:25 a 1", "10:00:30 b 1"]
    );
    let late: u64 = third
        .batches
        .iter()
        .map(|batch| {
            batch["stateOperators"][0]["numRowsDroppedByWatermark"]
                .as_u64()
                .unwrap()
        })
        .sum();
    assert_eq!(late, 1);
}

#[test]
fn records_that_fail_are_in_no_window_and_move_no_watermark() {
    let lab = Metrics::new(1);
    let more = format!(
        "{}[sink.letters]\nfrom = \"parsed_errors\"\nconsole = {{}}\n",
        windows(WATERMARK, "append")
    );
    let mut runs = lab.runs("failing", "", &more);
    let good = |second: i64| record(0, second, "a").to_string();
    let value =
        |value: &str| serde_json::json!({"partition": 0, "timestamp": 2, "key": "a", "value": value}).to_string();
    lab.produce_lines(&[
        good(1),
        value("not json"),
        good(2),
        // Its time is none.
        value("{\"timestamp\": \"tomorrow\", \"host\": \"a\"}"),
        value("{\"timestamp\": \"2026-01-18T23:00:00\", \"host\": 7, "),
    ]);
    let first = runs.go_on();
    assert_eq!(counts(std::slice::from_ref(&first), "w"), [""; 0]);
    let letters = first.rows_of_table("parsed_errors");
    assert_eq!(
        letters
            .iter()
            .map(|row| row["offset"].as_u64().unwrap())
            .collect::<Vec<_>>(),
        [1, 4]
    );
    assert_eq!(first.batches[0]["eventTime"]["max"], "2026-01-18T10:00:02.000Z");
    lab.produce(&[(0, 60, "a")]);
    assert_eq!(counts(&[runs.go_on()], "w"), ["10:00:00 a 2"]);
}

#[test]
fn a_partition_that_was_given_up_comes_back_late() {
    let lab = Metrics::new(2);
    let watermark = "watermark = { column = \"event_time\", delay = \"5 seconds\", per = \"partition\", idle_after = \"1 microsecond\" }";
    let mut runs = lab.runs("back", "", &windows(watermark, "append"));
    lab.produce(&[(0, 1, "a"), (1, 1, "b")]);
    runs.go_on();
    lab.produce(&[(0, 60, "a")]);
    let given_up = [runs.go_on(), runs.go_on()];
    assert_eq!(counts(&given_up, "w"), ["10:00:00 a 1", "10:00:00 b 1"]);
    lab.produce(&[(1, 2, "b"), (1, 58, "b")]);
    let back = runs.go_on();
    // One is late, and from now on this partition is waited for again.
    let late: u64 = back
        .batches
        .iter()
        .map(|batch| {
            batch["stateOperators"][0]["numRowsDroppedByWatermark"]
                .as_u64()
                .unwrap()
        })
        .sum();
    assert_eq!(late, 1);
    lab.produce(&[(0, 70, "a"), (1, 71, "b")]);
    let ran = [back, runs.go_on(), runs.go_on()];
    assert_eq!(counts(&ran, "w"), ["10:00:55 b 1", "10:01:00 a 1"]);
}

#[test]
fn rows_that_are_late_for_some_of_their_windows() {
    let lab = Metrics::new(1);
    let more = over("window(event_time, '10 seconds', '5 seconds')", "append");
    let more = format!("{more}[sink.late]\nfrom = \"w_late\"\nconsole = {{}}\n");
    let mut runs = lab.runs("partly", "", &more);
    lab.produce(&[(0, 14, "a"), (0, 25, "a")]);
    // Up to 20 all is final.
    assert_eq!(counts(&[runs.go_on()], "w"), ["10:00:05 a 1", "10:00:10 a 1"]);
    lab.produce(&[(0, 19, "a"), (0, 14, "b")]);
    let ran = runs.go_on();
    // 19 s counts in the window from 15 s; what is late for all its windows is left out, and is a row once.
    let late = ran.rows_of_table("w_late");
    assert_eq!(late.len(), 1, "{late:?}");
    assert_eq!(late[0]["host"], "b");
    assert_eq!(ran.batches[0]["stateOperators"][0]["numRowsDroppedByWatermark"], 1 + 2);
    lab.produce(&[(0, 60, "a")]);
    assert_eq!(
        counts(&[runs.go_on()], "w"),
        ["10:00:15 a 1", "10:00:20 a 1", "10:00:25 a 1"]
    );
}

#[test]
fn a_query_that_changed_between_runs_is_told() {
    let lab = Metrics::new(1);
    let mut runs = lab.runs("changed", "", &windows(WATERMARK, "update"));
    lab.produce(&[(0, 1, "a")]);
    runs.go_on();
    lab.pipeline(
        "changed",
        "",
        &windows(WATERMARK, "update").replace("count(*) AS n", "avg(cpu) AS n"),
    );
    lab.produce(&[(0, 2, "a")]);
    insta::assert_snapshot!(runs.try_go_on().unwrap_err(), @"
    error: what was kept is not this query's: table `w`: it has columns of the types Int64, Utf8, Int64, and the query keeps Int64, Utf8, UInt64, Float64

    hint: go back to the query as it was, or begin anew without what was kept
    ");
}
