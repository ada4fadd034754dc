//! A planned query, run on batches as often as one likes.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use datafusion::common::DataFusionError;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::{SessionState, TaskContext};
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use datafusion::prelude::SessionConfig;
use futures::StreamExt;

use crate::error::{Fault, Result};

use super::problem::said;
use super::slot::Inputs;
use super::watermark::Seen;
use crate::event_time::Times;

/// A table's SELECT, planned once. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Query {
    table: String,
    schema: SchemaRef,
    inputs: Vec<String>,
    stateless: bool,
    plan: Arc<dyn ExecutionPlan>,
    config: SessionConfig,
    runtime: Arc<RuntimeEnv>,
}

impl Query {
    pub(super) fn new(
        table: &str,
        inputs: Vec<String>,
        stateless: bool,
        plan: Arc<dyn ExecutionPlan>,
        state: &SessionState,
    ) -> Self {
        // Without marks that only planning needs.
        let plain = |field: &FieldRef| Arc::new(field.as_ref().clone().with_metadata(HashMap::new()));
        let fields: Vec<FieldRef> = plan.schema().fields().iter().map(plain).collect();
        Self {
            table: table.to_owned(),
            schema: Arc::new(Schema::new(fields)),
            inputs,
            stateless,
            plan,
            config: state.config().clone(),
            runtime: Arc::clone(state.runtime_env()),
        }
    }

    /// The columns of the table, as Spark would print them: names, types, what may be null.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The tables it reads, in the order in which [`Query::run`] wants their batches.
    pub fn inputs(&self) -> &[String] {
        &self.inputs
    }

    /// Whether each row depends on one input row only: then any part of a batch may be run by itself, and the rows
    /// come out in the order of the input. Otherwise (aggregates, sorts, limits, distinct, joins, window functions) a
    /// run needs all there is.
    pub fn is_stateless(&self) -> bool {
        self.stateless
    }

    /// Whether its rows come out in an order that the query asks for.
    pub fn is_sorted(&self) -> bool {
        self.plan.output_partitioning().partition_count() == 1 && self.plan.output_ordering().is_some()
    }

    /// The rows for these batches, those of each table in [`Query::inputs`]'s order. No run knows of another; several
    /// may go on at the same time.
    ///
    /// # Errors A fault of kind `Data` if a value can't be computed (a text that is no number, a division by zero),
    /// of kind `Machine` if it takes more memory than there is.
    pub async fn run(&self, inputs: Vec<Vec<RecordBatch>>) -> Result<Vec<RecordBatch>> {
        let (rows, _) = self.run_observed(inputs, None).await?;
        Ok(rows)
    }

    /// The same, and the times in the column with the watermark, if it was planned with one; those beyond `latest`, in
    /// microseconds, don't count.
    ///
    /// # Errors As [`Query::run`].
    pub async fn run_observed(
        &self,
        inputs: Vec<Vec<RecordBatch>>,
        latest: Option<i64>,
    ) -> Result<(Vec<RecordBatch>, Times)> {
        if inputs.len() != self.inputs.len() {
            let (given, wanted) = (inputs.len(), self.inputs.len());
            return Err(Fault::internal(format!("{given} inputs for {wanted} tables")).at(self.place()));
        }
        let inputs = Inputs(self.inputs.iter().cloned().zip(inputs).collect());
        let seen = Arc::new(Seen::up_to(latest));
        let rows = self.rows(inputs, Arc::clone(&seen)).await;
        Ok((rows.map_err(|error| self.fault(error))?, seen.times()))
    }

    async fn rows(&self, inputs: Inputs, seen: Arc<Seen>) -> Result<Vec<RecordBatch>, DataFusionError> {
        // Operators keep their metrics, and some their hash tables, in the plan: a run has its own.
        let plan = reset_plan_states(Arc::clone(&self.plan))?;
        let context = Arc::new(self.context(inputs, seen));
        let mut rows = Vec::new();
        // The sides of a union are partitions: one after the other, so that the rows' order is that of the text.
        for partition in 0..plan.output_partitioning().partition_count() {
            let mut stream = plan.execute(partition, Arc::clone(&context))?;
            while let Some(batch) = stream.next().await {
                let batch = batch?;
                if batch.num_rows() > 0 {
                    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
                    rows.push(RecordBatch::try_new_with_options(
                        self.schema(),
                        batch.columns().to_vec(),
                        &options,
                    )?);
                }
            }
        }
        Ok(rows)
    }

    fn context(&self, inputs: Inputs, seen: Arc<Seen>) -> TaskContext {
        TaskContext::new(
            None,
            String::new(),
            self.config
                .clone()
                .with_extension(Arc::new(inputs))
                .with_extension(seen),
            // The plan holds its functions itself.
            HashMap::new(),
            HashMap::new(),
            HashMap::new(),
            HashMap::new(),
            Arc::clone(&self.runtime),
        )
    }

    fn place(&self) -> String {
        format!("table `{}`", self.table)
    }

    fn fault(&self, error: DataFusionError) -> Fault {
        if let Some(fault) = own_fault(&error) {
            return fault.at(self.place());
        }
        let (text, hint) = kinder(said(error.find_root()));
        match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => Fault::machine("the query needs more memory than it may have")
                .at(self.place())
                .hint("filter or aggregate earlier, or let it read less at once")
                .because(error),
            DataFusionError::Internal(_) => Fault::internal(text).at(self.place()),
            _ => match hint {
                Some(hint) => Fault::data(text).at(self.place()).hint(hint),
                None => Fault::data(text).at(self.place()),
            },
        }
    }
}

/// The fault that one of our own functions gave to DataFusion, such as an aggregate of a guest: it says itself what is wrong and what to
/// do.
pub fn own_fault(error: &DataFusionError) -> Option<Fault> {
    let DataFusionError::External(cause) = error.find_root() else {
        return None;
    };
    let fault = cause.downcast_ref::<Fault>()?;
    let same = Fault::new(fault.kind(), fault.to_string());
    Some(match fault.advice() {
        Some(hint) => same.hint(hint),
        None => same,
    })
}

/// The two errors of Arrow that data causes, in our words, with what to do.
fn kinder(text: String) -> (String, Option<&'static str>) {
    let by_zero = "where that may be, write `CASE WHEN divisor <> 0 THEN ... END`, or divide by `nullif(divisor, 0)`";
    let cast = "`TRY_CAST(... AS ...)` gives null for a value that does not fit";
    if text == "Divide by zero error" || text == "division by zero" {
        return ("division by zero".to_owned(), Some(by_zero));
    }
    match text
        .strip_prefix("Cast error: ")
        .or_else(|| text.strip_prefix("Parser error: "))
    {
        Some(why) => (why.replacen("Cannot", "cannot", 1), Some(cast)),
        None => (text, None),
    }
}

#[cfg(test)]
#[path = "query_test.rs"]
mod tests;
