use insta::assert_snapshot;

use super::*;
use crate::pipeline::samples::*;

#[test]
fn a_report_in_full() {
    let mut table = by_minute();
    table.open_windows = 30;
    table.newest_window = Some(window(29));
    table.late_rows = 3;
    assert_snapshot!(text(&running(vec![table])).unwrap(), @"
    pipeline `essai`, process 4711, since 2026-01-18 10:00:00
    batch 7: 1200 records read, 34 waiting, 0 rows out; it ended 2026-01-18 10:03:00
    +------+-------+-------+
    |source|records|waiting|
    +------+-------+-------+
    |raw   |1200   |34     |
    +------+-------+-------+

    table `par_client`, append, tumbling 1 minute: 1200 rows in, 0 out
    watermark 2026-01-18 10:00:57 (the greatest `event_time` in any partition, less the delay of 1 minute)
    +-------+---------+-------------------+---------+-----+
    |topic  |partition|greatest           |late_rows|role |
    +-------+---------+-------------------+---------+-----+
    |metrics|0        |2026-01-18 10:01:57|0        |leads|
    |metrics|1        |2026-01-18 10:01:40|0        |     |
    +-------+---------+-------------------+---------+-----+
    30 windows are open, 2026-01-18 10:00:00 to 10:30:00; 40 groups, 5.0 KB
    +-------------------+-------------------+------+-----+
    |start              |end                |groups|bytes|
    +-------------------+-------------------+------+-----+
    |2026-01-18 10:00:00|2026-01-18 10:01:00|12    |1700 |
    |2026-01-18 10:01:00|2026-01-18 10:02:00|12    |1700 |
    |2026-01-18 10:02:00|2026-01-18 10:03:00|12    |1700 |
    +-------------------+-------------------+------+-----+
    only showing the oldest 3
    the groups that keep most
    +---------------------------------------------+-----+-------+
    |group                                        |bytes|records|
    +---------------------------------------------+-----+-------+
    |`customer_id=CUST-001` of 2026-01-18 10:00:00|300  |25     |
    |`customer_id=CUST-013` of 2026-01-18 10:00:00|200  |25     |
    +---------------------------------------------+-----+-------+
    the window 2026-01-18 10:00:00 to 10:01:00 closes when a row of 10:02:00 or later comes (its end plus the delay of 1 minute)
    3 rows came too late for their windows, and are left out: see the table `par_client_late`
    hint: a longer `delay` in the table's watermark waits longer
    ");
}

#[test]
fn what_was_not_counted_is_left_out() {
    let mut table = by_minute();
    table.watermark = None;
    table.windows.iter_mut().for_each(|window| window.bytes = None);
    table.top_groups.iter_mut().for_each(|group| group.records = None);
    assert_snapshot!(text(&running(vec![table])).unwrap(), @"
    pipeline `essai`, process 4711, since 2026-01-18 10:00:00
    batch 7: 1200 records read, 34 waiting, 0 rows out; it ended 2026-01-18 10:03:00
    +------+-------+-------+
    |source|records|waiting|
    +------+-------+-------+
    |raw   |1200   |34     |
    +------+-------+-------+

    table `par_client`, append, tumbling 1 minute: 1200 rows in, 0 out
    no watermark: no window closes, and no group is forgotten
    3 windows are open, 2026-01-18 10:00:00 to 10:03:00; 40 groups, 5.0 KB
    +-------------------+-------------------+------+
    |start              |end                |groups|
    +-------------------+-------------------+------+
    |2026-01-18 10:00:00|2026-01-18 10:01:00|12    |
    |2026-01-18 10:01:00|2026-01-18 10:02:00|12    |
    |2026-01-18 10:02:00|2026-01-18 10:03:00|12    |
    +-------------------+-------------------+------+
    the groups that keep most
    +---------------------------------------------+-----+
    |group                                        |bytes|
    +---------------------------------------------+-----+
    |`customer_id=CUST-001` of 2026-01-18 10:00:00|300  |
    |`customer_id=CUST-013` of 2026-01-18 10:00:00|200  |
    +---------------------------------------------+-----+
    ");
}

#[test]
fn a_run_without_a_batch_and_one_without_state() {
    assert_snapshot!(text(&begun()).unwrap(), @"
    pipeline `essai`, process 4711, since 2026-01-18 10:00:00
    no batch has ended yet
    +------+-------+-------+
    |source|records|waiting|
    +------+-------+-------+
    |raw   |0      |0      |
    +------+-------+-------+
    ");
    assert_snapshot!(text(&running(Vec::new())).unwrap(), @"
    pipeline `essai`, process 4711, since 2026-01-18 10:00:00
    batch 7: 1200 records read, 34 waiting, 0 rows out; it ended 2026-01-18 10:03:00
    +------+-------+-------+
    |source|records|waiting|
    +------+-------+-------+
    |raw   |1200   |34     |
    +------+-------+-------+

    no table keeps state
    ");
}
