//! What is in a piece of what is kept, and groups restored of pieces.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, TimestampMicrosecondArray};
use arrow::datatypes::Int64Type;

use super::Groups;
use super::fixture_test::{Record, Stream, empty, sql, stream_query};
use super::testing;
use crate::event_time::OutputMode::{self, Append, Complete, Update};

const SECOND: i64 = 1_000_000;
const TUMBLING: &str = "window(event_time, '10 seconds')";
const SLIDING: &str = "window(event_time, '10 seconds', '5 seconds')";
const SESSION: &str = "session_window(event_time, '10 seconds')";

fn at(seconds: i64, key: &'static str) -> Record {
    Record {
        time: Some(seconds * SECOND),
        key: Some(key),
        number: Some(seconds as f64),
        text: Some(key.to_owned()),
    }
}

/// A stream that waits no time for records, and remembers what changed.
async fn tracked(call: &str, mode: OutputMode) -> Stream {
    let mut stream = Stream::new(&stream_query(&sql(call), mode).await, mode, 0);
    stream.groups.track();
    stream
}

/// The rows of a piece as `start key: count`, or `start..end key: count` of sessions, in seconds.
fn shown(piece: &RecordBatch, bounds: usize) -> Vec<String> {
    let long = |column: usize, row: usize| piece.column(column).as_primitive::<Int64Type>().value(row);
    let one = |row: usize| {
        let window: Vec<String> = (0..bounds)
            .map(|column| (long(column, row) / SECOND).to_string())
            .collect();
        let keys = piece.column(bounds).as_string::<i32>();
        let key = if keys.is_valid(row) { keys.value(row) } else { "null" };
        format!("{} {key}: {}", window.join(".."), long(bounds + 1, row))
    };
    (0..piece.num_rows()).map(one).collect()
}

fn changes(stream: &mut Stream) -> Vec<String> {
    let bounds = stream.bounds();
    shown(&stream.groups.take_changes().unwrap(), bounds)
}

async fn batch(stream: &mut Stream, records: &[Record]) -> usize {
    stream.batch(&[records.to_vec()]).await.len()
}

const NOTHING: [&str; 0] = [];

#[tokio::test]
async fn changes_are_the_changed_groups_as_they_are_now() {
    let mut stream = tracked(TUMBLING, Complete).await;
    batch(&mut stream, &[at(11, "a"), at(1, "b"), at(2, "a")]).await;
    batch(&mut stream, &[at(3, "b")]).await;
    assert_eq!(stream.groups.unsaved(), 3);
    // By pane, in the order in which they came.
    assert_eq!(changes(&mut stream), ["0 b: 2", "0 a: 1", "10 a: 1"]);
    assert_eq!(changes(&mut stream), NOTHING);
    batch(&mut stream, &[at(4, "a"), at(5, "a"), at(25, "c")]).await;
    batch(&mut stream, &[]).await;
    assert_eq!(changes(&mut stream), ["0 a: 3", "20 c: 1"]);
    batch(&mut stream, &[at(1, "b")]).await;
    assert_eq!(stream.groups.take_all().unwrap(), stream.groups.snapshot().unwrap());
    assert_eq!(changes(&mut stream), NOTHING);
    batch(&mut stream, &[at(1, "b")]).await;
    assert_eq!(changes(&mut stream), ["0 b: 4"]);
}

#[tokio::test]
async fn all_sessions_of_a_key_change_together() {
    let mut stream = tracked(SESSION, Complete).await;
    batch(&mut stream, &[at(1, "b"), at(1, "a"), at(50, "a"), at(50, "c")]).await;
    assert_eq!(
        changes(&mut stream),
        ["1..11 a: 1", "50..60 a: 1", "1..11 b: 1", "50..60 c: 1"]
    );
    batch(&mut stream, &[at(51, "a")]).await;
    assert_eq!(stream.groups.unsaved(), 1);
    assert_eq!(changes(&mut stream), ["1..11 a: 1", "50..61 a: 2"]);
    assert_eq!(changes(&mut stream), NOTHING);
}

#[tokio::test]
async fn what_was_there_before_it_is_tracked_has_not_changed() {
    for call in [TUMBLING, SESSION] {
        let mut stream = Stream::new(&stream_query(&sql(call), Complete).await, Complete, 0);
        batch(&mut stream, &[at(1, "a"), at(1, "b")]).await;
        let refused = stream.groups.take_changes().unwrap_err();
        assert!(
            refused.to_string().contains("changes of groups were not tracked"),
            "{refused}"
        );
        stream.groups.track();
        assert_eq!(changes(&mut stream), NOTHING, "{call}");
        batch(&mut stream, &[at(2, "b")]).await;
        // Once is enough.
        stream.groups.track();
        assert_eq!(changes(&mut stream).len(), 1, "{call}");
    }
}

#[tokio::test]
async fn what_is_taken_amid_a_batch_still_counts_as_changed() {
    for (call, bounds) in [(TUMBLING, 1), (SESSION, 2)] {
        let mut source = Stream::new(&stream_query(&sql(call), Complete).await, Complete, 0);
        batch(&mut source, &[at(1, "a"), at(2, "b")]).await;
        let rows = source.groups.snapshot().unwrap();
        let mut stream = tracked(call, Complete).await;
        stream.groups.merge(&rows).unwrap();
        let taken = stream.groups.take_changes().unwrap();
        assert_eq!(taken.num_rows(), 2, "{call}");
        stream.groups.merge(&rows.slice(0, 1)).unwrap();
        stream.groups.end_batch(None);
        let again = shown(&stream.groups.take_changes().unwrap(), bounds);
        assert_eq!(
            (again.len(), again[0].ends_with("a: 2")),
            (2, true),
            "{call}: {again:?}"
        );
        assert_eq!(changes(&mut stream), NOTHING, "{call}");
    }
}

#[tokio::test]
async fn what_was_forgotten_is_not_among_the_changes() {
    for call in [TUMBLING, SLIDING, SESSION] {
        let mut stream = tracked(call, Append).await;
        batch(&mut stream, &[at(1, "a"), at(2, "b")]).await;
        batch(&mut stream, &[at(100, "c")]).await;
        let before = stream.groups.len();
        // Both are forgotten, and one of their slots is given to what comes anew under the old key.
        batch(&mut stream, &[at(101, "a")]).await;
        batch(&mut stream, &[at(102, "a"), at(103, "d")]).await;
        assert_eq!(
            (before, stream.groups.len(), stream.groups.unsaved()),
            (3, 3, 3),
            "{call}"
        );
        let mut changed = changes(&mut stream);
        changed.sort();
        let expected = match call {
            SESSION => ["100..110 c: 1", "101..112 a: 2", "103..113 d: 1"],
            _ => ["100 a: 2", "100 c: 1", "100 d: 1"],
        };
        assert_eq!(changed, expected, "{call}");
        assert_eq!(stream.groups.forgotten(), 101 * SECOND, "{call}");
    }
}

#[tokio::test]
async fn a_session_that_was_forgotten_does_not_take_its_key_along() {
    let mut stream = tracked(SESSION, Append).await;
    batch(&mut stream, &[at(1, "a"), at(40, "a"), at(1, "b")]).await;
    // What ends at 11 is forgotten.
    batch(&mut stream, &[]).await;
    assert_eq!(stream.forgotten, 2);
    assert_eq!(changes(&mut stream), ["40..50 a: 1"]);
    let mut all = tracked(SESSION, Append).await;
    batch(&mut all, &[at(1, "a"), at(40, "a"), at(1, "b")]).await;
    let first = all.groups.take_all().unwrap();
    batch(&mut all, &[at(41, "c")]).await;
    // Nothing of `a` changed; the piece before has what is gone.
    let pieces = [first, all.groups.take_changes().unwrap()];
    assert_eq!(shown(&pieces[1], 2), ["41..51 c: 1"]);
    let restored = restored(&all, &pieces);
    assert_eq!(shown(&restored.snapshot().unwrap(), 2), ["40..50 a: 1", "41..51 c: 1"]);
}

/// New groups of these pieces.
fn restored(stream: &Stream, pieces: &[RecordBatch]) -> Groups {
    let mut groups = stream.empty();
    let (emitted, forgotten) = (stream.groups.emitted(), stream.groups.forgotten());
    groups.restore(pieces, emitted, forgotten).unwrap();
    assert_eq!(groups.snapshot().unwrap(), stream.groups.snapshot().unwrap());
    assert_eq!(groups.bytes(), stream.groups.bytes());
    groups
}

#[tokio::test]
async fn sessions_that_became_one_are_restored_as_one() {
    let mut stream = Stream::new(&stream_query(&sql(SESSION), Append).await, Append, 100 * SECOND);
    stream.groups.track();
    batch(&mut stream, &[at(100, "a"), at(115, "a"), at(107, "b")]).await;
    let first = stream.groups.take_all().unwrap();
    batch(&mut stream, &[at(108, "a")]).await;
    let second = stream.groups.take_changes().unwrap();
    assert_eq!(shown(&second, 2), ["100..125 a: 3"]);
    stream.groups = restored(&stream, &[first, second]);
    assert_eq!((stream.groups.len(), stream.groups.changed()), (2, 0));
    batch(&mut stream, &[at(300, "z")]).await;
    assert_eq!(batch(&mut stream, &[]).await, 2);
}

/// A session that was forgotten, and one of its key that begins before it ended: they don't become one.
#[tokio::test]
async fn a_session_beside_one_that_was_forgotten() {
    let mut stream = tracked(SESSION, Append).await;
    batch(&mut stream, &[at(1, "a"), at(12, "b")]).await;
    let first = stream.groups.take_all().unwrap();
    batch(&mut stream, &[at(13, "b")]).await;
    assert_eq!(stream.forgotten, 1);
    // Up to 11 all is gone; what begins at 5 ends at 15, behind the 12 that was the watermark of the batch before.
    batch(&mut stream, &[at(5, "a")]).await;
    assert_eq!(stream.late_rows, 0);
    let second = stream.groups.take_changes().unwrap();
    let restored = restored(&stream, &[first, second]);
    assert_eq!(shown(&restored.snapshot().unwrap(), 2), ["5..15 a: 1", "12..23 b: 2"]);
}

#[tokio::test]
async fn windows_that_came_out_do_not_come_out_of_restored_groups() {
    let mut stream = tracked(SLIDING, Append).await;
    batch(&mut stream, &[at(1, "a"), at(6, "a"), at(7, "b")]).await;
    let first = stream.groups.take_all().unwrap();
    assert_eq!(batch(&mut stream, &[at(10, "a")]).await, 1);
    let second = stream.groups.take_changes().unwrap();
    assert_eq!(batch(&mut stream, &[]).await, 2);
    let third = stream.groups.take_changes().unwrap();
    assert_eq!((second.num_rows(), third.num_rows()), (1, 0));
    // The pane from 5 was in windows that came out, and is in one that is open.
    stream.groups = restored(&stream, &[first, second, third]);
    assert_eq!(stream.groups.emitted(), 10 * SECOND);
    batch(&mut stream, &[at(40, "z")]).await;
    assert_eq!(batch(&mut stream, &[]).await, 3);
    assert_eq!(batch(&mut stream, &[]).await, 0);
}

#[tokio::test]
async fn nothing_grows_while_groups_are_forgotten() {
    for call in [TUMBLING, SLIDING, SESSION] {
        for tracks in [false, true] {
            let mut stream = Stream::new(&stream_query(&sql(call), Append).await, Append, 0);
            if tracks {
                stream.groups.track();
            }
            for round in 0..60_i64 {
                let keys = ["a", "b", "c", "d", "e", "f"];
                let records: Vec<Record> = (0..4)
                    .map(|n| at(round * 100 + n, keys[(round + n) as usize % 6]))
                    .collect();
                batch(&mut stream, &records).await;
                // Never taken, there is still no more than there are groups.
                let unsaved = stream.groups.unsaved();
                assert!(unsaved <= if tracks { 8 } else { 0 }, "{call}: {unsaved}");
                assert!(stream.groups.len() <= 8, "{call}");
            }
            stream.groups.end_batch(Some(i64::MAX));
            assert_eq!((stream.groups.len(), stream.groups.bytes()), (0, 0), "{call}");
            assert_eq!(stream.groups.unsaved(), 0, "{call}");
            assert_eq!(stream.groups.forgotten(), i64::MAX, "{call}");
        }
    }
}

#[tokio::test]
async fn pieces_of_another_query_are_refused_and_nothing_is_kept() {
    let mut stream = tracked(TUMBLING, Complete).await;
    batch(&mut stream, &[at(1, "a")]).await;
    let own = stream.groups.take_all().unwrap();
    let mut other = tracked(SESSION, Complete).await;
    batch(&mut other, &[at(1, "a")]).await;
    let others = other.groups.take_changes().unwrap();
    let mut groups = stream.empty();
    let mut refused = |pieces: &[&RecordBatch]| {
        let pieces: Vec<RecordBatch> = pieces.iter().copied().cloned().collect();
        let problem = groups.restore(&pieces, 0, 0).unwrap_err();
        assert!(groups.is_empty());
        problem.strip_backtrace()
    };
    let said = [refused(&[&others]), refused(&[&own, &others.slice(0, 0), &own])];
    insta::assert_snapshot!(said.join("\n"), @"
    Execution error: it has columns of the types Int64, Int64, Utf8, Int64, Float64, UInt64, Float64, Utf8, List(Utf8), and the query keeps Int64, Utf8, Int64, Float64, UInt64, Float64, Utf8, List(Utf8)
    Execution error: piece 2 of 3 has columns of the types Int64, Int64, Utf8, Int64, Float64, UInt64, Float64, Utf8, List(Utf8), and the query keeps Int64, Utf8, Int64, Float64, UInt64, Float64, Utf8, List(Utf8)
    ");
    groups.restore(&[own.clone(), own.slice(0, 0)], 0, 0).unwrap();
    assert_eq!(groups.snapshot().unwrap(), own);
    // Only where nothing is.
    let twice = groups.restore(&[own], 0, 0).unwrap_err();
    assert!(twice.to_string().contains("where there are some already"), "{twice}");
    assert_eq!(groups.len(), 1);
}

#[tokio::test]
async fn of_no_pieces_there_are_no_groups() {
    for call in [TUMBLING, SESSION] {
        let mut stream = tracked(call, Append).await;
        let nothing = [stream.groups.take_all().unwrap(), stream.groups.take_changes().unwrap()];
        for pieces in [&nothing[..], &[]] {
            let groups = restored(&stream, pieces);
            assert_eq!((groups.len(), groups.forgotten()), (0, i64::MIN), "{call}");
        }
    }
}

/// More rows than are taken at once, some of which are over, and keys whose sessions lie on both sides of such a cut.
#[tokio::test]
async fn pieces_of_many_groups() {
    let many = 90_000_i64;
    let rows = |from: i64, count: i64| {
        let keys: ArrayRef = Arc::new(Int64Array::from_iter_values(
            (from..from + count).map(|n| n % (many / 3)),
        ));
        let times = (from..from + count).map(|n| n * 3 / many * 60 * SECOND);
        let times: ArrayRef = Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC"));
        RecordBatch::try_from_iter([("k", keys), ("event_time", times)]).unwrap()
    };
    for (window, mode) in [
        ("", Update),
        (", window(event_time, '10 seconds')", Append),
        (", window(event_time, '90 seconds', '30 seconds')", Append),
        (", session_window(event_time, '10 seconds')", Append),
    ] {
        let sql = format!("SELECT k, count(*) AS n FROM r GROUP BY k{window}");
        let all = rows(0, many);
        let mut stream = testing::Stream::over("r", &all.schema(), &sql, mode, 120).await;
        stream.groups.track();
        stream.rows(&[all]).await;
        let mut pieces = vec![stream.groups.take_all().unwrap()];
        // Each key's last session, and so the others; those without a window once.
        stream.rows(&[rows(many / 3 * 2, many / 3)]).await;
        pieces.push(stream.groups.take_changes().unwrap());
        let mut groups = empty(&stream.query);
        groups.restore(&pieces, stream.groups.emitted(), i64::MIN).unwrap();
        assert_eq!(groups.snapshot().unwrap(), stream.groups.snapshot().unwrap(), "{sql}");
        // At 240 seconds, which makes what ends at 120 final.
        stream.rows(&[rows(many / 3 * 4, 1)]).await;
        stream.rows(&[]).await;
        pieces.push(stream.groups.take_changes().unwrap());
        let rows: Vec<usize> = pieces.iter().map(RecordBatch::num_rows).collect();
        let expected = match window {
            "" => [30_000, 30_000, 1],
            _ if window.contains("session") => [90_000, 90_000, 2],
            _ => [90_000, 30_000, 1],
        };
        assert_eq!(rows, expected, "{sql}");
        assert_eq!(stream.groups.forgotten() > i64::MIN, mode == Append, "{sql}");
        let mut groups = empty(&stream.query);
        let (emitted, forgotten) = (stream.groups.emitted(), stream.groups.forgotten());
        groups.restore(&pieces, emitted, forgotten).unwrap();
        assert_eq!(groups.snapshot().unwrap(), stream.groups.snapshot().unwrap(), "{sql}");
        assert_eq!(
            (groups.len(), groups.bytes()),
            (stream.groups.len(), stream.groups.bytes()),
            "{sql}"
        );
        let keys: BTreeSet<i64> = {
            let snapshot = groups.snapshot().unwrap();
            let keys = snapshot.column(snapshot.num_columns() - 2).as_primitive::<Int64Type>();
            keys.values().iter().copied().collect()
        };
        assert_eq!(keys.len(), 30_000, "{sql}");
    }
}

#[tokio::test]
async fn a_query_without_keys_has_one_group_or_none() {
    let query = stream_query(
        "SELECT count(*) AS n, sum(number) AS s, corr(number, number) AS c FROM r",
        Complete,
    )
    .await;
    let mut groups = empty(&query);
    groups.track();
    let mut pieces = vec![groups.take_all().unwrap()];
    assert_eq!(pieces[0].num_rows(), 0);
    for number in [1, 2] {
        let inputs = vec![vec![super::fixture_test::rows(&[at(number, "a"), at(number, "b")])]];
        let rows = query.rows.run(inputs).await.unwrap();
        for partial in query.partial.run(vec![rows]).await.unwrap() {
            groups.merge(&partial).unwrap();
        }
        groups.end_batch(None);
        pieces.push(groups.take_changes().unwrap());
    }
    let mut other = empty(&query);
    other.restore(&pieces, groups.emitted(), groups.forgotten()).unwrap();
    assert_eq!((other.len(), groups.forgotten()), (1, i64::MIN));
    let all = |groups: &mut Groups| groups.emit(Complete, None, None).unwrap();
    assert_eq!(all(&mut other), all(&mut groups));
}
