//! One batch through the tables and into the sinks: rows are handed on chunk by chunk, and only a query that must see
//! the whole batch keeps its rows.

use std::collections::{HashMap, VecDeque};

use arrow::array::RecordBatch;

use crate::error::{Fault, Result};

use super::graph::Relation;
use super::plan::Plan;

/// The rows of one batch on their way.
pub(super) struct Flow<'r> {
    plan: &'r Plan,
    /// What queries that need the whole batch have got so far, by table and by input.
    kept: HashMap<usize, Vec<Vec<RecordBatch>>>,
    /// Rows that left for each sink.
    pub(super) rows_out: Vec<u64>,
}

/// Rows for a sink, by its position in the plan.
pub(super) type Outgoing = (usize, RecordBatch);

impl<'r> Flow<'r> {
    pub(super) fn new(plan: &'r Plan) -> Self {
        Self {
            plan,
            kept: HashMap::new(),
            rows_out: vec![0; plan.sinks.len()],
        }
    }

    /// Hands rows of a relation on to whoever takes them, and gives what reached a sink, in order.
    pub(super) async fn push(&mut self, from: Relation, rows: RecordBatch) -> Result<Vec<Outgoing>> {
        let mut outgoing = Vec::new();
        let mut waiting = VecDeque::from([(from, rows)]);
        while let Some((relation, rows)) = waiting.pop_front() {
            if rows.num_rows() == 0 {
                continue;
            }
            for (position, table) in self.plan.tables.iter().enumerate() {
                for (input, _) in table.inputs.iter().enumerate().filter(|(_, input)| **input == relation) {
                    if table.query.is_stateless() {
                        let mut inputs = vec![Vec::new(); table.inputs.len()];
                        inputs[input].push(rows.clone());
                        let rows = table.query.run(inputs).await.map_err(|fault| table.blame(fault))?;
                        waiting.extend(rows.into_iter().map(|rows| (table.relation, rows)));
                    } else {
                        let kept = self
                            .kept
                            .entry(position)
                            .or_insert_with(|| vec![Vec::new(); table.inputs.len()]);
                        kept[input].push(rows.clone());
                    }
                }
            }
            for (position, _) in self
                .plan
                .sinks
                .iter()
                .enumerate()
                .filter(|(_, sink)| sink.from == relation)
            {
                self.rows_out[position] += rows.num_rows() as u64;
                outgoing.push((position, rows.clone()));
            }
        }
        Ok(outgoing)
    }

    /// All records of the batch are pushed, and the tables before this one are finished: a query that waited for that runs
    /// now. Gives what reached a sink, in order.
    pub(super) async fn finish(&mut self, position: usize) -> Result<Vec<Outgoing>> {
        let table = &self.plan.tables[position];
        if table.query.is_stateless() {
            return Ok(Vec::new());
        }
        let inputs = self.kept.remove(&position);
        let inputs = inputs.unwrap_or_else(|| vec![Vec::new(); table.inputs.len()]);
        let rows = table.query.run(inputs).await.map_err(|fault| table.blame(fault))?;
        let mut outgoing = Vec::new();
        for rows in rows {
            outgoing.extend(self.push(table.relation, rows).await?);
        }
        Ok(outgoing)
    }
}

impl super::plan::PlannedTable {
    fn blame(&self, fault: Fault) -> Fault {
        fault.at(format!("table `{}`", self.name))
    }
}

#[cfg(test)]
#[path = "flow_test.rs"]
mod tests;
