//! However often what is kept is saved, whole or as what changed, and thrown away and restored: what comes out stays the same, to
//! the bit and in its order.

use arrow::array::RecordBatch;
use proptest::prelude::*;

use super::fixture_test::empty;
use super::testing::{Metric, Stream, metrics};
use crate::event_time::OutputMode::{self, Append, Complete, Update};

const HOSTS: [Option<&str>; 6] = [Some("a"), Some("b"), Some("c"), Some("d"), Some("e"), None];

const GROUPS: [(&str, &[OutputMode]); 6] = [
    ("window(event_time, '10 seconds')", &[Append, Update, Complete]),
    (
        "window(event_time, '10 seconds', '5 seconds')",
        &[Append, Update, Complete],
    ),
    (
        "window(event_time, '7 seconds', '3 seconds', '-1 second')",
        &[Append, Update, Complete],
    ),
    ("session_window(event_time, '4 seconds')", &[Append, Complete]),
    ("session_window(event_time, '1 second')", &[Append, Complete]),
    ("", &[Update, Complete]),
];

fn sql(call: &str, has_keys: bool) -> String {
    let groups: Vec<&str> = [(!call.is_empty(), call), (has_keys, "host")]
        .into_iter()
        .filter_map(|(is_there, group)| is_there.then_some(group))
        .collect();
    let mut named: Vec<String> = Vec::new();
    if let (name, true) = (call.split('(').next().unwrap(), !call.is_empty()) {
        named.extend([format!("{name}.start AS first"), format!("{name}.end AS last")]);
    }
    named.extend(has_keys.then(|| "host".to_owned()));
    let aggregates = "count(*) AS n, sum(cpu) AS s, avg(cpu) AS a, stddev(cpu) AS d, min(host) AS lo, count(DISTINCT host) AS hosts, \
                      array_agg(cpu) AS seen";
    named.push(aggregates.to_owned());
    let by = if groups.is_empty() { "" } else { " GROUP BY " };
    format!("SELECT {} FROM m{by}{}", named.join(", "), groups.join(", "))
}

/// A query and its mode.
fn query() -> impl Strategy<Value = (String, OutputMode)> {
    let group = prop::sample::select(&GROUPS[..]);
    let of = |((call, modes), has_keys): ((&str, &'static [OutputMode]), bool)| {
        (Just(sql(call, has_keys)), prop::sample::select(modes))
    };
    (group, prop::bool::weighted(0.8)).prop_flat_map(of)
}

/// What happens at a batch's edge.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Edge {
    Nothing,
    All,
    Changes,
}

#[derive(Debug, Clone)]
struct Batch {
    chunks: Vec<Vec<Metric>>,
    edge: Edge,
    /// Whether what was saved is restored.
    is_restored: bool,
}

/// Batches whose times go on, with rows that are early and late.
fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let cpu = prop_oneof![4 => (0..1000_i32).prop_map(|thirds| Some(f64::from(thirds) / 3.0)), 1 => Just(None)];
    let row = (-12..8_i64, prop::sample::select(&HOSTS[..]), cpu);
    let chunks = prop::collection::vec(prop::collection::vec(row, 0..8), 0..3);
    let edge = prop_oneof![1 => Just(Edge::Nothing), 1 => Just(Edge::All), 4 => Just(Edge::Changes)];
    let batch = (0..15_i64, chunks, edge, prop::bool::weighted(0.4));
    prop::collection::vec(batch, 1..20).prop_map(|batches| {
        let mut now = 1000;
        let at = |(step, chunks, edge, is_restored): (i64, Vec<Vec<(i64, _, _)>>, _, _)| {
            now += step;
            let chunk = |rows: Vec<(i64, _, _)>| {
                let rows = rows.into_iter();
                rows.map(|(off, host, cpu)| (Some(now + off), host, cpu)).collect()
            };
            Batch {
                chunks: chunks.into_iter().map(chunk).collect(),
                edge,
                is_restored,
            }
        };
        batches.into_iter().map(at).collect()
    })
}

/// What stands in a checkpoint.
#[derive(Default)]
struct Saved {
    pieces: Vec<RecordBatch>,
    emitted: i64,
    forgotten: i64,
}

impl Saved {
    fn save(&mut self, stream: &mut Stream, edge: Edge) {
        if edge == Edge::All || self.pieces.is_empty() {
            self.pieces = vec![stream.groups.take_all().unwrap()];
        } else {
            self.pieces.push(stream.groups.take_changes().unwrap());
        }
        assert_eq!(stream.groups.unsaved(), 0);
        assert_eq!(stream.groups.take_changes().unwrap().num_rows(), 0);
        (self.emitted, self.forgotten) = (stream.groups.emitted(), stream.groups.forgotten());
    }

    fn restore(&self, stream: &mut Stream) {
        stream.groups = empty(&stream.query);
        stream.groups.track();
        stream
            .groups
            .restore(&self.pieces, self.emitted, self.forgotten)
            .unwrap();
        assert_eq!((stream.groups.changed(), stream.groups.unsaved()), (0, 0));
    }
}

async fn restored_is_undisturbed(sql: &str, mode: OutputMode, delay: i64, batches: &[Batch]) {
    let mut straight = Stream::new(sql, mode, delay).await;
    let mut disturbed = Stream::new(sql, mode, delay).await;
    disturbed.groups.track();
    let mut saved = Saved::default();
    for (number, batch) in batches.iter().enumerate() {
        let chunks: Vec<RecordBatch> = batch.chunks.iter().map(|chunk| metrics(chunk)).collect();
        let expected = straight.rows(&chunks).await;
        assert_eq!(disturbed.rows(&chunks).await, expected, "{sql} {mode:?} {number}");
        if batch.edge != Edge::Nothing {
            saved.save(&mut disturbed, batch.edge);
            if batch.is_restored {
                saved.restore(&mut disturbed);
            }
        }
        let (one, other) = (&mut disturbed.groups, &mut straight.groups);
        assert_eq!(
            one.snapshot().unwrap(),
            other.snapshot().unwrap(),
            "{sql} {mode:?} {number}"
        );
        let all = |groups: &mut super::Groups| groups.emit(Complete, None, None).unwrap();
        assert_eq!(all(one), all(other), "{sql} {mode:?} {number}");
        let sizes = |groups: &super::Groups| (groups.len(), groups.bytes(), groups.window_count(), groups.emitted());
        assert_eq!(sizes(one), sizes(other), "{sql} {mode:?} {number}");
        assert_eq!(one.forgotten(), other.forgotten(), "{sql} {mode:?} {number}");
        assert_eq!(other.unsaved(), 0, "nobody tracks it");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn restored_groups_give_what_undisturbed_ones_give((sql, mode) in query(), delay in 0_i64..15, batches in batches()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(restored_is_undisturbed(&sql, mode, delay, &batches));
    }
}
