use std::sync::Arc;

use arrow::array::AsArray;

use super::super::fixture_test::{Group, Record, Stream, empty, sql, stream_query};
use super::OpenWindow;
use crate::event_time::OutputMode::{self, Append, Complete, Update};
use crate::sql::Aggregation;

const SECOND: i64 = 1_000_000;
const TUMBLING: &str = "window(event_time, '10 seconds')";
const SLIDING: &str = "window(event_time, '10 seconds', '5 seconds')";
const SESSION: &str = "session_window(event_time, '10 seconds')";

/// A record at this second, with its second as the number and its key as the text.
fn at(seconds: i64, key: &'static str) -> Record {
    Record {
        time: Some(seconds * SECOND),
        key: Some(key),
        number: Some(seconds as f64),
        text: Some(key.to_owned()),
    }
}

/// A group as `start..end key: count, sum`, in seconds.
fn shown(groups: &[Group]) -> Vec<String> {
    let one = |group: &Group| {
        let (start, end) = (group.start / SECOND, group.end / SECOND);
        let sum = group.sum.map_or("null".to_owned(), |sum| sum.to_string());
        let key = group.key.as_deref().unwrap_or("null");
        format!("{start}..{end} {key}: {}, {sum}", group.count)
    };
    groups.iter().map(one).collect()
}

async fn query(call: &str, mode: OutputMode) -> Arc<Aggregation> {
    stream_query(&sql(call), mode).await
}

/// A stream that waits no time for records.
async fn stream(call: &str, mode: OutputMode) -> Stream {
    Stream::new(&query(call, mode).await, mode, 0)
}

/// The results of one chunk.
async fn batch(stream: &mut Stream, records: &[Record]) -> Vec<String> {
    shown(&stream.batch(&[records.to_vec()]).await)
}

const NOTHING: [&str; 0] = [];

#[tokio::test]
async fn tumbling_windows_are_appended_once_when_they_are_final() {
    let mut stream = stream(TUMBLING, Append).await;
    assert_eq!(batch(&mut stream, &[at(1, "a"), at(2, "b"), at(9, "a")]).await, NOTHING);
    // The watermark is at 9; then it reaches 10, which closes the first window in the batch after.
    assert_eq!(batch(&mut stream, &[at(10, "a")]).await, NOTHING);
    assert_eq!(stream.forgotten, 0);
    assert_eq!(
        batch(&mut stream, &[at(11, "b")]).await,
        ["0..10 a: 2, 10", "0..10 b: 1, 2"]
    );
    assert_eq!(
        (stream.forgotten, stream.groups.len(), stream.groups.window_count()),
        (2, 2, 1)
    );
    assert_eq!(batch(&mut stream, &[at(40, "a")]).await, NOTHING);
    assert_eq!(batch(&mut stream, &[]).await, ["10..20 a: 1, 10", "10..20 b: 1, 11"]);
    assert_eq!(batch(&mut stream, &[]).await, NOTHING);
    assert_eq!(stream.groups.len(), 1);
}

#[tokio::test]
async fn tumbling_windows_are_updated_where_a_batch_changed_them() {
    let mut stream = stream(TUMBLING, Update).await;
    assert_eq!(
        batch(&mut stream, &[at(1, "a"), at(2, "b"), at(12, "a")]).await,
        ["0..10 a: 1, 1", "0..10 b: 1, 2", "10..20 a: 1, 12"]
    );
    assert_eq!(stream.changed, 3);
    // Time went on to 12, but what was before is late only from the next batch on.
    assert_eq!(batch(&mut stream, &[at(3, "b")]).await, ["0..10 b: 2, 5"]);
    assert_eq!((stream.changed, stream.forgotten, stream.late_rows), (1, 2, 0));
    assert_eq!(
        batch(&mut stream, &[at(4, "b"), at(13, "c")]).await,
        ["10..20 c: 1, 13"]
    );
    assert_eq!(stream.late_rows, 1);
    assert_eq!(batch(&mut stream, &[]).await, NOTHING);
}

#[tokio::test]
async fn tumbling_windows_are_complete_every_time() {
    let mut stream = stream(TUMBLING, Complete).await;
    assert_eq!(
        batch(&mut stream, &[at(1, "a"), at(100, "a")]).await,
        ["0..10 a: 1, 1", "100..110 a: 1, 100"]
    );
    // Nothing is late, and nothing is forgotten.
    assert_eq!(batch(&mut stream, &[]).await, ["0..10 a: 1, 1", "100..110 a: 1, 100"]);
    assert_eq!(
        batch(&mut stream, &[at(2, "a")]).await,
        ["0..10 a: 2, 3", "100..110 a: 1, 100"]
    );
    assert_eq!((stream.forgotten, stream.late_rows), (0, 0));
}

#[tokio::test]
async fn windows_that_slide_are_appended_one_by_one() {
    let mut stream = stream(SLIDING, Append).await;
    batch(&mut stream, &[at(1, "a"), at(6, "a"), at(7, "b")]).await;
    // The window before the epoch is one too.
    assert_eq!(batch(&mut stream, &[at(10, "a")]).await, ["-5..5 a: 1, 1"]);
    assert_eq!(
        batch(&mut stream, &[at(15, "b")]).await,
        ["0..10 a: 2, 7", "0..10 b: 1, 7"]
    );
    // Its pane from 0 is in no open window any more, that from 5 is in one.
    assert_eq!((stream.forgotten, stream.groups.window_count()), (1, 3));
    assert_eq!(
        batch(&mut stream, &[at(40, "z")]).await,
        ["5..15 a: 2, 16", "5..15 b: 1, 7"]
    );
    assert_eq!(
        batch(&mut stream, &[]).await,
        ["10..20 a: 1, 10", "10..20 b: 1, 15", "15..25 b: 1, 15"]
    );
    assert_eq!(batch(&mut stream, &[]).await, NOTHING);
}

#[tokio::test]
async fn windows_that_slide_are_updated_with_what_their_other_panes_have() {
    let mut stream = stream(SLIDING, Update).await;
    assert_eq!(
        batch(&mut stream, &[at(6, "a")]).await,
        ["0..10 a: 1, 6", "5..15 a: 1, 6"]
    );
    assert_eq!(
        batch(&mut stream, &[at(11, "a"), at(12, "b")]).await,
        ["5..15 a: 2, 17", "5..15 b: 1, 12", "10..20 a: 1, 11", "10..20 b: 1, 12"]
    );
}

#[tokio::test]
async fn a_row_late_for_one_window_still_counts_in_the_other() {
    let mut stream = stream(SLIDING, Append).await;
    batch(&mut stream, &[at(11, "a")]).await;
    batch(&mut stream, &[at(12, "a")]).await;
    // The window that ended at 10 is closed, the one that ends at 15 is not.
    assert_eq!(batch(&mut stream, &[at(6, "a"), at(30, "z")]).await, NOTHING);
    assert_eq!(stream.late_rows, 1);
    assert_eq!(batch(&mut stream, &[]).await, ["5..15 a: 3, 29", "10..20 a: 2, 23"]);
}

#[tokio::test]
async fn sessions_are_appended_when_their_gap_is_over() {
    let mut stream = stream(SESSION, Append).await;
    assert_eq!(batch(&mut stream, &[at(1, "a"), at(5, "a"), at(3, "b")]).await, NOTHING);
    assert_eq!(stream.changed, 2);
    // Joined to what is there, up to where it ends; and one that begins anew.
    assert_eq!(batch(&mut stream, &[at(15, "a"), at(14, "b")]).await, NOTHING);
    assert_eq!(stream.groups.len(), 3);
    assert_eq!(batch(&mut stream, &[at(50, "z")]).await, ["3..13 b: 1, 3"]);
    assert_eq!((stream.forgotten, stream.groups.len()), (1, 3));
    assert_eq!(batch(&mut stream, &[]).await, ["1..25 a: 3, 21", "14..24 b: 1, 14"]);
    assert_eq!(batch(&mut stream, &[]).await, NOTHING);
}

#[tokio::test]
async fn a_row_between_two_sessions_makes_them_one() {
    for mode in [Append, Complete] {
        let mut stream = Stream::new(&query(SESSION, mode).await, mode, 100 * SECOND);
        batch(&mut stream, &[at(100, "a"), at(115, "a"), at(107, "b")]).await;
        assert_eq!(stream.groups.len(), 3);
        let late = batch(&mut stream, &[at(108, "a")]).await;
        assert_eq!((stream.changed, stream.groups.len()), (1, 2), "{mode:?}");
        let expected = ["100..125 a: 3, 323", "107..117 b: 1, 107"];
        if mode == Complete {
            assert_eq!(late, expected);
            continue;
        }
        batch(&mut stream, &[at(300, "z")]).await;
        assert_eq!(batch(&mut stream, &[]).await, expected);
    }
}

#[tokio::test]
async fn sessions_are_complete_every_time() {
    let mut stream = stream(SESSION, Complete).await;
    assert_eq!(
        batch(&mut stream, &[at(1, "a"), at(50, "a")]).await,
        ["1..11 a: 1, 1", "50..60 a: 1, 50"]
    );
    assert_eq!(
        batch(&mut stream, &[at(2, "a")]).await,
        ["1..12 a: 2, 3", "50..60 a: 1, 50"]
    );
    assert_eq!(stream.forgotten, 0);
}

#[tokio::test]
async fn a_session_that_several_chunks_change_is_one_changed_group() {
    for call in [TUMBLING, SESSION] {
        let mut stream = stream(call, Append).await;
        stream
            .batch(&[vec![at(1, "a")], vec![at(2, "a")], vec![at(3, "b"), at(4, "a")]])
            .await;
        assert_eq!(stream.changed, 2, "{call}");
        stream.batch(&[]).await;
        assert_eq!(stream.changed, 0, "{call}");
    }
}

#[tokio::test]
async fn a_null_is_a_key_and_a_sum_of_nulls_is_null() {
    let null = Record {
        key: None,
        number: None,
        text: None,
        ..at(1, "")
    };
    for call in [TUMBLING, SLIDING, SESSION] {
        let mut stream = stream(call, Complete).await;
        batch(&mut stream, &[at(1, "a")]).await;
        // What was there has a sum, what is new has none.
        let groups = stream.batch(&[vec![at(1, "a"), null.clone(), null.clone()]]).await;
        let (nulls, others): (Vec<Group>, Vec<Group>) = groups.into_iter().partition(|group| group.key.is_none());
        assert!(!nulls.is_empty() && !others.is_empty(), "{call}");
        for group in nulls {
            assert_eq!((group.count, group.sum, group.avg), (2, None, None), "{call}");
            assert_eq!((group.min, group.distinct), (None, 0), "{call}");
        }
        for group in others {
            assert_eq!((group.count, group.sum, group.avg), (2, Some(2.0), Some(1.0)), "{call}");
            assert_eq!((group.min.as_deref(), group.distinct), (Some("a"), 1), "{call}");
        }
    }
}

#[tokio::test]
async fn going_on_from_a_snapshot_is_going_on() {
    let batches = [
        vec![at(1, "a"), at(6, "b"), at(7, "a")],
        vec![at(12, "a"), at(3, "b")],
        vec![at(18, "c"), at(11, "a"), at(40, "b")],
        vec![at(41, "a")],
        vec![],
        vec![at(90, "a")],
        vec![],
    ];
    for (call, mode) in [
        (TUMBLING, Append),
        (TUMBLING, Update),
        (TUMBLING, Complete),
        (SLIDING, Append),
        (SLIDING, Update),
        (SLIDING, Complete),
        (SESSION, Append),
        (SESSION, Complete),
    ] {
        let query = query(call, mode).await;
        let mut straight = Stream::new(&query, mode, 5 * SECOND);
        let mut restarted = Stream::new(&query, mode, 5 * SECOND);
        for (number, records) in batches.iter().enumerate() {
            let expected = batch(&mut straight, records).await;
            assert_eq!(
                batch(&mut restarted, records).await,
                expected,
                "{call} {mode:?} {number}"
            );
            restarted.restart();
            assert_eq!(restarted.groups.changed(), 0);
            let kept = |stream: &Stream| {
                (
                    stream.groups.len(),
                    stream.groups.window_count(),
                    stream.groups.emitted(),
                )
            };
            assert_eq!(kept(&restarted), kept(&straight), "{call} {mode:?} {number}");
        }
    }
}

#[tokio::test]
async fn a_batch_that_is_done_again_gives_the_same() {
    let mut stream = stream(TUMBLING, Append).await;
    batch(&mut stream, &[at(1, "a"), at(30, "a")]).await;
    let watermark = Some(stream.watermark.current());
    // Nothing is used up before the batch ends, but what came out does not come out again.
    let snapshot = stream.groups.snapshot().unwrap();
    let emitted = stream.groups.emitted();
    let first = stream.groups.emit(Append, Some(0), watermark).unwrap();
    assert_eq!(stream.groups.snapshot().unwrap(), snapshot);
    assert!(stream.groups.emit(Append, Some(0), watermark).unwrap().is_empty());
    let query = query(TUMBLING, Append).await;
    stream.groups = empty(&query);
    stream.groups.resume(&snapshot, emitted).unwrap();
    assert_eq!(stream.groups.emit(Append, Some(0), watermark).unwrap(), first);
}

#[tokio::test]
async fn an_empty_snapshot_is_one_too() {
    for call in [TUMBLING, SESSION] {
        let mut stream = stream(call, Append).await;
        assert!(stream.groups.is_empty());
        let rows = stream.groups.snapshot().unwrap();
        assert_eq!(rows.num_rows(), 0);
        stream.restart();
        batch(&mut stream, &[at(1, "a"), at(30, "b")]).await;
        assert_eq!(batch(&mut stream, &[]).await.len(), 1, "{call}");
    }
}

#[tokio::test]
async fn without_a_watermark_nothing_is_final() {
    for call in [TUMBLING, SESSION] {
        let mut stream = stream(call, Append).await;
        batch(&mut stream, &[at(1, "a"), at(100, "a")]).await;
        assert!(stream.groups.emit(Append, None, None).unwrap().is_empty());
        assert_eq!((stream.groups.end_batch(None), stream.groups.len()), (0, 2));
    }
}

#[tokio::test]
async fn groups_given_back_leave_room_for_others() {
    for call in [TUMBLING, SLIDING, SESSION] {
        let mut stream = stream(call, Append).await;
        let mut most = 0;
        for round in 0..50_i64 {
            let begin = round * 100;
            let records: Vec<Record> = ["a", "b", "c", "d"].map(|key| at(begin, key)).to_vec();
            let out = batch(&mut stream, &records).await;
            // One batch moves the watermark, the next one uses it.
            let before = begin - 200;
            let sums = out
                .iter()
                .filter(|group| group.ends_with(&format!(": 1, {before}")))
                .count();
            assert_eq!(sums, out.len(), "{call} {out:?}");
            most = most.max(stream.groups.len());
        }
        assert_eq!(most, 8, "{call}: the round at hand and the one before it");
        stream.groups.end_batch(Some(i64::MAX));
        assert_eq!(stream.groups.len(), 0, "{call}");
        assert_eq!((stream.groups.bytes(), stream.groups.window_count()), (0, 0), "{call}");
    }
}

#[tokio::test]
async fn which_windows_are_open() {
    let open = |start: i64, end: i64, groups| OpenWindow {
        start: start * SECOND,
        end: end * SECOND,
        groups,
    };
    let records = [at(1, "a"), at(2, "b"), at(12, "a")];
    for (call, watermark, expected) in [
        (TUMBLING, None, vec![open(0, 10, 2), open(10, 20, 1)]),
        (TUMBLING, Some(9), vec![open(0, 10, 2), open(10, 20, 1)]),
        (TUMBLING, Some(10), vec![open(10, 20, 1)]),
        (SLIDING, Some(5), vec![open(0, 10, 2), open(5, 15, 1), open(10, 20, 1)]),
        (SESSION, Some(11), vec![open(2, 12, 1), open(12, 22, 1)]),
        (SESSION, Some(22), vec![]),
    ] {
        let mut stream = stream(call, Append).await;
        batch(&mut stream, &records).await;
        let watermark = watermark.map(|seconds: i64| seconds * SECOND);
        assert_eq!(stream.groups.open_windows(watermark), expected, "{call} {watermark:?}");
    }
}

#[tokio::test]
async fn the_group_that_holds_the_most() {
    for call in [TUMBLING, SESSION] {
        let mut stream = stream(call, Append).await;
        let long = Record {
            text: Some("x".repeat(1000)),
            ..at(12, "long")
        };
        batch(&mut stream, &[at(1, "a"), long, at(13, "b")]).await;
        let largest = stream.groups.largest(2).unwrap();
        assert_eq!(largest.len(), 2, "{call}");
        assert_eq!(largest[0].keys[0].as_string::<i32>().value(0), "long", "{call}");
        assert!(largest[0].bytes > 1000 && largest[0].bytes > largest[1].bytes, "{call}");
        let begin = if call == TUMBLING { 10 } else { 12 };
        assert_eq!(largest[0].start, Some(begin * SECOND), "{call}");
        assert!(stream.groups.largest(0).unwrap().is_empty());
    }
}
