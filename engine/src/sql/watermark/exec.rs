//! The operator at work.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::TimestampMicrosecondType;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use futures::StreamExt;

use super::Seen;
use super::node::Watermark;
use crate::event_time::Times;

/// Plans the operator.
#[derive(Debug)]
pub(in crate::sql) struct WatermarkPlanner;

#[async_trait]
impl ExtensionPlanner for WatermarkPlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        _session: &dyn Session,
        _context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let (Some(node), [input]) = (node.as_any().downcast_ref::<Watermark>(), physical_inputs) else {
            return Ok(None);
        };
        Ok(Some(Arc::new(WatermarkExec::new(Arc::clone(input), node.column))))
    }
}

/// Hands rows on and sees the times in one of their columns.
#[derive(Debug)]
struct WatermarkExec {
    input: Arc<dyn ExecutionPlan>,
    column: usize,
}

impl WatermarkExec {
    fn new(input: Arc<dyn ExecutionPlan>, column: usize) -> Self {
        Self { input, column }
    }
}

impl DisplayAs for WatermarkExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WatermarkExec: column={}", self.column)
    }
}

impl ExecutionPlan for WatermarkExec {
    fn name(&self) -> &'static str {
        "WatermarkExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let [input] = children.as_slice() else {
            return internal_err!("a watermark has one input");
        };
        Ok(Arc::new(Self::new(Arc::clone(input), self.column)))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let seen = context.session_config().get_extension::<Seen>();
        let input = self.input.execute(partition, context)?;
        let Some(seen) = seen else { return Ok(input) };
        let (schema, column) = (input.schema(), self.column);
        let rows = input.inspect(move |rows| {
            if let Ok(rows) = rows {
                seen.add(times_of(rows.column(column), seen.latest));
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}

/// The times in a column.
fn times_of(column: &ArrayRef, latest: Option<i64>) -> Times {
    let Some(times) = column.as_primitive_opt::<TimestampMicrosecondType>() else {
        return Times::default();
    };
    match times.null_count() {
        0 => Times::of(times.values().iter().copied(), latest),
        _ => Times::of(times.iter().flatten(), latest),
    }
}
