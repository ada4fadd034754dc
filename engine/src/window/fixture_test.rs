//! A query driven as a pipeline drives it, for the tests of this folder.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema, SchemaRef, TimestampMicrosecondType};

use super::{Groups, GroupsShape, Lateness, Per, Watermark, WatermarkSpec, split};
use crate::aggregate::Aggregates;
use crate::batch::timestamp_type;
use crate::event_time::OutputMode;
use crate::sql::{Aggregation, Planner, Streamed, Streaming};

/// A row of the table `r` that the queries read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Record {
    /// Microseconds.
    pub(super) time: Option<i64>,
    pub(super) key: Option<&'static str>,
    pub(super) number: Option<f64>,
    pub(super) text: Option<String>,
}

/// A row of a result.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) key: Option<String>,
    pub(super) count: i64,
    pub(super) sum: Option<f64>,
    pub(super) avg: Option<f64>,
    pub(super) min: Option<String>,
    pub(super) distinct: i64,
}

impl Group {
    /// What makes it another group than the others.
    pub(super) fn identity(&self) -> (i64, i64, Option<String>) {
        (self.start, self.end, self.key.clone())
    }
}

/// The query whose results are [`Group`]s: `call` is what follows GROUP BY, `window(event_time, '10 seconds')`.
pub(super) fn sql(call: &str) -> String {
    let name = call.split('(').next().unwrap();
    format!(
        "SELECT {name}.start AS first, {name}.end AS last, key, count(*) AS n, sum(number) AS s, avg(number) AS a, \
         min(text) AS m, count(DISTINCT text) AS d FROM r GROUP BY {call}, key"
    )
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("event_time", timestamp_type(), true),
        Field::new("key", DataType::Utf8, true),
        Field::new("number", DataType::Float64, true),
        Field::new("text", DataType::Utf8, true),
    ]))
}

/// Records as rows of `r`.
pub(super) fn rows(records: &[Record]) -> RecordBatch {
    let times: TimestampMicrosecondArray = records.iter().map(|record| record.time).collect();
    let keys: StringArray = records.iter().map(|record| record.key).collect();
    let numbers: Float64Array = records.iter().map(|record| record.number).collect();
    let texts: StringArray = records.iter().map(|record| record.text.as_deref()).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(times.with_timezone("UTC")),
        Arc::new(keys),
        Arc::new(numbers),
        Arc::new(texts),
    ];
    RecordBatch::try_new(schema(), columns).unwrap()
}

/// The results in these rows, by window and key.
pub(super) fn groups(rows: &[RecordBatch]) -> Vec<Group> {
    let text = |column: &ArrayRef, row: usize| {
        let texts = column.as_string::<i32>();
        texts.is_valid(row).then(|| texts.value(row).to_owned())
    };
    let double = |column: &ArrayRef, row: usize| {
        let doubles = column.as_primitive::<Float64Type>();
        doubles.is_valid(row).then(|| doubles.value(row))
    };
    let long = |column: &ArrayRef, row: usize| column.as_primitive::<Int64Type>().value(row);
    let time = |column: &ArrayRef, row: usize| column.as_primitive::<TimestampMicrosecondType>().value(row);
    let of_batch = |rows: &RecordBatch| -> Vec<Group> {
        let group = |row: usize| Group {
            start: time(rows.column(0), row),
            end: time(rows.column(1), row),
            key: text(rows.column(2), row),
            count: long(rows.column(3), row),
            sum: double(rows.column(4), row),
            avg: double(rows.column(5), row),
            min: text(rows.column(6), row),
            distinct: long(rows.column(7), row),
        };
        (0..rows.num_rows()).map(group).collect()
    };
    let mut groups: Vec<Group> = rows.iter().flat_map(of_batch).collect();
    groups.sort_by_key(Group::identity);
    groups
}

/// The query as one over a stream.
pub(super) async fn stream_query(sql: &str, mode: OutputMode) -> Arc<Aggregation> {
    let tables = [("r".to_owned(), schema())];
    let streaming = Streaming {
        mode,
        watermark: Some("event_time"),
        keep_late: false,
    };
    let planned = Planner::new().plan_stream("t", sql, &tables, streaming).await.unwrap();
    let Streamed::Groups(query) = planned else {
        panic!("a query without groups");
    };
    Arc::from(query)
}

/// No groups of this query.
pub(super) fn empty(query: &Aggregation) -> Groups {
    let shape = GroupsShape {
        window: query.window,
        keys: query.keys.clone(),
        aggregates: Aggregates::new(query.functions.clone()).unwrap(),
        results: Arc::clone(&query.results),
    };
    Groups::new(shape).unwrap()
}

/// A query at work on a stream.
pub(super) struct Stream {
    query: Arc<Aggregation>,
    mode: OutputMode,
    pub(super) groups: Groups,
    pub(super) watermark: Watermark,
    /// How often a row missed a window.
    pub(super) late_rows: u64,
    /// How many groups the last batch changed, and how many were forgotten at its end.
    pub(super) changed: usize,
    pub(super) forgotten: usize,
}

impl Stream {
    /// Before any batch. The delay is in microseconds.
    pub(super) fn new(query: &Arc<Aggregation>, mode: OutputMode, delay: i64) -> Self {
        let spec = WatermarkSpec {
            column: "event_time".to_owned(),
            delay,
            per: Per::All,
            max_ahead: None,
        };
        Self {
            query: Arc::clone(query),
            mode,
            groups: empty(query),
            watermark: Watermark::new(spec, vec![0]),
            late_rows: 0,
            changed: 0,
            forgotten: 0,
        }
    }

    /// A batch of these chunks, and what comes out of it.
    pub(super) async fn batch(&mut self, chunks: &[Vec<Record>]) -> Vec<Group> {
        let forgets = self.mode != OutputMode::Complete;
        let late = forgets.then_some(self.watermark.late());
        let last = forgets.then_some(self.watermark.current());
        let lateness = Lateness {
            watermark: late,
            latest: None,
        };
        for chunk in chunks {
            let inputs = vec![vec![rows(chunk)]];
            let (found, times) = self.query.rows.run_observed(inputs, None).await.unwrap();
            let mut counted = Vec::new();
            let mut late_rows = 0;
            for rows in found {
                let timed = split(self.query.window.unwrap(), lateness, &rows).unwrap();
                late_rows += timed.late_rows;
                counted.push(timed.rows);
            }
            for partial in self.query.partial.run(vec![counted]).await.unwrap() {
                self.groups.merge(&partial).unwrap();
            }
            self.watermark.observe(0, None, times.greatest, late_rows, 0);
            self.late_rows += late_rows;
        }
        let results = self.groups.emit(self.mode, late, last).unwrap();
        let rows = self.query.above.run(vec![results]).await.unwrap();
        self.changed = self.groups.changed();
        self.forgotten = self.groups.end_batch(last);
        self.watermark.advance();
        groups(&rows)
    }

    /// No groups of its query.
    pub(super) fn empty(&self) -> Groups {
        empty(&self.query)
    }

    /// How many columns of its groups say the window.
    pub(super) fn bounds(&self) -> usize {
        self.query.window.map_or(0, |window| window.bounds().len())
    }

    /// The process ends, and another one goes on from what was kept.
    pub(super) fn restart(&mut self) {
        let (snapshot, emitted) = (self.groups.snapshot().unwrap(), self.groups.emitted());
        self.groups = empty(&self.query);
        self.groups.resume(&snapshot, emitted).unwrap();
    }
}
