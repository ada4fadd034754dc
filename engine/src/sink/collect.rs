//! Rows kept in memory, for whoever looks at them afterwards: a trial, a test.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use futures::future::BoxFuture;

use super::{Finished, Sink};
use crate::error::Result;

/// The rows that a [`Collect`] has got. Cheap to clone: all clones see the same.
#[derive(Debug, Clone, Default)]
pub struct Collected(Arc<Mutex<Vec<RecordBatch>>>);

impl Collected {
    /// The rows so far, which are gone from here then.
    pub fn take(&self) -> Vec<RecordBatch> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn push(&self, rows: &RecordBatch) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(rows.clone());
    }
}

/// Keeps all rows it is given.
#[derive(Debug, Default)]
pub struct Collect {
    collected: Collected,
    rows: u64,
}

impl Collect {
    /// A sink that keeps its rows here.
    pub fn new(collected: Collected) -> Self {
        Self { collected, rows: 0 }
    }
}

impl Sink for Collect {
    fn write<'a>(&'a mut self, _batch_id: u64, rows: &'a RecordBatch) -> BoxFuture<'a, Result<()>> {
        self.collected.push(rows);
        self.rows += rows.num_rows() as u64;
        Box::pin(async { Ok(()) })
    }

    fn end_batch(&mut self, _batch_id: u64) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn finish(&mut self) -> BoxFuture<'_, Result<Finished>> {
        let finished = Finished {
            rows: self.rows,
            ..Finished::default()
        };
        Box::pin(async move { Ok(finished) })
    }
}
