use crate::event_time::OutputMode;
use insta::assert_snapshot;

use super::super::report::{ReportedPer, WindowReport};
use super::super::samples::*;
use super::*;

fn why_of(table: TableReport) -> String {
    why(&running(vec![table]), None)
}

/// The line of a silent stream with this table.
fn silent(table: TableReport) -> String {
    why_silent(&running(vec![table]), false)
}

#[test]
fn before_the_first_batch() {
    assert_snapshot!(why(&begun(), None), @"pipeline `essai`: no batch has ended yet");
}

#[test]
fn nothing_was_read() {
    let empty = TableReport {
        watermark: Some(watermark(vec![partition(0, None), partition(1, None)])),
        windows: Vec::new(),
        top_groups: Vec::new(),
        ..TableReport {
            open_windows: 0,
            groups: 0,
            bytes: 0,
            rows_in: 0,
            ..by_minute()
        }
    };
    let report = StateReport {
        records: 0,
        batch: Some(0),
        sources: vec![source("raw", 0, 0), source("more", 0, 0)],
        ..running(vec![empty])
    };
    assert_snapshot!(why(&report, None), @r#"
    batch 0: 0 records read, 0 waiting, 0 rows out
    nothing was read yet from sources `raw`, `more`
    hint: a stream begins with the records that come after its start; `starting_offsets = "earliest"` in the source begins with what is there
    table `par_client`, append, tumbling 1 minute: 0 rows in, 0 out
      no watermark yet: it will be the greatest `event_time` in any partition, less the delay of 1 minute
        topic `metrics` partition 0: no time yet
        topic `metrics` partition 1: no time yet
      no window is open; 0 groups, 0 bytes
    "#);
}

#[test]
fn nothing_keeps_state() {
    let report = StateReport {
        rows_out: 1180,
        ..running(Vec::new())
    };
    assert_snapshot!(why(&report, None), @"
    batch 7: 1200 records read, 34 waiting, 1180 rows out
    no table keeps state: a row comes out with the batch that reads it
    ");
    assert_snapshot!(why_silent(&running(Vec::new()), false), @"nothing yet: 1200 records were read, but no row comes out: a condition leaves them out, or an error of the guest does");
}

#[test]
fn append_waits_for_the_window_s_end_and_the_delay() {
    assert_snapshot!(why_of(by_minute()), @"
    batch 7: 1200 records read, 34 waiting, 0 rows out
    table `par_client`, append, tumbling 1 minute: 1200 rows in, 0 out
      watermark 2026-01-18 10:00:57 (the greatest `event_time` in any partition, less the delay of 1 minute)
        topic `metrics` partition 0: up to 2026-01-18 10:01:57, leads
        topic `metrics` partition 1: up to 2026-01-18 10:01:40, 17 seconds behind
      3 windows are open, 2026-01-18 10:00:00 to 10:03:00; 40 groups, 5.0 KB
      the window 2026-01-18 10:00:00 to 10:01:00 closes when a row of 10:02:00 or later comes (its end plus the delay of 1 minute)
    ");
    assert_snapshot!(silent(by_minute()), @"nothing yet: table `par_client`: the window 2026-01-18 10:00:00 to 10:01:00 closes when a row of 10:02:00 or later comes (its end plus the delay of 1 minute)");
}

#[test]
fn what_is_new_is_said_beside_it() {
    let before = running(vec![by_minute()]);
    let after = StateReport {
        batch: Some(8),
        records: 1300,
        rows_out: 12,
        ..running(vec![TableReport {
            rows_in: 1300,
            rows_out: 12,
            ..by_minute()
        }])
    };
    assert!(has_changed(&after, &before));
    assert!(!has_changed(
        &after,
        &StateReport {
            batch: Some(9),
            ..after.clone()
        }
    ));
    assert_snapshot!(why(&after, Some(&before)), @"
    batch 8: 1300 records read (100 new), 34 waiting, 12 rows out (12 new)
    table `par_client`, append, tumbling 1 minute: 1300 rows in (100 new), 12 out (12 new)
      watermark 2026-01-18 10:00:57 (the greatest `event_time` in any partition, less the delay of 1 minute)
        topic `metrics` partition 0: up to 2026-01-18 10:01:57, leads
        topic `metrics` partition 1: up to 2026-01-18 10:01:40, 17 seconds behind
      3 windows are open, 2026-01-18 10:00:00 to 10:03:00; 40 groups, 5.0 KB
      the window 2026-01-18 10:00:00 to 10:01:00 closes when a row of 10:02:00 or later comes (its end plus the delay of 1 minute)
    ");
}

#[test]
fn a_window_that_is_over_closes_with_the_next_batch() {
    let table = TableReport {
        watermark: Some(watermark(vec![partition(0, Some(TEN + 2 * MINUTE))])),
        ..by_minute()
    };
    assert_snapshot!(why_of(table), @"
    batch 7: 1200 records read, 34 waiting, 0 rows out
    table `par_client`, append, tumbling 1 minute: 1200 rows in, 0 out
      watermark 2026-01-18 10:01:00 (the greatest `event_time` in any partition, less the delay of 1 minute)
        topic `metrics` partition 0: up to 2026-01-18 10:02:00
      3 windows are open, 2026-01-18 10:00:00 to 10:03:00; 40 groups, 5.0 KB
      the window 2026-01-18 10:00:00 to 10:01:00 closes with the next batch
    ");
}

#[test]
fn rows_of_a_lagging_partition_are_late() {
    let mut lagging = partition(1, Some(TEN - 20 * MINUTE));
    lagging.late_rows = 710;
    let mut own = partition(2, Some(TEN + 110 * SECOND));
    own.late_rows = 2;
    let table = TableReport {
        late_rows: 712,
        watermark: Some(watermark(vec![partition(0, Some(TEN + 117 * SECOND)), lagging, own])),
        ..by_minute()
    };
    assert_snapshot!(why_of(table.clone()), @r#"
    batch 7: 1200 records read, 34 waiting, 0 rows out
    table `par_client`, append, tumbling 1 minute: 1200 rows in, 0 out
      watermark 2026-01-18 10:00:57 (the greatest `event_time` in any partition, less the delay of 1 minute)
        topic `metrics` partition 0: up to 2026-01-18 10:01:57, leads
        topic `metrics` partition 1: up to 2026-01-18 09:40:00, 21 minutes 57 seconds behind; 710 rows late
        topic `metrics` partition 2: up to 2026-01-18 10:01:50, 7 seconds behind; 2 rows late
      3 windows are open, 2026-01-18 10:00:00 to 10:03:00; 40 groups, 5.0 KB
      the window 2026-01-18 10:00:00 to 10:01:00 closes when a row of 10:02:00 or later comes (its end plus the delay of 1 minute)
      712 rows came too late for their windows, and are left out: see the table `par_client_late`
      hint: topic `metrics` partition 1 lags behind the others, and one watermark for all does not wait for it: write `per = "partition"` in the table's watermark
    "#);
    assert_snapshot!(silent(table), @"nothing yet: table `par_client`: the window 2026-01-18 10:00:00 to 10:01:00 closes when a row of 10:02:00 or later comes (its end plus the delay of 1 minute); 712 rows came too late for their windows, and are left out: see the table `par_client_late`");
}

#[test]
fn late_rows_of_partitions_that_keep_up() {
    let mut late = partition(0, Some(TEN + 117 * SECOND));
    late.late_rows = 1;
    let table = TableReport {
        late_rows: 1,
        watermark: Some(watermark(vec![late])),
        ..by_minute()
    };
    assert_snapshot!(why_of(table), @"
    batch 7: 1200 records read, 34 waiting, 0 rows out
    table `par_client`, append, tumbling 1 minute: 1200 rows in, 0 out
      watermark 2026-01-18 10:00:57 (the greatest `event_time` in any partition, less the delay of 1 minute)
        topic `metrics` partition 0: up to 2026-01-18 10:01:57; 1 row late
      3 windows are open, 2026-01-18 10:00:00 to 10:03:00; 40 groups, 5.0 KB
      the window 2026-01-18 10:00:00 to 10:01:00 closes when a row of 10:02:00 or later comes (its end plus the delay of 1 minute)
      1 row came too late for its window, and is left out: see the table `par_client_late`
      hint: a longer `delay` in the table's watermark waits longer
    ");
}

#[test]
fn a_row_may_be_late_for_some_of_the_windows_that_slide() {
    let table = TableReport {
        window: Some("sliding 10 minutes every 5 minutes".to_owned()),
        rows_in: 2,
        late_rows: 3,
        ..by_minute()
    };
    assert_snapshot!(left_out(&table).join("\n"), @"
    3 times a row was too late for a window, and is left out of that one; those that are left out of all: see the table `par_client_late`
    hint: a longer `delay` in the table's watermark waits longer
    ");
    assert!(silent(table).contains("closes when"));
}

#[test]
fn each_partition_is_waited_for_but_those_that_are_silent() {
    let mut silent = partition(3, Some(TEN - 60 * MINUTE));
    silent.idle = true;
    let behind = [partition(1, Some(TEN + 50 * SECOND)), silent];
    let ahead = partition(0, Some(TEN + 130 * SECOND));
    let with = |partitions: Vec<_>| TableReport {
        watermark: Some(watermark_by_partition(partitions)),
        ..by_minute()
    };
    let one = with(behind.iter().cloned().chain([ahead.clone()]).collect());
    assert_snapshot!(why_of(one), @"
    batch 7: 1200 records read, 34 waiting, 0 rows out
    table `par_client`, append, tumbling 1 minute: 1200 rows in, 0 out
      watermark 2026-01-18 09:59:50 (the least of the partitions' greatest `event_time`, less the delay of 1 minute)
        topic `metrics` partition 1: up to 2026-01-18 10:00:50, 1 minute 20 seconds behind, holds the watermark back
        topic `metrics` partition 3: up to 2026-01-18 09:00:00, 1 hour 2 minutes behind, silent, so it is not waited for
        topic `metrics` partition 0: up to 2026-01-18 10:02:10
      3 windows are open, 2026-01-18 10:00:00 to 10:03:00; 40 groups, 5.0 KB
      the window 2026-01-18 10:00:00 to 10:01:00 closes when topic `metrics` partition 1 has a row of 10:02:00 or later (its end plus the delay of 1 minute)
    ");
    let two = with(vec![ahead.clone(), behind[0].clone(), partition(2, None)]);
    assert_snapshot!(why_of(two), @"
    batch 7: 1200 records read, 34 waiting, 0 rows out
    table `par_client`, append, tumbling 1 minute: 1200 rows in, 0 out
      no watermark yet: it will be the least of the partitions' greatest `event_time`, less the delay of 1 minute
        topic `metrics` partition 0: up to 2026-01-18 10:02:10
        topic `metrics` partition 1: up to 2026-01-18 10:00:50, 1 minute 20 seconds behind
        topic `metrics` partition 2: no time yet, holds the watermark back
      3 windows are open, 2026-01-18 10:00:00 to 10:03:00; 40 groups, 5.0 KB
      the window 2026-01-18 10:00:00 to 10:01:00 closes when topic `metrics` partition 2 and topic `metrics` partition 1 each have a row of 10:02:00 or later (its end plus the delay of 1 minute)
    ");
    let many = with(
        (0..20)
            .map(|number| partition(number, Some(TEN + SECOND * i64::from(number))))
            .collect(),
    );
    assert_snapshot!(why_of(many), @"
    batch 7: 1200 records read, 34 waiting, 0 rows out
    table `par_client`, append, tumbling 1 minute: 1200 rows in, 0 out
      watermark 2026-01-18 09:59:00 (the least of the partitions' greatest `event_time`, less the delay of 1 minute)
        topic `metrics` partition 0: up to 2026-01-18 10:00:00, 19 seconds behind, holds the watermark back
        topic `metrics` partition 1: up to 2026-01-18 10:00:01, 18 seconds behind
        topic `metrics` partition 2: up to 2026-01-18 10:00:02, 17 seconds behind
        topic `metrics` partition 3: up to 2026-01-18 10:00:03, 16 seconds behind
        topic `metrics` partition 4: up to 2026-01-18 10:00:04, 15 seconds behind
        topic `metrics` partition 5: up to 2026-01-18 10:00:05, 14 seconds behind
        topic `metrics` partition 6: up to 2026-01-18 10:00:06, 13 seconds behind
        topic `metrics` partition 7: up to 2026-01-18 10:00:07, 12 seconds behind
        topic `metrics` partition 8: up to 2026-01-18 10:00:08, 11 seconds behind
        topic `metrics` partition 9: up to 2026-01-18 10:00:09, 10 seconds behind
        topic `metrics` partition 10: up to 2026-01-18 10:00:10, 9 seconds behind
        topic `metrics` partition 11: up to 2026-01-18 10:00:11, 8 seconds behind
        topic `metrics` partition 12: up to 2026-01-18 10:00:12, 7 seconds behind
        topic `metrics` partition 13: up to 2026-01-18 10:00:13, 6 seconds behind
        topic `metrics` partition 14: up to 2026-01-18 10:00:14, 5 seconds behind
        topic `metrics` partition 15: up to 2026-01-18 10:00:15, 4 seconds behind
        and 4 more: `wasmill state` lists all
      3 windows are open, 2026-01-18 10:00:00 to 10:03:00; 40 groups, 5.0 KB
      the window 2026-01-18 10:00:00 to 10:01:00 closes when topic `metrics` partition 0 and 19 others each have a row of 10:02:00 or later (its end plus the delay of 1 minute)
    ");
}

#[test]
fn the_input_that_is_behind_is_waited_for() {
    let mut orders = partition(0, Some(TEN + 200 * SECOND));
    orders.topic = Some("orders".to_owned());
    let mut metrics = partition(0, Some(TEN + 10 * SECOND));
    metrics.input = 1;
    let with = |partitions| {
        let mut watermark = watermark(partitions);
        watermark.micros = Some(TEN - 50 * SECOND);
        TableReport {
            watermark: Some(watermark),
            ..by_minute()
        }
    };
    assert_snapshot!(next(with(vec![orders.clone(), metrics.clone()])), @"the window 2026-01-18 10:00:00 to 10:01:00 closes when topic `metrics` has a row of 10:02:00 or later (its end plus the delay of 1 minute)");
    orders.greatest_micros = None;
    orders.topic = None;
    assert_snapshot!(next(with(vec![orders, metrics])), @"the window 2026-01-18 10:00:00 to 10:01:00 closes when input 1 and topic `metrics` each have a row of 10:02:00 or later (its end plus the delay of 1 minute)");
}

/// When the next window closes.
fn next(table: TableReport) -> String {
    super::closing::next_closing(&table).unwrap_or_default()
}

#[test]
fn sessions_may_grow() {
    let session = WindowReport {
        start_micros: TEN,
        end_micros: TEN + 330 * SECOND,
        groups: 1,
        bytes: None,
    };
    let table = TableReport {
        window: Some("session with a gap of 5 minutes".to_owned()),
        open_windows: 1,
        windows: vec![session],
        groups: 1,
        late_rows: 3,
        ..by_minute()
    };
    assert_snapshot!(why_of(table), @"
    batch 7: 1200 records read, 34 waiting, 0 rows out
    table `par_client`, append, session with a gap of 5 minutes: 1200 rows in, 0 out
      watermark 2026-01-18 10:00:57 (the greatest `event_time` in any partition, less the delay of 1 minute)
        topic `metrics` partition 0: up to 2026-01-18 10:01:57, leads
        topic `metrics` partition 1: up to 2026-01-18 10:01:40, 17 seconds behind
      1 session is open, 2026-01-18 10:00:00 to 10:05:30; 1 group, 5.0 KB
      the session 2026-01-18 10:00:00 to 10:05:30 closes when a row of 10:06:30 or later comes (its end plus the delay of 1 minute); a row of its key before then makes it longer
      3 rows came too late for their sessions, and are left out: see the table `par_client_late`
      hint: a longer `delay` in the table's watermark waits longer
    ");
}

#[test]
fn complete_mode_forgets_nothing() {
    let table = TableReport {
        mode: OutputMode::Complete,
        window: Some("sliding 10 minutes every 5 minutes".to_owned()),
        rows_out: 480,
        ..by_minute()
    };
    assert_snapshot!(why_of(table.clone()), @"
    batch 7: 1200 records read, 34 waiting, 480 rows out
    table `par_client`, complete, sliding 10 minutes every 5 minutes: 1200 rows in, 480 out
      watermark 2026-01-18 10:00:57 (the greatest `event_time` in any partition, less the delay of 1 minute)
        topic `metrics` partition 0: up to 2026-01-18 10:01:57, leads
        topic `metrics` partition 1: up to 2026-01-18 10:01:40, 17 seconds behind
      3 windows are open, 2026-01-18 10:00:00 to 10:03:00; 40 groups, 5.0 KB
      complete: every group comes out after each batch, and none is forgotten
    ");
    assert_snapshot!(silent(TableReport { rows_out: 0, ..table }), @"nothing yet: table `par_client`: 1200 rows in 40 groups, but none of the rows that changed comes out: a HAVING or a table behind it leaves them out");
}

#[test]
fn update_mode_with_and_without_a_watermark() {
    let table = TableReport {
        mode: OutputMode::Update,
        rows_out: 480,
        ..by_minute()
    };
    assert_snapshot!(why_of(table.clone()), @"
    batch 7: 1200 records read, 34 waiting, 480 rows out
    table `par_client`, update, tumbling 1 minute: 1200 rows in, 480 out
      watermark 2026-01-18 10:00:57 (the greatest `event_time` in any partition, less the delay of 1 minute)
        topic `metrics` partition 0: up to 2026-01-18 10:01:57, leads
        topic `metrics` partition 1: up to 2026-01-18 10:01:40, 17 seconds behind
      3 windows are open, 2026-01-18 10:00:00 to 10:03:00; 40 groups, 5.0 KB
      the window 2026-01-18 10:00:00 to 10:01:00 is forgotten when a row of 10:02:00 or later comes (its end plus the delay of 1 minute)
    ");
    let without = TableReport {
        watermark: None,
        window: None,
        windows: Vec::new(),
        open_windows: 0,
        late_table: None,
        ..table
    };
    assert_snapshot!(why_of(without.clone()), @"
    batch 7: 1200 records read, 34 waiting, 480 rows out
    table `par_client`, update: 1200 rows in, 480 out
      no watermark: no window closes, and no group is forgotten
      40 groups, 5.0 KB
    ");
    assert_snapshot!(silent(TableReport { rows_out: 0, ..without }), @"nothing yet: table `par_client`: 1200 rows in 40 groups, but none of the rows that changed comes out: a HAVING or a table behind it leaves them out");
}

#[test]
fn no_row_reaches_the_table() {
    let table = TableReport {
        watermark: Some(watermark(Vec::new())),
        windows: Vec::new(),
        open_windows: 0,
        groups: 0,
        bytes: 0,
        rows_in: 0,
        ..by_minute()
    };
    assert_snapshot!(why_of(table.clone()), @"
    batch 7: 1200 records read, 34 waiting, 0 rows out
    table `par_client`, append, tumbling 1 minute: 0 rows in, 0 out
      no watermark yet: it will be the greatest `event_time` in any partition, less the delay of 1 minute
      no window is open; 0 groups, 0 bytes
      no row reached it, though 1200 records were read: a condition, or an error of the guest, leaves them out before it
    ");
    assert_snapshot!(silent(table), @"nothing yet: table `par_client`: no row reached it, though 1200 records were read: a condition, or an error of the guest, leaves them out before it");
}

#[test]
fn rows_that_count_nowhere() {
    let table = TableReport {
        rows_in: 4,
        rows_without_time: 3,
        rows_ahead: 1,
        windows: Vec::new(),
        open_windows: 0,
        groups: 0,
        bytes: 0,
        watermark: Some(watermark(vec![partition(0, None)])),
        ..by_minute()
    };
    assert_snapshot!(why_of(table.clone()), @"
    batch 7: 1200 records read, 34 waiting, 0 rows out
    table `par_client`, append, tumbling 1 minute: 4 rows in, 0 out
      no watermark yet: it will be the greatest `event_time` in any partition, less the delay of 1 minute
        topic `metrics` partition 0: no time yet
      no window is open; 0 groups, 0 bytes
      all that reached it, 4 rows, are left out
      3 rows have no time (`event_time` is null), and so no window
      1 row is further ahead of the clock than `max_ahead`, and left out: see the table `par_client_late`
    ");
    assert_snapshot!(silent(table), @"nothing yet: table `par_client`: all that reached it, 4 rows, are left out; 3 rows have no time (`event_time` is null), and so no window");
}

#[test]
fn all_windows_are_closed() {
    let table = TableReport {
        windows: Vec::new(),
        open_windows: 0,
        groups: 0,
        bytes: 0,
        rows_out: 40,
        ..by_minute()
    };
    assert_snapshot!(why_of(table.clone()), @"
    batch 7: 1200 records read, 34 waiting, 40 rows out
    table `par_client`, append, tumbling 1 minute: 1200 rows in, 40 out
      watermark 2026-01-18 10:00:57 (the greatest `event_time` in any partition, less the delay of 1 minute)
        topic `metrics` partition 0: up to 2026-01-18 10:01:57, leads
        topic `metrics` partition 1: up to 2026-01-18 10:01:40, 17 seconds behind
      no window is open; 0 groups, 0 bytes
      all its windows are closed: the next row that is not late opens one
    ");
    assert_snapshot!(why_silent(&running(vec![table]), true), @"nothing more: table `par_client`: all its windows are closed: the next row that is not late opens one");
}

#[test]
fn the_table_that_keeps_rows_back_is_blamed() {
    let giving = TableReport {
        table: "giving".to_owned(),
        rows_out: 12,
        ..by_minute()
    };
    let unread = TableReport {
        table: "unread".to_owned(),
        rows_in: 0,
        windows: Vec::new(),
        ..by_minute()
    };
    let said = why_silent(&running(vec![giving, unread, by_minute()]), false);
    assert!(
        said.starts_with("nothing yet: table `par_client`: the window "),
        "{said}"
    );
}

#[test]
fn reports_are_read_as_they_are_written() {
    let mut by_partition = by_minute();
    by_partition.watermark = Some(watermark_by_partition(vec![partition(0, None)]));
    assert_eq!(
        by_partition.watermark.as_ref().map(|w| w.per),
        Some(ReportedPer::Partition)
    );
    for report in [begun(), running(vec![by_minute(), by_partition])] {
        let json = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<StateReport>(&json).unwrap(), report);
    }
}
