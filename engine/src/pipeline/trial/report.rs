//! What a trial gives: plain data.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::error::Fault;
use crate::guest::{Cost, OnError};

/// What came of the records.
#[derive(Debug, Default)]
pub struct TrialReport {
    /// How many records were read.
    pub records: u64,
    /// The tables that were asked for, in that order.
    pub tables: Vec<TrialTable>,
    /// The guests at work, in the order of the pipeline.
    pub guests: Vec<TrialGuest>,
    /// The aggregates of modules, in the order of the pipeline.
    pub aggregates: Vec<TrialAggregate>,
    /// What a run would have said on the way: failed records in short, rows that an aggregate left out.
    pub notices: Vec<String>,
    /// Why the batch came to nothing, if it did: a record that failed under `on_error = "fail"`, a module that fails on everything, a
    /// query that can't be computed. The tables have no rows then, as nothing is written by a batch that fails.
    pub failure: Option<Fault>,
}

/// The rows of a table.
#[derive(Debug)]
pub struct TrialTable {
    /// Its name, as it was asked for.
    pub name: String,
    /// Its columns.
    pub schema: SchemaRef,
    /// Its rows. Those of a guest, and of queries that look at one row at a time, come in the order of the records.
    pub rows: Vec<RecordBatch>,
    /// Whether their order counts. That of groups and joins without `ORDER BY` does not.
    pub is_ordered: bool,
}

impl TrialTable {
    /// How many rows.
    pub fn len(&self) -> usize {
        self.rows.iter().map(RecordBatch::num_rows).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What a guest did.
#[derive(Debug)]
pub struct TrialGuest {
    /// Its name in the pipeline.
    pub name: String,
    /// The module: `commandes@3fa9c1`.
    pub module: String,
    /// What became of records that failed.
    pub on_error: OnError,
    /// What its calls cost.
    pub cost: Cost,
    /// The records that failed, in their order, whatever the policy, in the columns of dead letters: `topic`, `partition`, `offset`,
    /// `timestamp`, `module`, `reason`, `value`. Under `on_error = "fail"` the first one.
    pub errors: RecordBatch,
}

/// What an aggregate of a module did.
#[derive(Debug)]
pub struct TrialAggregate {
    /// The name that SQL calls it by.
    pub name: String,
    /// The module: `p95@3fa9c1`.
    pub module: String,
    /// What its calls cost.
    pub cost: Cost,
}
