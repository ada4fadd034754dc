//! A plan's leaves: where a run's batches come in.
//!
//! The batches travel in the run's own context, not in the plan. So one plan serves many runs, also at the same time.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::memory::MemoryStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;

/// What one run reads: the batches of each table, by the table's name.
#[derive(Debug)]
pub(super) struct Inputs(pub(super) Vec<(String, Vec<RecordBatch>)>);

/// A table above, of which only name and schema are known while a query is planned.
pub(super) fn table(name: &str, schema: &SchemaRef) -> Result<Arc<dyn TableProvider>> {
    let slot = Slot {
        table: name.to_owned(),
        schema: Arc::clone(schema),
    };
    Ok(Arc::new(StreamingTable::try_new(
        Arc::clone(schema),
        vec![Arc::new(slot)],
    )?))
}

/// Hands on one table's batches out of the run's [`Inputs`], in their order.
#[derive(Debug)]
struct Slot {
    table: String,
    schema: SchemaRef,
}

impl PartitionStream for Slot {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let inputs = context.session_config().get_extension::<Inputs>();
        let stream = inputs
            .as_ref()
            .and_then(|inputs| inputs.0.iter().find(|(name, _)| *name == self.table))
            .ok_or_else(|| internal_datafusion_err!("no batches were given for table `{}`", self.table))
            .and_then(|(_, batches)| MemoryStream::try_new(batches.clone(), Arc::clone(&self.schema), None));
        match stream {
            Ok(stream) => Box::pin(stream),
            Err(error) => {
                let stream = futures::stream::iter([Err(error)]);
                Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream))
            }
        }
    }
}
