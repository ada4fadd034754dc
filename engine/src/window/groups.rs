//! What a query keeps of its groups between batches, and what comes out of it.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::{Result, exec_err};

use super::panes::{Output, Panes};
use super::selection::Selection;
use super::sessions::Sessions;
use crate::aggregate::Aggregates;
use crate::event_time::{OutputMode, Window};

/// What the groups of a query look like.
#[derive(Debug, Clone)]
pub struct GroupsShape {
    /// The windows they fall in, if they do.
    pub window: Option<Window>,
    /// The other columns that rows are grouped by.
    pub keys: Vec<DataType>,
    /// The aggregates.
    pub aggregates: Aggregates,
    /// The columns of results: the window's start (and a session's end) as int64 microseconds, the keys, a column an aggregate.
    pub results: SchemaRef,
}

/// The groups of a query.
#[derive(Debug)]
pub struct Groups {
    shape: GroupsShape,
    kept: Kept,
}

#[derive(Debug)]
enum Kept {
    Panes(Panes),
    Sessions(Sessions),
}

/// A window that can still change, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenWindow {
    /// In it.
    pub start: i64,
    /// Not in it.
    pub end: i64,
    /// How many groups it has; where windows slide, those of its panes.
    pub groups: usize,
}

/// A group that holds much.
#[derive(Debug, Clone)]
pub struct LargestGroup {
    /// Its window's start, where there are windows.
    pub start: Option<i64>,
    /// Its keys, a column of one row each.
    pub keys: Vec<ArrayRef>,
    /// Bytes of its states and its key.
    pub bytes: usize,
}

impl Groups {
    /// No groups yet.
    ///
    /// # Errors
    /// If rows can't be grouped by columns of these types.
    pub fn new(mut shape: GroupsShape) -> Result<Self> {
        if shape.window.is_none() && shape.keys.is_empty() {
            shape.aggregates = shape.aggregates.of_one_group();
        }
        let kept = match shape.window {
            None => Kept::Panes(Panes::new(None, &shape.keys, &shape.aggregates)?),
            Some(Window::Fixed(windows)) => Kept::Panes(Panes::new(Some(windows), &shape.keys, &shape.aggregates)?),
            Some(Window::Session { .. }) => Kept::Sessions(Sessions::new(&shape.keys, &shape.aggregates)?),
        };
        Ok(Self { shape, kept })
    }

    /// Adds partial states: the bounds as [`super::split`] makes them, the keys, the states. A group may come several times.
    ///
    /// # Errors
    /// If an aggregate can't combine them.
    pub fn merge(&mut self, partial: &RecordBatch) -> Result<()> {
        let aggregates = &self.shape.aggregates;
        match &mut self.kept {
            Kept::Panes(panes) => panes.merge(aggregates, partial),
            Kept::Sessions(sessions) => sessions.merge(aggregates, partial),
        }
    }

    /// What comes out at the end of a batch, in the columns of the shape's results: in append mode the groups of windows that
    /// end at or before `watermark`, once; in update mode those that the batch changed, of windows that end behind `late`; in
    /// complete mode all. Nothing of what is kept is used up.
    ///
    /// # Errors
    /// If a result can't be computed.
    pub fn emit(&mut self, mode: OutputMode, late: Option<i64>, watermark: Option<i64>) -> Result<Vec<RecordBatch>> {
        let mut out = Output {
            aggregates: &self.shape.aggregates,
            schema: &self.shape.results,
            selection: Selection::default(),
            batches: Vec::new(),
        };
        match &mut self.kept {
            Kept::Panes(panes) => {
                match (mode, watermark) {
                    (OutputMode::Append, Some(watermark)) => panes.finished(watermark, &mut out)?,
                    (OutputMode::Append, None) => {}
                    (OutputMode::Update, _) => panes.changed(late.unwrap_or(i64::MIN), &mut out)?,
                    (OutputMode::Complete, _) => panes.all(&mut out)?,
                }
                panes.write(&mut out)?;
            }
            Kept::Sessions(sessions) => {
                match (mode, watermark) {
                    (OutputMode::Append, Some(watermark)) => sessions.finished(watermark, &mut out)?,
                    (OutputMode::Append, None) => {}
                    (OutputMode::Update | OutputMode::Complete, _) => sessions.all(&mut out)?,
                }
                sessions.write(&mut out)?;
            }
        }
        Ok(out.batches)
    }

    /// The batch is over. Groups that lie in no window that ends behind `watermark` are forgotten; how many that were.
    pub fn end_batch(&mut self, watermark: Option<i64>) -> usize {
        let watermark = watermark.unwrap_or(i64::MIN);
        match &mut self.kept {
            Kept::Panes(panes) => {
                panes.end_batch();
                panes.forget(watermark)
            }
            Kept::Sessions(sessions) => {
                sessions.end_batch();
                sessions.forget(watermark)
            }
        }
    }

    /// All that is kept, in the columns that [`Groups::merge`] takes.
    ///
    /// # Errors
    /// If it does not fit into arrays.
    pub fn snapshot(&self) -> Result<RecordBatch> {
        let (columns, rows) = match &self.kept {
            Kept::Panes(panes) => (panes.snapshot()?, panes.groups()),
            Kept::Sessions(sessions) => (sessions.snapshot()?, sessions.groups()),
        };
        let field = |(at, column): (usize, &ArrayRef)| Field::new(format!("c{at}"), column.data_type().clone(), true);
        let schema = Schema::new(columns.iter().enumerate().map(field).collect::<Vec<_>>());
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::new(schema), columns, &options)?)
    }

    /// The end of the last windows that came out for good: see [`Groups::resume`].
    pub fn emitted(&self) -> i64 {
        match &self.kept {
            Kept::Panes(panes) => panes.emitted(),
            Kept::Sessions(_) => i64::MIN,
        }
    }

    /// Goes on from a snapshot, behind the windows that came out.
    ///
    /// # Errors
    /// If the snapshot is another query's.
    pub fn resume(&mut self, snapshot: &RecordBatch, emitted: i64) -> Result<()> {
        self.check(snapshot)?;
        if snapshot.num_rows() > 0 {
            self.merge(snapshot)?;
        }
        self.end_batch(None);
        if let Kept::Panes(panes) = &mut self.kept {
            panes.set_emitted(emitted);
        }
        Ok(())
    }

    /// Whether a snapshot has the columns that [`Groups::snapshot`] makes.
    fn check(&self, snapshot: &RecordBatch) -> Result<()> {
        let bounds = self.shape.window.map_or(0, |window| window.bounds().len());
        let bounds = std::iter::repeat_n(DataType::Int64, bounds);
        let keys = self.shape.keys.iter().cloned();
        let wanted: Vec<DataType> = bounds.chain(keys).chain(self.shape.aggregates.state_types()).collect();
        let given: Vec<&DataType> = snapshot.columns().iter().map(|column| column.data_type()).collect();
        let is_same =
            wanted.len() == given.len() && wanted.iter().zip(&given).all(|(one, other)| one.equals_datatype(other));
        if is_same {
            return Ok(());
        }
        let list = |types: Vec<String>| types.join(", ");
        exec_err!(
            "it has columns of the types {}, and the query keeps {}",
            list(given.iter().map(ToString::to_string).collect()),
            list(wanted.iter().map(ToString::to_string).collect())
        )
    }

    /// How many groups are kept.
    pub fn len(&self) -> usize {
        match &self.kept {
            Kept::Panes(panes) => panes.groups(),
            Kept::Sessions(sessions) => sessions.groups(),
        }
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many groups the batch at hand has changed.
    pub fn changed(&self) -> usize {
        match &self.kept {
            Kept::Panes(panes) => panes.changed_groups(),
            Kept::Sessions(sessions) => sessions.changed_groups(),
        }
    }

    /// Bytes that are kept.
    pub fn bytes(&self) -> usize {
        match &self.kept {
            Kept::Panes(panes) => panes.bytes(),
            Kept::Sessions(sessions) => sessions.bytes(),
        }
    }

    /// How many panes or sessions are kept.
    pub fn window_count(&self) -> usize {
        match &self.kept {
            Kept::Panes(panes) => panes.count(),
            Kept::Sessions(sessions) => sessions.groups(),
        }
    }

    /// The windows that end behind the watermark.
    pub fn open_windows(&self, watermark: Option<i64>) -> Vec<OpenWindow> {
        match &self.kept {
            Kept::Panes(panes) => panes.open_windows(watermark),
            Kept::Sessions(sessions) => sessions.open_windows(watermark),
        }
    }

    /// The groups that hold the most bytes, the largest first.
    ///
    /// # Errors
    /// If a key can't be read back, which would be a defect.
    pub fn largest(&self, count: usize) -> Result<Vec<LargestGroup>> {
        match &self.kept {
            Kept::Panes(panes) => panes.largest(count),
            Kept::Sessions(sessions) => sessions.largest(count),
        }
    }
}

#[cfg(test)]
#[path = "groups_test.rs"]
mod tests;
