use arrow::array::AsArray;
use arrow::datatypes::Int64Type;

use super::super::testing::metrics;
use super::{Lateness, Timed, split};
use crate::event_time::{Window, Windows};

const SECOND: i64 = 1_000_000;

fn fixed(size: i64, slide: i64) -> Window {
    Window::Fixed(Windows {
        size: size * SECOND,
        slide: slide * SECOND,
        start: 0,
    })
}

/// Rows at these seconds, their time last, judged by these seconds.
fn timed(window: Window, times: &[Option<i64>], watermark: Option<i64>, latest: Option<i64>) -> Timed {
    let rows: Vec<_> = times.iter().map(|time| (*time, Some("a"), Some(1.0))).collect();
    let rows = metrics(&rows).project(&[1, 0]).unwrap();
    let lateness = Lateness {
        watermark: watermark.map(|second| second * SECOND),
        latest: latest.map(|second| second * SECOND),
    };
    split(window, lateness, &rows).unwrap()
}

fn bound(timed: &Timed, name: &str) -> Vec<i64> {
    let bounds = timed.rows.column_by_name(name).unwrap().as_primitive::<Int64Type>();
    bounds.values().iter().map(|bound| bound / SECOND).collect()
}

fn reasons(timed: &Timed) -> Vec<String> {
    let late = timed.late.as_ref();
    let reasons = late
        .into_iter()
        .flat_map(|late| late.column(0).as_string::<i32>().iter().flatten());
    reasons.map(str::to_owned).collect()
}

#[test]
fn the_time_becomes_the_start_of_its_pane() {
    let timed = timed(fixed(10, 4), &[Some(5), Some(9), Some(-3), None], None, None);
    // Panes of two seconds.
    assert_eq!(bound(&timed, "__start"), [4, 8, -4]);
    assert_eq!((timed.rows_without_time, timed.late_rows, timed.rows_ahead), (1, 0, 0));
    assert!(timed.late.is_none() && timed.rows.num_columns() == 2);
}

#[test]
fn a_session_of_a_row_alone_is_as_long_as_the_gap() {
    let timed = timed(
        Window::Session { gap: 10 * SECOND },
        &[Some(5), Some(9)],
        Some(15),
        None,
    );
    // 5 to 15 is final.
    assert_eq!((bound(&timed, "__start"), bound(&timed, "__end")), (vec![9], vec![19]));
    assert_eq!(
        (timed.late_rows, reasons(&timed)),
        (1, vec!["late: its window is final".to_owned()])
    );
}

#[test]
fn a_row_is_late_once_for_each_window_it_misses_and_left_out_if_it_misses_all() {
    // 12 is in 0 to 20 and 10 to 30, 5 in -10 to 10 and 0 to 20.
    let timed = timed(fixed(20, 10), &[Some(12), Some(5), Some(31)], Some(20), None);
    assert_eq!(bound(&timed, "__start"), [10, 30]);
    assert_eq!((timed.late_rows, reasons(&timed).len()), (1 + 2, 1));
}

#[test]
fn a_window_that_ends_at_the_watermark_takes_no_more() {
    let ends_at = |watermark| timed(fixed(5, 5), &[Some(14)], Some(watermark), None).rows.num_rows();
    assert_eq!((ends_at(14), ends_at(15)), (1, 0));
}

#[test]
fn times_beyond_the_latest_are_left_out_and_say_so() {
    let timed = timed(
        fixed(5, 5),
        &[Some(10), Some(99), Some(20), Some(21)],
        Some(8),
        Some(20),
    );
    assert_eq!(
        (bound(&timed, "__start"), timed.rows_ahead, timed.late_rows),
        (vec![10, 20], 2, 0)
    );
    assert_eq!(reasons(&timed), ["its time is too far ahead"; 2]);
    let late = timed.late.unwrap();
    assert_eq!(late.schema().field(0).name(), "reason");
    assert_eq!(late.column_by_name("host").unwrap().as_string::<i32>().value(0), "a");
}

#[test]
fn no_rows_are_no_rows() {
    let timed = timed(fixed(5, 5), &[], Some(100), Some(0));
    assert_eq!(
        (timed.rows.num_rows(), timed.late_rows, timed.late.is_none()),
        (0, 0, true)
    );
}
