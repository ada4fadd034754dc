//! One batch through the tables and into the sinks: rows are handed on chunk by chunk, and only a query that must see
//! the whole batch keeps its rows.

use std::collections::{HashMap, VecDeque};

use arrow::array::RecordBatch;

use crate::batch::TopicPartition;
use crate::error::{Fault, Result};
use crate::event_time::Times;
use crate::sql::Query;

use super::graph::Relation;
use super::plan::{Plan, PlannedTable, TableQuery};
use super::states::States;

/// The rows of one batch on their way.
pub(super) struct Flow<'r> {
    plan: &'r Plan,
    states: &'r mut States,
    /// What queries that need the whole batch have got so far, by table and by input.
    kept: HashMap<usize, Vec<Vec<RecordBatch>>>,
    /// Rows that left for each sink.
    pub(super) rows_out: Vec<u64>,
}

/// Rows for a sink, by its position in the plan.
pub(super) type Outgoing = (usize, RecordBatch);

impl<'r> Flow<'r> {
    pub(super) fn new(plan: &'r Plan, states: &'r mut States) -> Self {
        Self {
            plan,
            states,
            kept: HashMap::new(),
            rows_out: vec![0; plan.sinks.len()],
        }
    }

    /// Hands rows of a relation on to whoever takes them, and gives what reached a sink, in order. `origin` is the partition
    /// that all of them come from, if that is known.
    pub(super) async fn push(
        &mut self,
        from: Relation,
        origin: Option<&TopicPartition>,
        rows: RecordBatch,
    ) -> Result<Vec<Outgoing>> {
        let plan = self.plan;
        let mut outgoing = Vec::new();
        let mut waiting = VecDeque::from([(from, rows)]);
        while let Some((relation, rows)) = waiting.pop_front() {
            if rows.num_rows() == 0 {
                continue;
            }
            for (position, table) in plan.tables.iter().enumerate() {
                for (input, _) in table.inputs.iter().enumerate().filter(|(_, input)| **input == relation) {
                    match &table.query {
                        TableQuery::Groups(_) => {
                            let late = self.states.feed(position, input, origin, rows.clone()).await?;
                            let relation = table.late.as_ref().map(|(relation, _)| *relation);
                            waiting.extend(late.into_iter().filter_map(|rows| Some((relation?, rows))));
                        }
                        TableQuery::Plain(query) if query.is_stateless() => {
                            let latest = self.states.latest(position);
                            let (rows, times) = table.run_on(query, input, &rows, latest).await?;
                            self.states.watch(position, input, origin, times);
                            waiting.extend(rows.into_iter().map(|rows| (table.relation, rows)));
                        }
                        TableQuery::First { query, .. } => {
                            let latest = self.states.latest(position);
                            let (rows, times) = table.run_on(query, input, &rows, latest).await?;
                            self.states.watch(position, input, origin, times);
                            for rows in rows {
                                waiting.push_back((table.relation, self.states.first_of(position, &rows)));
                            }
                        }
                        TableQuery::Plain(_) => {
                            let inputs = table.inputs.len();
                            let kept = self.kept.entry(position);
                            kept.or_insert_with(|| vec![Vec::new(); inputs])[input].push(rows.clone());
                        }
                    }
                }
            }
            let sinks = plan.sinks.iter().enumerate();
            for (position, _) in sinks.filter(|(_, sink)| sink.from == relation) {
                self.rows_out[position] += rows.num_rows() as u64;
                outgoing.push((position, rows.clone()));
            }
        }
        Ok(outgoing)
    }

    /// All records of the batch are pushed, and the tables before this one are finished: a query that waited for that runs
    /// now. Gives what reached a sink, in order.
    pub(super) async fn finish(&mut self, position: usize, has_records: bool) -> Result<Vec<Outgoing>> {
        let table = &self.plan.tables[position];
        let mut outgoing = Vec::new();
        let rows = match &table.query {
            TableQuery::Groups(_) => {
                let late = self.states.settle(position, has_records).await?;
                if let Some((relation, _)) = &table.late {
                    for rows in late {
                        outgoing.extend(self.push(*relation, None, rows).await?);
                    }
                }
                self.states.results(position).await?
            }
            TableQuery::First { .. } => return Ok(Vec::new()),
            TableQuery::Plain(query) if query.is_stateless() => return Ok(Vec::new()),
            TableQuery::Plain(query) => {
                let inputs = self.kept.remove(&position);
                let inputs = inputs.unwrap_or_else(|| vec![Vec::new(); table.inputs.len()]);
                query.run(inputs).await.map_err(|fault| table.blame(fault))?
            }
        };
        for rows in rows {
            outgoing.extend(self.push(table.relation, None, rows).await?);
        }
        Ok(outgoing)
    }
}

impl PlannedTable {
    /// The rows for some rows of one input, and the times in the column with the watermark.
    async fn run_on(
        &self,
        query: &Query,
        input: usize,
        rows: &RecordBatch,
        latest: Option<i64>,
    ) -> Result<(Vec<RecordBatch>, Times)> {
        let mut inputs = vec![Vec::new(); self.inputs.len()];
        inputs[input].push(rows.clone());
        let run = query.run_observed(inputs, latest).await;
        run.map_err(|fault| self.blame(fault))
    }

    fn blame(&self, fault: Fault) -> Fault {
        fault.at(format!("table `{}`", self.name))
    }
}

#[cfg(test)]
#[path = "flow_test.rs"]
mod tests;
