//! However the same rows are split into batches and chunks, the answer is the batch query's.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use super::testing::{Metric, Stream, answer};
use crate::event_time::OutputMode;

const HOSTS: [Option<&str>; 4] = [Some("a"), Some("b"), Some("c"), None];

const WINDOWS: [&str; 5] = [
    "window(event_time, '10 seconds')",
    "window(event_time, '10 seconds', '5 seconds')",
    "window(event_time, '7 seconds', '3 seconds', '-1 second')",
    "window(event_time, '1 second')",
    "session_window(event_time, '4 seconds')",
];

fn sql(window: &str, keys: bool) -> String {
    let name = window.split('(').next().unwrap();
    let (select, group) = if keys { (", host", ", host") } else { ("", "") };
    format!(
        "SELECT {name}{select}, count(*) AS n, count(cpu) AS c, round(sum(cpu), 3) AS s, round(avg(cpu), 3) AS a, min(host) AS lo, \
         max(cpu) AS hi, count(DISTINCT host) AS hosts FROM m GROUP BY {window}{group}"
    )
}

/// Rows and where they are cut: 0 goes on, 1 begins a chunk, 2 a batch.
fn rows() -> impl Strategy<Value = Vec<(Metric, u8)>> {
    let time = prop_oneof![9 => (1000_i64..1060).prop_map(Some), 1 => Just(None)];
    let cpu = prop_oneof![4 => (0..1000_i32).prop_map(|cents| Some(f64::from(cents) / 4.0)), 1 => Just(None)];
    let row = (time, prop::sample::select(&HOSTS[..]), cpu);
    let cut = prop_oneof![6 => Just(0), 2 => Just(1), 1 => Just(2)];
    prop::collection::vec((row, cut), 1..60)
}

/// Batches of chunks.
fn cut(rows: &[(Metric, u8)]) -> Vec<Vec<Vec<Metric>>> {
    let mut batches = vec![vec![Vec::new()]];
    for (row, cut) in rows {
        match cut {
            2 => batches.push(vec![Vec::new()]),
            1 => batches.last_mut().unwrap().push(Vec::new()),
            _ => {}
        }
        batches.last_mut().unwrap().last_mut().unwrap().push(*row);
    }
    batches
}

async fn run(stream: &mut Stream, batches: &[Vec<Vec<Metric>>]) -> Vec<Vec<Value>> {
    let mut out = Vec::new();
    for batch in batches {
        let chunks: Vec<&[Metric]> = batch.iter().map(Vec::as_slice).collect();
        out.push(stream.batch(&chunks).await);
    }
    out
}

/// A row's group: its columns up to the first aggregate.
fn group(row: &Value) -> String {
    let columns = row.as_object().unwrap().iter();
    columns
        .take_while(|(name, _)| *name != "n")
        .map(|(_, value)| value.to_string())
        .collect()
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]

    #[test]
    fn append_gives_what_the_batch_query_gives(rows in rows(), window in prop::sample::select(&WINDOWS[..]), keys in any::<bool>()) {
        let sql = sql(window, keys);
        wait(async {
            // Nothing is late, and a row far behind closes all.
            let mut stream = Stream::new(&sql, OutputMode::Append, 100).await;
            let mut out = run(&mut stream, &cut(&rows)).await;
            let last: &[Metric] = &[(Some(5000), Some("z"), None)];
            out.push(stream.batch(&[last]).await);
            out.push(stream.batch(&[]).await);
            let mut out: Vec<Value> = out.concat();
            out.sort_by_key(Value::to_string);
            let rows: Vec<Metric> = rows.iter().map(|(row, _)| *row).collect();
            assert_eq!(out, answer(&sql, &rows).await, "{sql}");
            // The row that closed all is what is left.
            assert_eq!((stream.late_rows, stream.groups.len()), (0, 1));
        });
    }

    #[test]
    fn the_last_update_of_a_group_is_its_complete_result(rows in rows(), window in prop::sample::select(&WINDOWS[..4]), keys in any::<bool>()) {
        let sql = sql(window, keys);
        wait(async {
            let batches = cut(&rows);
            let mut updates = Stream::new(&sql, OutputMode::Update, 100).await;
            let mut latest = BTreeMap::new();
            for row in run(&mut updates, &batches).await.concat() {
                latest.insert(group(&row), row);
            }
            let mut complete = Stream::new(&sql, OutputMode::Complete, 100).await;
            let whole = run(&mut complete, &batches).await.pop().unwrap();
            let whole: BTreeMap<String, Value> = whole.into_iter().map(|row| (group(&row), row)).collect();
            assert_eq!(latest, whole, "{sql}");
        });
    }

    #[test]
    fn going_on_from_a_snapshot_is_going_on(rows in rows(), window in prop::sample::select(&WINDOWS[..]), delay in 0_i64..40) {
        let sql = sql(window, true);
        wait(async {
            let batches = cut(&rows);
            let mut straight = Stream::new(&sql, OutputMode::Append, delay).await;
            let wanted = run(&mut straight, &batches).await;
            let mut stream = Stream::new(&sql, OutputMode::Append, delay).await;
            let mut out = Vec::new();
            for batch in &batches {
                // Between any two batches.
                let (snapshot, emitted) = (stream.groups.snapshot().unwrap(), stream.groups.emitted());
                let fresh = Stream::new(&sql, OutputMode::Append, delay).await;
                stream.groups = fresh.groups;
                stream.groups.resume(&snapshot, emitted).unwrap();
                let chunks: Vec<&[Metric]> = batch.iter().map(Vec::as_slice).collect();
                out.push(stream.batch(&chunks).await);
            }
            assert_eq!(out, wanted, "{sql}");
            assert_eq!(stream.late_rows, straight.late_rows);
        });
    }
}
