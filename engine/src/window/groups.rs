//! What a query keeps of its groups between batches, and what comes out of it.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::{Result, exec_err, internal_err};

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
    /// The greatest watermark that groups were forgotten by.
    forgotten: i64,
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
        Ok(Self {
            shape,
            kept,
            forgotten: i64::MIN,
        })
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
        self.forgotten = self.forgotten.max(watermark);
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
        let columns = match &self.kept {
            Kept::Panes(panes) => panes.snapshot()?,
            Kept::Sessions(sessions) => sessions.snapshot()?,
        };
        batch(columns, self.len())
    }

    /// From now on it is remembered which groups change, for [`Groups::take_changes`]. What is there already does not count as
    /// changed: whoever starts from it wants [`Groups::take_all`] first, unless it was restored. Off until it is called.
    pub fn track(&mut self) {
        match &mut self.kept {
            Kept::Panes(panes) => panes.track(),
            Kept::Sessions(sessions) => sessions.track(),
        }
    }

    /// The groups that changed since they were taken last, as they are now, in the columns of [`Groups::snapshot`]: the changed
    /// groups of panes, and all sessions of each key that has one which changed. Those that are forgotten are not in it; see
    /// [`Groups::forgotten`]. For the time between two batches.
    ///
    /// # Errors
    /// If changes are not tracked, or don't fit into arrays; then they still count as changed.
    pub fn take_changes(&mut self) -> Result<RecordBatch> {
        let (columns, rows) = match &mut self.kept {
            Kept::Panes(panes) if panes.tracks() => panes.changes()?,
            Kept::Sessions(sessions) if sessions.tracks() => sessions.changes()?,
            _ => return internal_err!("changes of groups were not tracked"),
        };
        let changes = batch(columns, rows)?;
        self.settle();
        Ok(changes)
    }

    /// All that is kept, as [`Groups::snapshot`] gives it, and nothing of it counts as changed any more. For the time between two
    /// batches.
    ///
    /// # Errors
    /// If it does not fit into arrays.
    pub fn take_all(&mut self) -> Result<RecordBatch> {
        let all = self.snapshot()?;
        self.settle();
        Ok(all)
    }

    /// How many changes are remembered: groups of panes, or keys that have sessions of which one changed. 0 while none are tracked.
    pub fn unsaved(&self) -> usize {
        match &self.kept {
            Kept::Panes(panes) => panes.unsaved(),
            Kept::Sessions(sessions) => sessions.unsaved(),
        }
    }

    /// What changed so far does not count any more.
    fn settle(&mut self) {
        match &mut self.kept {
            Kept::Panes(panes) if panes.tracks() => panes.settle(),
            Kept::Sessions(sessions) => sessions.settle(),
            Kept::Panes(_) => {}
        }
    }

    /// The end of the last windows that came out for good, in microseconds: what [`Groups::resume`] and [`Groups::restore`] need
    /// beside the groups, since a pane outlives some of its windows.
    pub fn emitted(&self) -> i64 {
        match &self.kept {
            Kept::Panes(panes) => panes.emitted(),
            Kept::Sessions(_) => i64::MIN,
        }
    }

    /// The greatest watermark, in microseconds, that groups were forgotten by so far, `i64::MIN` if there was none: what
    /// [`Groups::restore`] needs beside the pieces, since changes don't say what is gone. It takes it that the watermarks given to
    /// [`Groups::end_batch`] don't go back.
    pub fn forgotten(&self) -> i64 {
        self.forgotten
    }

    /// Goes on from a snapshot, behind the windows that came out: `emitted` is what [`Groups::emitted`] was. There must be no groups
    /// yet, and none counts as changed, neither in the next batch nor for [`Groups::take_changes`]. What was forgotten before the
    /// snapshot is not known here: pieces from before it must not be gone on with, so that [`Groups::take_all`] comes next.
    ///
    /// # Errors
    /// If the snapshot is another query's; then nothing is kept. If there are groups already.
    pub fn resume(&mut self, snapshot: &RecordBatch, emitted: i64) -> Result<()> {
        self.restore(std::slice::from_ref(snapshot), emitted, i64::MIN)
    }

    /// Goes on from what [`Groups::take_all`] gave and, in their order, what [`Groups::take_changes`] gave after it, with
    /// [`Groups::emitted`] and [`Groups::forgotten`] as they were when the last of these pieces was taken. A later row replaces the
    /// earlier one of its pane and key, and the sessions of a later piece all earlier ones of their keys. From there on these groups
    /// give what those give that the pieces are of, to the bit and in the same order. There must be no groups yet, and none
    /// counts as changed, neither in the next batch nor for [`Groups::take_changes`].
    ///
    /// # Errors
    /// If a piece is another query's; then nothing is kept. If there are groups already.
    pub fn restore(&mut self, pieces: &[RecordBatch], emitted: i64, forgotten: i64) -> Result<()> {
        if !self.is_empty() {
            return internal_err!("groups are restored where there are some already");
        }
        for (at, piece) in pieces.iter().enumerate() {
            self.check(piece, || match pieces.len() {
                1 => "it".to_owned(),
                count => format!("piece {} of {count}", at + 1),
            })?;
        }
        for piece in pieces {
            match &mut self.kept {
                Kept::Panes(panes) => panes.restore(piece, forgotten)?,
                Kept::Sessions(sessions) => sessions.restore(piece, forgotten)?,
            }
        }
        self.forgotten = forgotten;
        if let Kept::Panes(panes) = &mut self.kept {
            panes.set_emitted(emitted);
        }
        Ok(())
    }

    /// Whether a snapshot, called so in a message, has the columns that [`Groups::snapshot`] makes.
    fn check(&self, snapshot: &RecordBatch, called: impl Fn() -> String) -> Result<()> {
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
            "{} has columns of the types {}, and the query keeps {}",
            called(),
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

fn batch(columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let field = |(at, column): (usize, &ArrayRef)| Field::new(format!("c{at}"), column.data_type().clone(), true);
    let schema = Schema::new(columns.iter().enumerate().map(field).collect::<Vec<_>>());
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::new(schema), columns, &options)?)
}

#[cfg(test)]
#[path = "groups_test.rs"]
mod tests;
