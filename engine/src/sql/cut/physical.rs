//! The cut through DataFusion's physical plan: its one aggregate, made partial below and a leaf above.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::catalog::Session;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_err};
use datafusion::execution::SessionState;
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};

use super::RESULTS;
use crate::sql::slot;

/// A plan cut in two.
pub(super) struct Cut {
    /// Partial states of its input.
    pub(super) partial: Arc<dyn ExecutionPlan>,
    /// What stood above the aggregate, over results.
    pub(super) above: Arc<dyn ExecutionPlan>,
    pub(super) functions: Vec<Arc<AggregateFunctionExpr>>,
    /// The aggregate's columns.
    pub(super) results: SchemaRef,
    /// How many of them are what it groups by.
    pub(super) groups: usize,
}

/// Cuts a plan around its aggregate.
pub(super) async fn cut(plan: &Arc<dyn ExecutionPlan>, state: &SessionState) -> Result<Cut> {
    let mut found: Vec<Arc<dyn ExecutionPlan>> = Vec::new();
    plan.apply(|node| {
        if node.downcast_ref::<AggregateExec>().is_some() {
            found.push(Arc::clone(node));
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    // The uppermost gives the results; the lowest, where DataFusion planned two phases, has the input.
    let aggregate =
        |node: Option<&Arc<dyn ExecutionPlan>>| node.and_then(|node| node.downcast_ref::<AggregateExec>()).cloned();
    let (Some(top), Some(bottom)) = (aggregate(found.first()), aggregate(found.last())) else {
        return internal_err!("the aggregate went missing");
    };
    let two_phases = found.len() == 2 && *bottom.mode() == AggregateMode::Partial;
    if found.len() > 1 && !two_phases {
        return internal_err!("one aggregate became {}", found.len());
    }
    let partial = AggregateExec::try_new(
        AggregateMode::Partial,
        bottom.group_expr().clone(),
        bottom.aggr_expr().to_vec(),
        bottom.filter_expr().to_vec(),
        Arc::clone(bottom.input()),
        bottom.input_schema(),
    )?;
    let results = top.schema();
    let leaf = slot::table(RESULTS, &results)?;
    let leaf = leaf.scan(state as &dyn Session, None, &[], None).await?;
    let above = Arc::clone(plan)
        .transform_down(|node| {
            if node.downcast_ref::<AggregateExec>().is_some() {
                return Ok(Transformed::new(Arc::clone(&leaf), true, TreeNodeRecursion::Jump));
            }
            Ok(Transformed::no(node))
        })
        .data()?;
    Ok(Cut {
        partial: Arc::new(partial),
        above,
        functions: bottom.aggr_expr().to_vec(),
        groups: bottom.group_expr().expr().len(),
        results,
    })
}
