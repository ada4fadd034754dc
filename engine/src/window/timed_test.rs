use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::Int64Type;

use super::{Lateness, Timed, late_schema, split};
use crate::event_time::{Window, Windows};

const fn fixed(size: i64, slide: i64) -> Window {
    Window::Fixed(Windows { size, slide, start: 0 })
}

const TUMBLING: Window = fixed(10, 10);
const SLIDING: Window = fixed(10, 5);
/// Windows of two and a half slides.
const UNEVEN: Window = fixed(10, 4);
const SESSION: Window = Window::Session { gap: 10 };

/// Rows at these times, numbered from 0, named by their number.
fn rows(times: &[Option<i64>]) -> RecordBatch {
    let count = i64::try_from(times.len()).unwrap();
    let names = StringArray::from_iter_values((0..count).map(|row| format!("row {row}")));
    let times: TimestampMicrosecondArray = times.iter().copied().collect();
    let columns: [(&str, ArrayRef); 3] = [
        ("n", Arc::new(Int64Array::from_iter_values(0..count))),
        ("name", Arc::new(names)),
        ("__time", Arc::new(times.with_timezone("UTC"))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap()
}

fn at(window: Window, watermark: Option<i64>, times: &[i64]) -> Timed {
    let times: Vec<Option<i64>> = times.iter().copied().map(Some).collect();
    let lateness = Lateness {
        watermark,
        latest: None,
    };
    split(window, lateness, &rows(&times)).unwrap()
}

fn numbers(rows: &RecordBatch, column: &str) -> Vec<i64> {
    let column = rows.column_by_name(column).unwrap();
    column.as_primitive::<Int64Type>().values().to_vec()
}

fn starts(timed: &Timed) -> Vec<i64> {
    numbers(&timed.rows, "__start")
}

/// The numbers of the rows that don't count, and why they don't.
fn left_out(timed: &Timed) -> Vec<(i64, String)> {
    let Some(late) = &timed.late else {
        return Vec::new();
    };
    let reasons = late.column_by_name("reason").unwrap().as_string::<i32>();
    let reasons = reasons.iter().map(|reason| reason.unwrap().to_owned());
    numbers(late, "n").into_iter().zip(reasons).collect()
}

fn late(row: i64) -> (i64, String) {
    (row, "late: its window is final".to_owned())
}

fn ahead(row: i64) -> (i64, String) {
    (row, "its time is too far ahead".to_owned())
}

#[test]
fn the_pane_of_a_tumbling_window_is_the_window() {
    let timed = at(TUMBLING, None, &[0, 9, 10, 25, -1, -10, -11]);
    assert_eq!(starts(&timed), [0, 0, 10, 20, -10, -10, -20]);
    assert_eq!(numbers(&timed.rows, "n"), [0, 1, 2, 3, 4, 5, 6]);
    assert!(timed.late.is_none());
    assert_eq!((timed.late_rows, timed.rows_ahead, timed.rows_without_time), (0, 0, 0));
}

#[test]
fn windows_that_slide_have_panes_as_wide_as_they_share() {
    assert_eq!(starts(&at(SLIDING, None, &[0, 4, 5, 9, 10, -1])), [0, 0, 5, 5, 10, -5]);
    assert_eq!(starts(&at(UNEVEN, None, &[0, 1, 2, 3, 4, -1])), [0, 0, 2, 2, 4, -2]);
}

#[test]
fn panes_begin_where_the_windows_do() {
    let window = Window::Fixed(Windows {
        size: 10,
        slide: 10,
        start: 3,
    });
    assert_eq!(starts(&at(window, None, &[2, 3, 12, 13, -8])), [-7, 3, 3, 13, -17]);
}

#[test]
fn a_row_alone_is_a_session_of_its_gap() {
    let timed = at(SESSION, None, &[0, -3, 25]);
    assert_eq!(starts(&timed), [0, -3, 25]);
    assert_eq!(numbers(&timed.rows, "__end"), [10, 7, 35]);
    let timed = at(SESSION, None, &[i64::MAX - 1]);
    assert_eq!(
        numbers(&timed.rows, "__end"),
        [i64::MAX],
        "and no further than there is time"
    );
}

#[test]
fn bounds_take_the_place_of_the_time() {
    let names = |rows: &RecordBatch| -> Vec<String> {
        let schema = rows.schema();
        schema.fields().iter().map(|field| field.name().clone()).collect()
    };
    assert_eq!(names(&at(TUMBLING, None, &[0]).rows), ["n", "name", "__start"]);
    assert_eq!(names(&at(SESSION, None, &[0]).rows), ["n", "name", "__start", "__end"]);
    let timed = at(TUMBLING, Some(10), &[0]);
    assert_eq!(names(timed.late.as_ref().unwrap()), ["reason", "n", "name"]);
    // Also where nothing is left.
    assert_eq!(names(&timed.rows), ["n", "name", "__start"]);
    assert_eq!(timed.rows.num_rows(), 0);
}

#[test]
fn a_row_is_late_from_the_end_of_its_window_on() {
    let timed = at(TUMBLING, Some(20), &[9, 10, 19, 20, 100]);
    assert_eq!(left_out(&timed), [late(0), late(1), late(2)]);
    assert_eq!(timed.late_rows, 3);
    assert_eq!(numbers(&timed.rows, "n"), [3, 4]);
    assert_eq!(starts(&timed), [20, 100]);

    let timed = at(TUMBLING, Some(19), &[10]);
    assert!(timed.late.is_none());
    assert_eq!((timed.late_rows, starts(&timed)), (0, vec![10]));
}

#[test]
fn a_row_is_counted_once_for_each_window_it_missed() {
    // 12 is in the windows from 5 and from 10, which end at 15 and 20.
    for (watermark, missed, is_left_out) in [(14, 0, false), (15, 1, false), (19, 1, false), (20, 2, true)] {
        let timed = at(SLIDING, Some(watermark), &[12]);
        assert_eq!(timed.late_rows, missed, "{watermark}");
        assert_eq!(timed.rows.num_rows(), usize::from(!is_left_out), "{watermark}");
        assert_eq!(left_out(&timed).len(), usize::from(is_left_out), "{watermark}");
    }
    // 12 is in the windows from 4, 8 and 12, and 10 in those from 4 and 8 only.
    for (watermark, missed) in [(13, 0), (14, 2), (17, 2), (18, 4), (21, 4), (22, 5)] {
        assert_eq!(at(UNEVEN, Some(watermark), &[12, 10]).late_rows, missed, "{watermark}");
    }
    assert_eq!(left_out(&at(UNEVEN, Some(18), &[12, 10])), [late(1)]);
}

#[test]
fn a_session_is_late_when_its_own_gap_is_over() {
    let timed = at(SESSION, Some(20), &[9, 10, 11]);
    assert_eq!(left_out(&timed), [late(0), late(1)]);
    assert_eq!((timed.late_rows, starts(&timed)), (2, vec![11]));
    assert_eq!(numbers(&timed.rows, "__end"), [21]);
}

#[test]
fn rows_beyond_the_latest_time_do_not_count() {
    let lateness = Lateness {
        watermark: None,
        latest: Some(100),
    };
    let timed = split(TUMBLING, lateness, &rows(&[Some(100), Some(101), Some(5)])).unwrap();
    assert_eq!(left_out(&timed), [ahead(1)]);
    assert_eq!((timed.rows_ahead, timed.late_rows), (1, 0));
    assert_eq!(starts(&timed), [100, 0]);
}

#[test]
fn rows_without_a_time_are_in_no_window_and_not_late() {
    for window in [TUMBLING, SLIDING, SESSION] {
        let lateness = Lateness {
            watermark: Some(20),
            latest: Some(100),
        };
        let timed = split(window, lateness, &rows(&[None, Some(50), None])).unwrap();
        assert_eq!(numbers(&timed.rows, "n"), [1]);
        assert_eq!((timed.rows_without_time, timed.late_rows, timed.rows_ahead), (2, 0, 0));
        assert!(timed.late.is_none());

        let timed = split(window, lateness, &rows(&[None])).unwrap();
        assert_eq!((timed.rows.num_rows(), timed.rows_without_time), (0, 1));
    }
}

#[test]
fn all_kinds_of_rows_at_once() {
    let lateness = Lateness {
        watermark: Some(20),
        latest: Some(100),
    };
    let timed = split(
        TUMBLING,
        lateness,
        &rows(&[Some(30), Some(101), None, Some(3), Some(20)]),
    )
    .unwrap();
    assert_eq!(left_out(&timed), [ahead(1), late(3)]);
    assert_eq!((timed.rows_ahead, timed.late_rows, timed.rows_without_time), (1, 1, 1));
    assert_eq!(numbers(&timed.rows, "n"), [0, 4]);
    let names = timed.late.as_ref().unwrap().column_by_name("name").unwrap();
    assert_eq!(names.as_string::<i32>().value(1), "row 3");
}

#[test]
fn no_rows_stay_none() {
    for window in [TUMBLING, SESSION] {
        let timed = at(window, Some(20), &[]);
        assert_eq!(timed.rows.num_rows(), 0);
        assert!(timed.late.is_none());
    }
}

#[test]
fn times_alone_are_rows_too() {
    // A `count(*)` needs no column but the time.
    let times = rows(&[Some(5), None, Some(25)]).project(&[2]).unwrap();
    let timed = split(TUMBLING, Lateness::default(), &times).unwrap();
    assert_eq!((starts(&timed), timed.rows_without_time), (vec![0, 20], 1));
    let lateness = Lateness {
        watermark: Some(10),
        latest: None,
    };
    let timed = split(TUMBLING, lateness, &times).unwrap();
    assert_eq!(starts(&timed), [20]);
    let late = timed.late.unwrap();
    assert_eq!(
        (late.num_rows(), late.schema()),
        (1, late_schema(&times.project(&[]).unwrap().schema()))
    );
}

#[test]
fn the_ends_of_time_are_no_trouble() {
    for window in [TUMBLING, SLIDING, UNEVEN, SESSION] {
        for time in [i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX] {
            for watermark in [None, Some(i64::MIN), Some(0), Some(i64::MAX)] {
                let timed = at(window, watermark, &[time]);
                let late = timed.late.as_ref().map_or(0, RecordBatch::num_rows);
                assert_eq!(timed.rows.num_rows() + late, 1, "{window:?} {time} {watermark:?}");
            }
        }
    }
}
