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
      the largest groups: `2026-01-18 10:00:00, customer_id=CUST-001` (300 bytes), `2026-01-18 10:00:00, customer_id=CUST-013` (200 bytes)
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
