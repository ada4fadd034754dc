//! Sessions: times of one key, joined while the gap between them is no longer than allowed.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StructArray, TimestampMicrosecondArray};
use arrow::datatypes::{Field, FieldRef, TimestampMicrosecondType};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{PartitionEvaluator, Signature, Volatility, WindowUDFImpl};

use super::{bounds, window_type};
use crate::batch::timestamp_type;

/// A window function: for each row of a partition, ordered by time, the bounds of its session.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Sessions {
    gap: i64,
    signature: Signature,
}

impl Sessions {
    /// `gap` in microseconds.
    pub(super) fn new(gap: i64) -> Self {
        Self {
            gap,
            signature: Signature::exact(vec![timestamp_type()], Volatility::Immutable),
        }
    }
}

impl WindowUDFImpl for Sessions {
    fn name(&self) -> &'static str {
        "session_bounds"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(&self, _args: PartitionEvaluatorArgs) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(SessionBounds { gap: self.gap }))
    }

    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), window_type(), false)))
    }
}

#[derive(Debug)]
struct SessionBounds {
    gap: i64,
}

impl PartitionEvaluator for SessionBounds {
    fn evaluate_all(&mut self, values: &[ArrayRef], _rows: usize) -> Result<ArrayRef> {
        let Some(times) = values.first() else {
            return internal_err!("a session without a time");
        };
        let times = times.as_primitive::<TimestampMicrosecondType>().values();
        let mut starts = Vec::with_capacity(times.len());
        let mut ends = Vec::with_capacity(times.len());
        for session in sessions(times, self.gap) {
            if let (Some(first), Some(last)) = (session.first(), session.last()) {
                starts.resize(starts.len() + session.len(), *first);
                ends.resize(ends.len() + session.len(), last.saturating_add(self.gap));
            }
        }
        let column =
            |bound: Vec<i64>| Arc::new(TimestampMicrosecondArray::from(bound).with_timezone("UTC")) as ArrayRef;
        Ok(Arc::new(StructArray::try_new(
            bounds(),
            vec![column(starts), column(ends)],
            None,
        )?))
    }
}

/// Sorted times cut where one comes later than `gap` after the one before. One that comes just then still belongs to
/// the session: Spark joins sessions that touch.
fn sessions(times: &[i64], gap: i64) -> impl Iterator<Item = &[i64]> {
    times.chunk_by(move |before, after| *after <= before.saturating_add(gap))
}

#[cfg(test)]
#[path = "session_test.rs"]
mod tests;
