use insta::assert_snapshot;

use super::super::super::samples::*;
use super::super::why;
use super::*;

#[test]
fn a_state_near_its_limit_names_its_groups() {
    let large = |table: TableReport| TableReport {
        bytes: 900 << 20,
        groups: 1_000_000,
        open_windows: 300,
        newest_window: Some(window(299)),
        ..table
    };
    assert_snapshot!(why(&running(vec![large(by_minute())]), None), @"
    batch 7: 1200 records read, 34 waiting, 0 rows out
    table `par_client`, append, tumbling 1 minute: 1200 rows in, 0 out
      watermark 2026-01-18 10:00:57 (the greatest `event_time` in any partition, less the delay of 1 minute)
        topic `metrics` partition 0: up to 2026-01-18 10:01:57, leads
        topic `metrics` partition 1: up to 2026-01-18 10:01:40, 17 seconds behind
      300 windows are open, 2026-01-18 10:00:00 to 15:00:00; 1000000 groups, 900.0 MB
      the window 2026-01-18 10:00:00 to 10:01:00 closes when a row of 10:02:00 or later comes (its end plus the delay of 1 minute)
      the state is at 87 % of the `state_limit` of 1.0 GB, beyond which the run ends
      the largest groups: `customer_id=CUST-001` of 2026-01-18 10:00:00 (300 bytes), `customer_id=CUST-013` of 2026-01-18 10:00:00 (200 bytes)
      hint: group by fewer keys or by longer windows, shorten the watermark's `delay`, or raise `state_limit`
    ");
    let complete = TableReport {
        mode: OutputMode::Complete,
        ..large(by_minute())
    };
    let small = TableReport {
        table: "small".to_owned(),
        ..by_minute()
    };
    let hints = |tables| {
        let report = why(&running(tables), None);
        report
            .lines()
            .filter(|line| line.contains("hint"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_snapshot!(hints(vec![small.clone(), complete]), @r#"  hint: `mode = "update"` lets closed windows go; or group by fewer keys, or raise `state_limit`"#);
    let without = TableReport {
        watermark: None,
        top_groups: Vec::new(),
        ..large(by_minute())
    };
    assert_snapshot!(hints(vec![without, small]), @"  hint: give the table a watermark, so that closed windows go; or group by fewer keys, or raise `state_limit`");
    let unlimited = StateReport {
        limit_bytes: None,
        ..running(vec![large(by_minute())])
    };
    assert!(!why(&unlimited, None).contains("limit"));
}

#[test]
fn times_as_far_apart_as_they_can_be() {
    let far = watermark(vec![partition(0, Some(i64::MIN)), partition(1, Some(i64::MAX))]);
    assert_snapshot!(partition_texts(&far).join("\n"), @"
    topic `metrics` partition 0: up to -290308-12-21 19:59:05.224192, 106751991 days 4 hours behind
    topic `metrics` partition 1: up to +294247-01-10 04:00:54.775807, leads
    ");
}

#[test]
fn the_watermark_of_several_inputs_is_the_least_of_theirs() {
    let mut other = partition(0, Some(TEN));
    other.input = 1;
    let both = watermark(vec![partition(0, Some(TEN + MINUTE)), other]);
    assert_snapshot!(watermark_text(&both), @"watermark 2026-01-18 10:00:00 (the least of the inputs' greatest `event_time`, less the delay of 1 minute)");
}
